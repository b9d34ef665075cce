"""One face of the test set by its place, chosen on a page and kept in its link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.reads import dataset, test_sets
from dashboard.shell import choices, measured
from fer_core.data.split import SplitName
from fer_core.data.store import is_imported
from fer_core.emotions import EMOTIONS

_NAME, _KEY = "face", "number of the test face"


@dataclass(frozen=True, eq=False)
class NumberedFace:
    """``pixels`` as they are kept, uint8 (S, S) grey or (S, S, 3) RGB, the ``label``, the ``name`` it has in the data
    set and its ``place`` there."""

    pixels: np.ndarray
    label: str
    name: str
    place: int


def are_here() -> bool:
    """Whether a data set is imported."""
    return is_imported()


def can_choose() -> bool:
    """Whether there are faces for :func:`choose`: imported, or of a test set that is chosen."""
    return are_here() or measured.chosen() is not None


def choose() -> NumberedFace:
    """A face of PrivateTest, or of the test set that is chosen, by its number, the first at first; DataError if the
    data are damaged."""
    test_set = measured.chosen()
    split = dataset.split(SplitName.PRIVATE_TEST) if test_set is None else test_sets.faces(test_set)
    of = SplitName.PRIVATE_TEST if test_set is None else test_set.name
    linked = choices.taken(_NAME)
    if linked is not None:
        st.session_state[_KEY] = _place(linked, len(split))
    elif _KEY not in st.session_state:
        st.session_state[_KEY] = _place(choices.recall(_NAME) or "", len(split))
    st.session_state[_KEY] = min(st.session_state[_KEY], len(split) - 1)  # another data set may be smaller
    place = st.number_input(
        "Number of the test face", 0, len(split) - 1, key=_KEY, help=f"{len(split):,} faces of {of}."
    )
    choices.keep_text(_NAME, str(place))
    pixels = split.faces[place] if test_set is None else test_sets.pictures(test_set, [place])[0]
    return NumberedFace(pixels, EMOTIONS[split.labels[place]], str(split.names[place]), int(place))


def _place(text: str, count: int) -> int:
    return min(int(text), count - 1) if text.isdecimal() else 0
