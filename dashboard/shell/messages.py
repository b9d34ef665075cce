"""Errors as one sentence: what a viewer can act on is said, the rest is logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.errors import FerError, without_pictures
from fer_core.variants.registry import Variant


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a FerError raised inside as its sentence and go on after the block; let bugs pass to the log."""
    try:
        yield
    except FerError as error:
        st.error(without_pictures(str(error)), icon=":material/error:")


def act(name: str, change: Callable[[], str]) -> None:
    """Make a change, keep its sentence or its error under ``name`` for :func:`show_result`, and draw the page anew."""
    try:
        st.session_state[name] = (True, change())
    except FerError as error:
        st.session_state[name] = (False, str(error))
    st.rerun()


def show_result(name: str) -> None:
    """The sentence that the last :func:`act` of this name has left, once."""
    if result := st.session_state.pop(name, None):
        succeeded, sentence = result
        (st.success if succeeded else st.error)(sentence)


def usable(models: list[Variant], need: Callable[[Variant], object]) -> list[Variant]:
    """The models that ``need`` does not fail for; of each other one its sentence is shown.

    So a damaged file takes its own model off the page, and no other.
    """
    kept = []
    for model in models:
        with show_errors():
            need(model)
            kept.append(model)
    return kept
