"""Test sets and the variants as measured on them, as pages read them; pictures are kept in memory only."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.reads import catalogue
from fer_core.data.store import Split
from fer_core.test_sets.measured import measured_on
from fer_core.test_sets.store import (
    MANIFEST,
    PICTURES,
    TestSet,
    get_set,
    list_sets,
    read_copies,
    read_faces,
    read_pictures,
)
from fer_core.variants.registry import Variant


def names() -> list[str]:
    """Of all test sets."""
    return [each.name for each in list_sets()]


def measured(test_set: TestSet, variants: list[Variant]) -> list[Variant]:
    """Those of the variants that have answered the set, with their figures on it."""
    return list(measured_on(test_set, variants))


def faces(test_set: TestSet) -> Split:
    """The pictures as models of grey faces see them. Not to be changed."""
    return _faces(test_set.name, _stamp(test_set))


def copies(test_set: TestSet) -> np.ndarray:
    """Of each picture, the split of the imported data that holds the same pixels, or "". Not to be changed."""
    return _copies(test_set.name, _stamp(test_set))


def samples(test_set: TestSet, count: int) -> dict[int, list[np.ndarray]]:
    """The first ``count`` pictures of each label, as they were kept."""
    return _samples(test_set.name, count, _stamp(test_set))


def _stamp(test_set: TestSet) -> tuple[catalogue.FileStamp, ...]:
    return tuple(catalogue.stamp(test_set.folder / name) for name in (PICTURES, MANIFEST))


@st.cache_resource(max_entries=4, show_spinner=False)
def _faces(name: str, stamp: tuple[catalogue.FileStamp, ...]) -> Split:
    return read_faces(get_set(name))


@st.cache_resource(max_entries=4, show_spinner=False)
def _copies(name: str, stamp: tuple[catalogue.FileStamp, ...]) -> np.ndarray:
    return read_copies(get_set(name))


@st.cache_resource(max_entries=4, show_spinner=False)
def _samples(name: str, count: int, stamp: tuple[catalogue.FileStamp, ...]) -> dict[int, list[np.ndarray]]:
    test_set = get_set(name)
    labels = read_faces(test_set).labels
    rows = {label: np.flatnonzero(labels == label)[:count].tolist() for label in range(7)}
    return {label: read_pictures(test_set, found) for label, found in rows.items() if found}
