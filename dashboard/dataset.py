"""The imported data set as pages read it: each part once for all viewers, in memory only."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import catalogue
from fer_core import paths
from fer_core.data.copies import Copy, copies_by_row, copy_table
from fer_core.data.store import MANIFEST, Split, is_imported, load_dataset, load_split

IMPORT = "python -m fer_core data import PATH"

_Stamp = tuple[str, int]


def stamp() -> _Stamp | None:
    """What readings of the imported data set are keyed by; None where nothing has been imported."""
    return catalogue.stamp(paths.data() / MANIFEST) if is_imported() else None


def split(name: str) -> Split:
    """One test split with its pictures (8 MB for FER2013). Not to be changed.

    Raises DataMissingError and DataError as :func:`fer_core.data.store.load_split` does.
    """
    return _split(name, stamp())


def copies() -> pd.DataFrame:
    """Every picture that has an exact copy, as :func:`fer_core.data.copies.copy_table` lists them."""
    return _copies(stamp())


def copies_of(split_name: str) -> dict[int, tuple[Copy, ...]]:
    """For each row of the split that has copies, the others with the same pixels."""
    return _copies_of(split_name, stamp())


@st.cache_resource(max_entries=2, show_spinner=False)
def _split(name: str, key: _Stamp | None) -> Split:
    return load_split(name)


@st.cache_data(max_entries=1, show_spinner="Looking for copies …")
def _copies(key: _Stamp | None) -> pd.DataFrame:
    return copy_table(load_dataset().splits)


@st.cache_resource(max_entries=3, show_spinner=False)
def _copies_of(split_name: str, key: _Stamp | None) -> dict[int, tuple[Copy, ...]]:
    return copies_by_row(_copies(key), split_name)
