"""Errors as one sentence: what a viewer can act on is said, the rest is logged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.errors import FerError


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Show a FerError raised inside as its sentence and go on after the block; let bugs pass to the log."""
    try:
        yield
    except FerError as error:
        st.error(str(error), icon=":material/error:")
