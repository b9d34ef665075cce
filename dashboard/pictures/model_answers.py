"""What the chosen models say about one viewer's picture, and the answers as tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.compare import calibration
from dashboard.pictures import speeds
from dashboard.reads import catalogue
from fer_core.answers import Answers, agreement, answer_picture
from fer_core.emotions import EMOTIONS, GLYPHS
from fer_core.evaluation.evidence import evidence, is_narrow
from fer_core.faces.detector_file import detector_path
from fer_core.faces.finders import Box, FaceFinder
from fer_core.faces.pictures import Picture
from fer_core.faces.stills import still_finder
from fer_core.formats import listed
from fer_core.variants.registry import Variant

_FINDER = "face finder"


@dataclass(frozen=True)
class Search:
    """What is taken for a face: the ``whole`` picture, or what is found, ``doubtful`` places too, after so many
    clockwise ``quarter_turns``; and the box ``drawn`` by hand in the turned picture."""

    whole: bool = False
    doubtful: bool = False
    quarter_turns: int = 0
    drawn: Box | None = None


#: For pictures that are cropped to a face already.
WHOLE = Search(whole=True)


def run_models(data: bytes | Picture, name: str, models: list[Variant], search: Search) -> Answers:
    """What ``models`` say about the picture; PictureError if it can't be used or has no face.

    Nothing is kept: the picture lives in this viewer's memory only, as long as the page shows it.
    """
    classifiers = {model.id: catalogue.classifier(model) for model in models}
    answers = answer_picture(
        data, name, classifiers,
        whole=search.whole, finder=_finder(), doubtful=search.doubtful, quarter_turns=search.quarter_turns,
        drawn=search.drawn,
    )  # fmt: skip
    for model in models:
        if model.id in answers.milliseconds:
            speeds.remember(model, answers.milliseconds[model.id] / len(answers.faces))
    return answers


def rows_of_face(table: pd.DataFrame, face: int, models: list[Variant]) -> pd.DataFrame:
    """The answers about one face, each model's speed as a ``note``."""
    rows = table[table["face"] == face]
    return rows.assign(note=rows["variant"].map(speeds.of_models(models)).fillna(""))


def agreement_sentence(table: pd.DataFrame, face: int, best: str | None) -> str:
    """How many of the models agree about this face (Markdown)."""
    rows = table[table["face"] == face]
    verdict = agreement(rows).iloc[0]
    probs = {name: part["prob"].to_numpy() for name, part in rows.groupby("variant", sort=False)}
    return agreement_words(probs, verdict["emotion"], verdict["votes"], best)


def agreement_words(probs: Mapping[str, np.ndarray], emotion: str, votes: int, best: str | None) -> str:
    """How far models agree, and which of them only just say what they say (Markdown).

    ``probs`` is variant id -> float (7,) in EMOTIONS order; ``emotion`` what most of them name, ``votes`` how many
    do; ``best`` the id of the best model among them, where it is known.
    """
    word = f"{GLYPHS[emotion]} **{emotion}**"
    tops = {name: EMOTIONS[int(row.argmax())] for name, row in probs.items()}
    narrow = [name for name, row in probs.items() if is_narrow(row)]
    if len(tops) == 1:
        return f"The model says {word}{', but only just' if narrow else ''}."
    if votes == 1:
        return "The two models disagree." if len(tops) == 2 else "The models all disagree."
    doubt = _only_just([name for name, top in tops.items() if top == emotion], narrow, best)
    if votes == len(tops):
        return f"{'Both' if len(tops) == 2 else f'All {len(tops)}'} models say {word}{doubt}."
    others = [
        f"{name} says {top}{' only just' if name in narrow else ''}"
        for name, top in tops.items()
        if top != emotion
    ]
    return f"{votes} of {len(tops)} models say {word}{doubt}; {listed(others)}."


def truth_sentence(table: pd.DataFrame, label: str, labeller: str) -> str:
    """How many of the models say of the one face what its ``label`` says, which is of ``labeller`` (Markdown)."""
    tops = table.loc[table.groupby("variant")["prob"].idxmax(), "emotion"]
    right, of = int((tops == label).sum()), len(tops)
    agree = (
        ("the model says so too" if right else "the model doesn't")
        if of == 1
        else f"{right} of {of} models agree"
    )
    return f"{labeller} labels it {GLYPHS[label]} **{label}**: {agree}."


def _only_just(agreed: list[str], narrow: list[str], best: str | None) -> str:
    """Which of the models that agree do so by a narrow lead; the best one is called so."""
    names = ["the best one" if name == best else name for name in agreed if name in narrow]
    if not names:
        return ""
    return ", but only just" if len(names) == len(agreed) else f", {listed(names)} only just"


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
