"""One viewer's picture, asked of the chosen models, and the answers as tables and sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.compare import calibration
from dashboard.pictures import speeds
from dashboard.reads import catalogue
from fer_core.answers import Answers, answer_picture
from fer_core.comparison.leaderboard import agreement
from fer_core.emotions import GLYPHS
from fer_core.evaluation.evidence import evidence
from fer_core.faces.detector_file import detector_path
from fer_core.faces.finders import FaceFinder
from fer_core.faces.stills import still_finder
from fer_core.formats import listed
from fer_core.variants.registry import Variant

_FINDER = "face finder"


def ask(
    data: bytes, name: str, models: list[Variant], whole: bool, doubtful: bool = False, quarter_turns: int = 0
) -> Answers:
    """What ``models`` say about the picture; PictureError if it can't be used or has no face.

    Nothing is kept: the picture lives in this viewer's memory only, as long as the page shows it.
    """
    classifiers = {model.id: catalogue.classifier(model) for model in models}
    answers = answer_picture(
        data, name, classifiers,
        whole=whole, finder=_finder(), doubtful=doubtful, quarter_turns=quarter_turns,
    )  # fmt: skip
    for model in models:
        if model.id in answers.milliseconds:
            speeds.remember(model, answers.milliseconds[model.id] / len(answers.faces))
    return answers


def rows_of_face(table: pd.DataFrame, face: int, models: list[Variant]) -> pd.DataFrame:
    """The answers about one face, each model's speed as a ``note``."""
    rows = table[table["face"] == face]
    return rows.assign(note=rows["variant"].map(speeds.of_models(models)).fillna(""))


def agreement_sentence(table: pd.DataFrame, face: int) -> str:
    """How many of the models agree about this face (Markdown)."""
    rows = table[table["face"] == face]
    verdict = agreement(rows).iloc[0]
    tops = rows.loc[rows.groupby("variant", sort=False)["prob"].idxmax()]
    return agreement_words(
        dict(zip(tops["variant"], tops["emotion"], strict=True)), verdict["emotion"], verdict["votes"]
    )


def agreement_words(tops: dict[str, str], emotion: str, votes: int) -> str:
    """The same from what each model says (variant id -> emotion), and what most of them say (Markdown)."""
    word = f"{GLYPHS[emotion]} **{emotion}**"
    if len(tops) == 1:
        return f"The model says {word}."
    if votes == len(tops):
        return f"All {len(tops)} models say {word}."
    if votes == 1:
        return "The models all disagree."
    others = listed([f"{name} says {top}" for name, top in tops.items() if top != emotion])
    return f"{votes} of {len(tops)} models say {word}; {others}."


def evidence_sentence(model: Variant, probs: np.ndarray, calibrated: bool = False) -> str:
    """What the certainty of this answer (7 probabilities) has been worth on the clean test faces."""
    top = int(probs.argmax())
    source = calibration if calibrated else catalogue
    return evidence(source.predictions(model, clean=True), top, float(probs[top])).sentence()


def _finder() -> FaceFinder:
    """One detector a session, which must not be shared between threads; another one once its file has come."""
    path = detector_path()
    kept = st.session_state.get(_FINDER)
    if kept is None or kept[0] != path:
        kept = st.session_state[_FINDER] = (path, still_finder())
    return kept[1]
