"""Download buttons; none of them runs the page again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from fer_core.formats import file_stem
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
    """A frame as CSV with all its digits; its file is named after the models in its column ``variant`` too."""
    frame = frame.assign(measured_on=_of.get()) if _of.get() else frame
    ids = list(dict.fromkeys(frame["variant"])) if "variant" in frame else []
    _button(label, lambda: csv_text(frame, index).encode(), file_name, _named(file_name, ids), "text/csv")


def text(label: str, make: Callable[[], str], file_name: str, mime: str = "text/csv") -> None:
    """A text file that ``make`` writes on demand."""
    _button(label, lambda: make().encode(), file_name, _named(file_name), mime)


def data(
    label: str,
    make: Callable[[], bytes],
    file_name: str,
    mime: str = "application/octet-stream",
    help: str | None = None,
) -> None:
    """Bytes that ``make`` writes on demand."""
    _button(label, make, file_name, _named(file_name), mime, help)


def comparison(label: str, make: Callable[[], bytes], file_name: str, mime: str, help: str) -> None:
    """Bytes under a name that says its models and its day already."""
    _button(label, make, file_name, _of_set(file_name), mime, help)


def file(label: str, path: Path, file_name: str, mime: str = "application/octet-stream") -> None:
    """A variant's file as it is, read on demand; of a CSV, what looks like a formula as text."""
    make = (lambda: harmless_csv(path.read_bytes())) if mime == "text/csv" else path.read_bytes
    _button(label, make, file_name, file_name, mime)


def _button(
    label: str, make: Callable[[], bytes], key: str, file_name: str, mime: str, help: str | None = None
) -> None:
    st.download_button(
        label, make, file_name, mime, help=help,
        key=f"download.{key}", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _named(file_name: str, ids: Sequence[str] = ()) -> str:
    """The file's name with what it is of and today's date."""
    stem, dot, suffix = _of_set(file_name).rpartition(".")
    return file_stem([name for name in ids if name not in stem], date.today(), stem) + dot + suffix


def _of_set(file_name: str) -> str:
    stem, dot, suffix = file_name.rpartition(".")
    return f"{stem}_on_{_of.get()}{dot}{suffix}" if _of.get() else file_name
