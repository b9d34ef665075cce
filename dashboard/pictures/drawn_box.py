"""A box about a face, drawn by the visitor in the picture, or given by numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.shell.charts import draw_own_clickable
from fer_core import charts
from fer_core.faces.finders import Box
from fer_core.faces.pictures import SMALLEST_SIDE

_TITLE = "Draw a box about the face: press, drag, let go"


def choose(pixels: np.ndarray, name: str) -> Box | None:
    """x, y, width, height in ``pixels`` uint8 (H, W, 3); None while none is drawn.

    ``name`` identifies a picture, as it is turned: each has a box of its own.
    """
    height, width = pixels.shape[:2]
    across, down = f"box across {name}", f"box down {name}"

    def take(selection: Mapping[str, Any]) -> None:
        drawn = selection.get(charts.BOX) or {}
        if "x" in drawn and "y" in drawn:
            st.session_state[across] = _within(drawn["x"], width)
            st.session_state[down] = _within(drawn["y"], height)

    st.caption(f"{_TITLE}.")
    with st.container(key="drawn box"):
        draw_own_clickable(f"box {name}", take, _TITLE, charts.box_picker, pixels)
    with st.expander("The box by numbers"):
        left, right = _range("From left to right, pixels", across, width)
        top, bottom = _range("From top to bottom, pixels", down, height)
    if (left, right, top, bottom) == (0, width, 0, height):
        return None
    if min(right - left, bottom - top) < SMALLEST_SIDE:
        st.info(f"The box is too small: each side needs at least {SMALLEST_SIDE} pixels of the picture.")
        return None
    return left, top, right - left, bottom - top


def _range(label: str, key: str, most: int) -> tuple[int, int]:
    st.session_state.setdefault(key, (0, most))
    return st.slider(label, 0, most, key=key)


def _within(ends: Sequence[float], most: int) -> tuple[int, int]:
    low, high = sorted(round(end) for end in ends)
    return max(0, low), min(most, high)
