"""Where a picture comes from: a drawn sample, or a file of the viewer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.pictures.model_answers import Search
from dashboard.shell import choices
from fer_core.charts.palette import emotion_label
from fer_core.emotions import EMOTIONS
from fer_core.faces.pictures import KINDS, LARGEST_MEGABYTES

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_TURNS = {"0°": 0, "90°": 1, "180°": 2, "270°": 3}


def choose_drawing(choice: str) -> str:
    """The emotion of the drawn sample, kept as the choice of that name."""
    return choose_emotion("Drawn as", choice)


def choose_emotion(label: str, choice: str) -> str:
    """One of the seven, kept as the choice of that name."""
    return choices.one(
        st.pills, label, choice, list(EMOTIONS), "happy",
        required=True, wrap=True, format_func=emotion_label,
    )  # fmt: skip


def upload(words: str) -> UploadedFile | None:
    """A picture of the viewer's; ``words`` say which, the formats are named after them."""
    return st.file_uploader(
        f"{words} ({KINDS})", max_upload_size=LARGEST_MEGABYTES
    )  # other kinds get a sentence


def choose_search(whole_name: str = "whole") -> Search:
    """What is to be taken for a face; ``whole_name`` is the choice that takes the whole picture."""
    whole = choices.flag(
        "The whole picture is one face",
        whole_name,
        help="For pictures that are cropped to a face already.",
    )
    doubtful = choices.flag(
        "Answer doubtful faces too",
        "doubtful",
        help="Their boxes are dashed: they may be no faces at all.",
    )
    turn = choices.one(
        st.segmented_control,
        "Turn the picture clockwise by",
        "turn",
        list(_TURNS),
        next(iter(_TURNS)),
        required=True,
    )
    return Search(whole, doubtful, _TURNS[turn])
