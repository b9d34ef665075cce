"""Download buttons; none of them runs the page again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import pandas as pd
import streamlit as st

from fer_core.machine.csv_text import csv_text, harmless_csv

# The test set that the figures of the run at hand are of; "" for FER2013.
_of: ContextVar[str] = ContextVar("of", default="")


@contextmanager
def measured_on(name: str) -> Iterator[None]:
    """Around what shows figures of a test set: its files say so by their names, and its tables in a column too."""
    token = _of.set(name)
    try:
        yield
    finally:
        _of.reset(token)


def table(label: str, frame: pd.DataFrame, file_name: str, index: bool = False) -> None:
    """A frame as CSV with all its digits."""
    frame = frame.assign(measured_on=_of.get()) if _of.get() else frame
    text(label, lambda: csv_text(frame, index), file_name)


def text(label: str, make: Callable[[], str], file_name: str, mime: str = "text/csv") -> None:
    """A text file that ``make`` writes when it is asked for."""
    st.download_button(
        label,
        lambda: make().encode(),
        _named(file_name),
        mime,
        key=f"download.{file_name}",
        on_click="ignore",
        icon=":material/download:",
    )


def data(
    label: str,
    make: Callable[[], bytes],
    file_name: str,
    mime: str = "application/octet-stream",
    help: str | None = None,
) -> None:
    """Bytes that ``make`` writes when they are asked for."""
    st.download_button(
        label, make, _named(file_name), mime, help=help,
        key=f"download.{file_name}", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def file(label: str, path: Path, file_name: str, mime: str = "application/octet-stream") -> None:
    """A variant's file as it is, read when it is asked for; of a CSV, what looks like a formula as text."""
    st.download_button(
        label,
        (lambda: harmless_csv(path.read_bytes())) if mime == "text/csv" else path.read_bytes,
        file_name,
        mime,
        key=f"download.{file_name}",
        on_click="ignore",
        icon=":material/download:",
    )


def _named(file_name: str) -> str:
    stem, dot, suffix = file_name.rpartition(".")
    return f"{stem}_on_{_of.get()}{dot}{suffix}" if _of.get() else file_name
