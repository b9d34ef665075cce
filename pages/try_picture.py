"""What do the models say about this face?"""

from __future__ import annotations

from dataclasses import replace

import cv2
import streamlit as st

from dashboard.faces import labelled, numbered
from dashboard.pictures import drawn_box, every_picture, given, inputs, portrait
from dashboard.pictures.answers import (
    LIMITS,
    PRIVACY,
    Sample,
    able_models,
    answers_about,
    show_answers,
    show_picture,
    show_sample,
)
from dashboard.pictures.model_answers import WHOLE, Search
from dashboard.shell import choices, entrance, look
from dashboard.shell.messages import show_errors
from fer_core.answers import Answers, turned
from fer_core.charts.palette import emotion_label
from fer_core.variants.registry import Variant

SAMPLE, UPLOAD, CAMERA = "Sample", "Upload", "Camera"


def choose_sample(models: list[Variant]) -> tuple[bytes, Sample]:
    """A test face with its label where the data are imported, else a drawing."""
    with show_errors():
        if numbered.are_here() and (face := labelled.choose(models)):
            whose = labelled.labeller()
            words = (
                f"{face.name}, a test face that the models did not learn from, labelled "
                f"{emotion_label(face.label)} by {whose}."
            )
            return cv2.imencode(".png", face.pixels)[1].tobytes(), Sample(words, face.label, whose)
    emotion = inputs.choose_drawing("sample")
    words = (
        f"A drawing of {emotion}, so that there is something to see at once. The models learned from photographs: "
        "what they say of a drawing tells nothing of how good they are. Upload a photograph, or take one."
    )
    return portrait.drawn_sample(emotion), Sample(words)


def show_one_of_ours(models: list[Variant]) -> tuple[Answers | None, Sample]:
    """The sample and what the models say about it."""
    data, sample = choose_sample(models)
    answers = answers_about((data, "the sample"), models, WHOLE)
    if answers is not None:
        show_sample(answers, sample)
    return answers, sample


def show_visitors(models: list[Variant], source: str) -> tuple[Answers | None, Search]:
    """A picture of the visitor's, what the models say about it, and what was taken for a face."""
    picture = given.choose() if source == UPLOAD else given.from_camera()
    search = inputs.choose_search()
    draws = choices.flag(
        "Draw a box about a face",
        "drawn",
        help="Where no face, or not the right one, is found: the face in your box is answered too.",
    )
    if picture is not None and draws:
        upright = turned(picture.picture, search.quarter_turns)
        box = drawn_box.choose(upright.pixels, f"{picture.id} {search.quarter_turns}")
        search = replace(search, drawn=box)
    st.caption(PRIVACY)
    answers = answers_about((picture.picture, picture.name) if picture else None, models, search)
    if answers is not None:
        show_picture(answers)
    elif picture is not None and not draws:
        st.caption("You see a face? Draw a box about it: the switch is above.")
    return answers, search


def main() -> None:
    """The page."""
    look.opening("Try a picture", "What do the models say about this face?")
    models = able_models()
    if not models:
        return
    left, right = st.columns([2, 3], gap="large")
    sample = None
    with left:
        source = choices.one(
            st.segmented_control, "Picture from", "source", [SAMPLE, UPLOAD, CAMERA], SAMPLE, required=True
        )
        if source == SAMPLE:
            answers, sample = show_one_of_ours(models)
        else:
            answers, search = show_visitors(models, source)
    if answers is not None:
        with right:
            show_answers(answers, models, sample)
    if source == UPLOAD:
        every_picture.show(models, search)
    with st.expander("Limits, and what this is not for"):
        st.markdown(LIMITS)


entrance.show(main)
