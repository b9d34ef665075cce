"""A face of the test set with a given label, chosen on a page and kept in its link."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.faces.numbered import NumberedFace
from dashboard.pictures import inputs
from dashboard.reads import catalogue, dataset
from dashboard.shell import choices
from fer_core.data.split import SplitName, name_of
from fer_core.data.store import read_manifest
from fer_core.emotions import EMOTIONS
from fer_core.variants.registry import Variant

_TURN = "nth"


def choose(models: list[Variant]) -> NumberedFace | None:
    """The next face of PrivateTest with the label that the viewer chooses, the first at first; None if there is none.

    Faces that stand in the training data too, as far as ``models`` know of it, are passed over. DataError if the
    data are damaged.
    """
    emotion = inputs.choose_emotion("Labelled", "sample")
    linked = choices.taken(_TURN)
    turn = int(linked or 0) if (linked or "0").isdecimal() else 0
    turn = turn if linked is not None else int(choices.recall(_TURN) or 0)
    rows = _rows(emotion, models)
    if not len(rows):
        choices.keep_text(_TURN, "")
        return None
    if st.button("Another face", icon=":material/shuffle:"):
        turn += 1
    choices.keep_text(_TURN, str(turn) if turn else "")
    split, row = dataset.split(SplitName.PRIVATE_TEST), rows[turn % len(rows)]
    return NumberedFace(split.faces[row], emotion, str(split.names[row]), int(row))


def labeller() -> str:
    """Whose labels they are: ``"FER2013"``, or another data set's name."""
    return name_of(read_manifest())


def _rows(emotion: str, models: list[Variant]) -> np.ndarray:
    split = dataset.split(SplitName.PRIVATE_TEST)
    rows = np.flatnonzero(split.labels == EMOTIONS.index(emotion))
    leaked = _leaked(models)
    return rows[[name not in leaked for name in split.names[rows].tolist()]]


def _leaked(models: list[Variant]) -> set[str]:
    """Names of the test faces that a model's figures leave out."""
    known = next((model for model in models if model.predictions_path is not None), None)
    if known is None:
        return set()
    private = catalogue.predictions(known)
    return set(private.image[private.leaked].tolist())
