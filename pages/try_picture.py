"""What do the models say about this face?"""

from __future__ import annotations

import streamlit as st

from dashboard.pictures import inputs, portrait
from dashboard.pictures.answers import (
    LIMITS,
    PRIVACY,
    able_models,
    ask,
    show_answers,
    show_picture,
)
from dashboard.shell import choices, entrance, look

SAMPLE, UPLOAD, CAMERA = "Sample", "Upload", "Camera"


def choose_picture() -> tuple[bytes, str] | None:
    """The picture's bytes and name, or None while the viewer has not given one."""
    source = choices.one(
        st.segmented_control, "Picture from", "source", [SAMPLE, UPLOAD, CAMERA], SAMPLE, required=True
    )
    if source == SAMPLE:
        emotion = inputs.choose_drawing("sample")
        return portrait.drawn_sample(emotion), f"the drawing of {emotion}"
    given = (
        inputs.upload("A picture with one face or more")
        if source == UPLOAD
        else st.camera_input("Take a picture")
    )
    return (given.getvalue(), given.name) if given else None


def main() -> None:
    """The page."""
    look.opening("Try a picture", "What do the models say about this face?")
    models = able_models()
    if not models:
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        given = choose_picture()
        is_sample = choices.recall("source") == SAMPLE
        whole = is_sample or choices.flag(
            "Take the whole picture for one face",
            "whole",
            help="For pictures that are cropped to a face already.",
        )
        doubtful, turns = (False, 0) if is_sample else inputs.choose_search()
        st.caption(PRIVACY)
        answers = ask(given, models, whole, doubtful, turns)
        if answers is not None:
            show_picture(answers, is_sample)
    if answers is not None:
        with right:
            show_answers(answers, models)
    with st.expander("Limits, and what this is not for"):
        st.markdown(LIMITS)


entrance.show(main)
