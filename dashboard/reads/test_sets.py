"""Test sets and the variants as measured on them, as pages read them; pictures are kept in memory only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from fer_core.data.split import Split
from fer_core.test_sets import relabelling
from fer_core.test_sets.measured import measured_on
from fer_core.test_sets.store import (
    MANIFEST,
    PICTURES,
    TestSet,
    get_set,
    list_sets,
    read_copies,
    read_faces,
    read_first_labels,
    read_pictures,
)
from fer_core.variants.registry import Variant


def names() -> list[str]:
    """Of all test sets."""
    return [each.name for each in list_sets()]


def names_to_learn_from() -> list[str]:
    """Of those with pictures of their own: other labellings are of faces that are there to be tested on."""
    return [each.name for each in list_sets() if not each.faces_of]


def measured(test_set: TestSet, variants: list[Variant]) -> list[Variant]:
    """Those of the variants that have answered the set, with their figures on it."""
    return list(measured_on(test_set, variants))


def faces(test_set: TestSet) -> Split:
    """The pictures as models of grey faces see them. Not to be changed."""
    return _faces(test_set.name, _stamp(test_set))


def pictures(test_set: TestSet, rows: Sequence[int]) -> list[np.ndarray]:
    """The pictures of these rows as they were kept, uint8 (S, S) grey or (S, S, 3) RGB."""
    return read_pictures(test_set, rows)


def copies(test_set: TestSet) -> np.ndarray:
    """Of each picture, the split of the imported data that holds the same pixels, or "". Not to be changed."""
    return _copies(test_set.name, _stamp(test_set))


def agreement(test_set: TestSet) -> pd.Series | None:
    """Of each picture by its name, the share of raters that gave its label; None where nobody voted."""
    return _agreement(test_set.name, _stamp(test_set))


def sides(test_set: TestSet, variants: list[Variant]) -> pd.DataFrame:
    """As :func:`fer_core.test_sets.relabelling.sides`."""
    return relabelling.sides(test_set, variants)


def first_labels(test_set: TestSet) -> np.ndarray:
    """As :func:`fer_core.test_sets.store.read_first_labels`."""
    return read_first_labels(test_set)


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
def _agreement(name: str, stamp: tuple[catalogue.FileStamp, ...]) -> pd.Series | None:
    test_set = get_set(name)
    values = relabelling.agreement_slices(test_set)
    return None if values is None else pd.Series(values, index=read_faces(test_set).names)


@st.cache_resource(max_entries=4, show_spinner=False)
def _samples(name: str, count: int, stamp: tuple[catalogue.FileStamp, ...]) -> dict[int, list[np.ndarray]]:
    test_set = get_set(name)
    labels = read_faces(test_set).labels
    rows = {label: np.flatnonzero(labels == label)[:count].tolist() for label in range(7)}
    return {label: read_pictures(test_set, found) for label, found in rows.items() if found}
