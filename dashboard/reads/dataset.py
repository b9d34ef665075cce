"""The imported data set as pages read it: each part once for all viewers, in memory only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from fer_core import paths
from fer_core.data.copies import Copy, copies_by_row, copy_table, leak_warning
from fer_core.data.preparations import AS_REPORTED, Copying, prepare
from fer_core.data.protocols import under_protocol
from fer_core.data.split import Split, SplitName
from fer_core.data.store import MANIFEST, is_imported, load_dataset, load_split
from fer_core.emotions import EMOTIONS

#: Of the example that a preparation or a protocol is shown by.
_SEED = 1

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
    """Every picture that has an exact copy, as :func:`fer_core.data.copies.copy_table` has them. Not to be changed."""
    return _copied(stamp())[0]


def copies_of(split_name: str) -> dict[int, tuple[Copy, ...]]:
    """For each row of the split that has copies, the others with the same pixels."""
    return _copies_of(split_name, stamp())


def copied_faces() -> np.ndarray:
    """The pictures of :func:`copies`, row by row: uint8 (N, 48, 48). Not to be changed."""
    return _copied(stamp())[1]


def samples(split_name: str, count: int, seed: int) -> dict[str, Split]:
    """``count`` pictures of each emotion, drawn at random by ``seed``; fewer where there are fewer."""
    return _samples(split_name, count, seed, stamp())


def leaks_of(preparation: str, protocol: str, copying: Copying = AS_REPORTED) -> str | None:
    """One sentence if training pictures so prepared, dealt out under that protocol, touch a test picture."""
    return _leaks(preparation, protocol, copying, stamp())


@st.cache_resource(max_entries=2, show_spinner=False)
def _split(name: str, key: _Stamp | None) -> Split:
    return load_split(name)


@st.cache_resource(max_entries=1, show_spinner="Looking for copies …")
def _copied(key: _Stamp | None) -> tuple[pd.DataFrame, np.ndarray]:
    splits = load_dataset().splits
    table = copy_table(splits)
    faces = [splits[row.split].faces[row.row] for row in table.itertuples()]
    return table, np.stack(faces) if faces else np.empty((0, 48, 48), np.uint8)


@st.cache_data(max_entries=30, show_spinner="Drawing pictures …")
def _samples(split_name: str, count: int, seed: int, key: _Stamp | None) -> dict[str, Split]:
    split, rng = load_split(split_name), np.random.default_rng(seed)
    rows = {name: np.flatnonzero(split.labels == label) for label, name in enumerate(EMOTIONS)}
    return {name: split.take(rng.permutation(found)[:count]) for name, found in rows.items()}


@st.cache_data(max_entries=50, show_spinner="Preparing the training pictures …")
def _leaks(preparation: str, protocol: str, copying: Copying, key: _Stamp | None) -> str | None:
    dataset = under_protocol(load_dataset(), protocol, seed=_SEED)
    prepared = prepare(dataset.split(SplitName.TRAINING), preparation, _SEED, copying)
    return leak_warning(prepared, dataset.splits)


@st.cache_resource(max_entries=3, show_spinner=False)
def _copies_of(split_name: str, key: _Stamp | None) -> dict[int, tuple[Copy, ...]]:
    return copies_by_row(_copied(key)[0], split_name)
