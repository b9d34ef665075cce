"""What is offered where a page would need the data set's pictures, and they are not here."""

from __future__ import annotations

import streamlit as st

from dashboard.shell import identity, tasks, ways
from fer_core.data.import_task import start_drawing
from fer_core.roles.permissions import why_not

DRAWING = "drawing"


def offer(sentence: str, *, drawn: bool = False) -> None:
    """Say what is missing, and lead to the page that imports it; ``drawn`` faces do as well where learning is meant.

    Once a page.
    """
    st.info(sentence, icon=":material/image_not_supported:")
    with st.container(horizontal=True):
        ways.to_page(ways.DATA, "Import the data", ":material/download:")
        if drawn:
            draw_faces()


def draw_faces() -> None:
    """A button for a small drawn data set: seconds, and every part of Faceoff runs."""
    by = identity.visitor()
    reason = why_not(by)
    tasks.show(
        DRAWING,
        "Use drawn faces",
        lambda: start_drawing(by),
        icon=":material/draw:",
        disabled=bool(reason),
        help=reason
        or "Some 2,000 cartoons: enough to see a training from start to end. No figure on them tells of real faces.",
    )
