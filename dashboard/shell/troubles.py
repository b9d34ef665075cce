"""Errors as one sentence: what a viewer can act on is said, the rest is logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.errors import FerError
from fer_core.plain_text import without_pictures
from fer_core.variants.registry import Variant


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Show a FerError raised inside as its sentence and go on after the block; let bugs pass to the log."""
    try:
        yield
    except FerError as error:
        st.error(without_pictures(str(error)), icon=":material/error:")


def usable(models: list[Variant], need: Callable[[Variant], object]) -> list[Variant]:
    """The models that ``need`` does not fail for; of each other one its sentence is shown.

    So a damaged file takes its own model off the page, and no other.
    """
    kept = []
    for model in models:
        with told_in_a_sentence():
            need(model)
            kept.append(model)
    return kept
