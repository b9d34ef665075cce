"""A picture's answers as the pages show them, and what has to be said beside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from dashboard.compare import calibration
from dashboard.pictures import heat_maps, model_answers, portrait
from dashboard.pictures.model_answers import Search
from dashboard.reads import catalogue
from dashboard.shell import (
    choices,
    downloads,
    look,
    sidebar,
)
from dashboard.shell.charts import draw_unkept
from dashboard.shell.messages import show_errors, usable
from fer_core import charts
from fer_core.answers import Answers, answer_table
from fer_core.faces.boxes import boxed
from fer_core.faces.cuts import Cuts
from fer_core.faces.detector_file import advice
from fer_core.faces.finders import SMALLEST_FACE
from fer_core.faces.pictures import Picture
from fer_core.formats import listed, timed
from fer_core.handout.picture_card import picture_card
from fer_core.variants.registry import Variant
from fer_core.variants.texts import NOT_FOR

MOST_FACES = 12
#: Of more faces, each answer has its face beside it.
_FOUND_AT_A_GLANCE, _THUMBNAIL = 2, 64
HEAT_SIDE = 130
PRIVACY = (
    "Pictures are read in memory, answered and forgotten: nothing is stored, and nothing leaves this server."
)
LIMITS = f"""
- An expression is not a feeling: a model names what a photograph was labelled, not what a person feels.
- People themselves agree with the labels of these data on roughly two faces in three.
- The models learned from small grey faces found on the web; ages, skin tones and cultures are not balanced.
- **Not for** {NOT_FOR}, nor for any decision about a person. Show only pictures of people who agree to it.
"""


def able_models() -> list[Variant]:
    """The chosen models as a key to their colours; returns those that can answer, and says why others can't."""
    chosen = sidebar.show_chosen()
    models = usable([model for model in chosen if model.can_predict], catalogue.classifier)
    silent = [model.id for model in chosen if not model.can_predict]
    if silent:
        others = "" if models else " Choose another in the sidebar."
        st.info(f"Kept without the model file, so it can't answer here: {listed(silent)}.{others}")
    return models


def answers_about(
    given: tuple[bytes | Picture, str] | None,
    models: list[Variant],
    search: Search,
) -> Answers | None:
    """The models' answers; None, and one sentence why, where there are none."""
    if given is None:
        st.info("Give a picture, and the answers appear here.")
        return None
    with show_errors():
        return model_answers.run_models(*given, models, search)
    return None


@dataclass(frozen=True)
class Sample:
    """A face of ours: ``words`` say what it is; ``label`` what ``labeller`` calls it, None for a drawing."""

    words: str
    label: str | None = None
    labeller: str = ""


def show_sample(answers: Answers, sample: Sample) -> None:
    """The face of a sample, and what it is."""
    st.image(portrait.enlarged(answers.picture.pixels), alt=sample.words)
    st.caption(sample.words)


def show_picture(answers: Answers) -> None:
    """The picture with its faces numbered, and what was done to it."""
    count = sum(not face.by_hand for face in answers.faces)
    unsure = sum(not face.sure for face in answers.faces)
    caption = "1 face found" if count == 1 else f"{count or 'No'} faces found"
    caption += f" ({unsure} doubtful, dashed)" if unsure else ""
    caption += ", 1 drawn by hand" if count < len(answers.faces) else ""
    boxes = boxed(answers.picture.pixels, answers.faces, answers.doubtful)
    st.image(boxes, alt=caption, width="stretch")
    st.caption(f"{caption} in {timed(answers.finding_ms)}. {_not_answered(answers)} {advice()}")
    for note in answers.notes:
        st.info(note)


def show_answers(answers: Answers, models: list[Variant], sample: Sample | None = None) -> None:
    """For every face: the models' probabilities, how far they agree, and what that is worth."""
    with st.container(horizontal=True, vertical_alignment="center"):
        crops = choices.flag("Show what the models see", "crops")
        heat = choices.flag(
            "Show where the models looked", "heat", help="Grad-CAM; the page Explain says more."
        )
        with st.popover("Calibrate", icon=":material/tune:"):
            calibrated = calibration.choose(models)
    answers = calibration.applied(answers, models, calibrated)
    table = answer_table(answers.probs, answers.milliseconds)
    faces, best = answers.faces[:MOST_FACES], catalogue.best_of(answers.probs)
    for face, found in enumerate(faces):
        if len(faces) > _FOUND_AT_A_GLANCE:
            st.image(portrait.enlarged(found.crop, _THUMBNAIL), alt=f"Face {face + 1}", width=_THUMBNAIL)
        with look.answer(f"face {face + 1}"):
            start = f"Face {face + 1}{', drawn by hand' if found.by_hand else ''}. " if len(faces) > 1 else ""
            st.markdown(start + model_answers.agreement_sentence(table, face, best))
            if sample is not None and sample.label is not None:
                st.markdown(model_answers.truth_sentence(table, sample.label, sample.labeller))
        rows = model_answers.rows_of_face(table, face, models)
        title = f"Face {face + 1}" if len(faces) > 1 else "How sure each model is"
        draw_unkept(charts.probability_table, rows, title, catalogue.styles())
        if found.sure:
            _show_evidence(answers, face, models, calibrated)
        else:
            st.caption("This may be no face at all, so nothing is said of how often such answers are right.")
        if heat:
            face_alone = Cuts(answers.picture.pixels, [found])
            heat_maps.heat_map_row(face_alone, models, side=HEAT_SIDE, with_answers=False)
        if crops:
            st.image(
                portrait.enlarged(found.crop), caption="48 × 48 grey pixels", alt=f"Face {face + 1} as seen"
            )
    if len(answers.faces) > MOST_FACES:
        st.info(f"The first {MOST_FACES} of {len(answers.faces)} faces are shown; the download has them all.")
    with st.container(horizontal=True):
        downloads.table("All answers as CSV", table, "answers.csv")
        if sample is None:
            downloads.data(
                "Picture with the answers (PNG)", lambda: picture_card(answers), "answers.png", "image/png",
                help="Your picture with its boxes, and what each model says, to share with those who may see it.",
            )  # fmt: skip


def _show_evidence(answers: Answers, face: int, models: list[Variant], calibrated: Collection[str]) -> None:
    with st.expander("How far can these answers be believed?", expanded=face == 0):
        st.caption("From test faces that are no copies of training faces; others may be answered worse.")
        for model in models:
            with show_errors():
                worth = model_answers.evidence_sentence(
                    model, answers.probs[model.id][face], model.id in calibrated
                )
                st.markdown(f"- **{model.id}**: {worth}")


def _not_answered(answers: Answers) -> str:
    """What may have been missed."""
    small = f"Faces under {SMALLEST_FACE} pixels wide are not searched."
    count = len(answers.doubtful)
    if not count:
        return small
    places = (
        "1 more place (dashed) may be a face" if count == 1 else f"{count} more places (dashed) may be faces"
    )
    return f"{places}: they are answered where you ask for doubtful faces too. {small}"
