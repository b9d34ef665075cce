"""Small faces beside each other, each with a line below it; sent inside the page, never written to a file."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st

_STYLE = (
    "<style>.fo-strip{display:flex;flex-wrap:wrap;gap:.6rem;margin:0 0 .3rem}"
    ".fo-strip figure{margin:0;width:78px}"
    ".fo-strip img{width:78px;height:78px;image-rendering:pixelated;border-radius:4px;display:block;"
    "border:2px solid transparent;box-sizing:border-box}"
    ".fo-strip figure.fo-marked img{border-color:#c98a00}"
    ".fo-strip figcaption{font-size:.75rem;line-height:1.3;margin-top:.15rem;overflow-wrap:anywhere}</style>"
)


@dataclass(frozen=True, eq=False)
class Figure:
    """One picture: ``pixels`` uint8 (48, 48), the ``caption`` below it, ``name`` for those who can't see it."""

    pixels: np.ndarray
    caption: str
    name: str
    marked: bool = False


def draw_strip(figures: Sequence[Figure]) -> None:
    """The pictures in a row that wraps where the page ends."""
    st.html(f'{_STYLE}<div class="fo-strip">{"".join(map(_figure, figures))}</div>')


def embedded(pixels: np.ndarray) -> str:
    """``pixels``, uint8 (H, W) grey or (H, W, 3) RGB, as the source of an HTML image that holds them."""
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", picture)[1].tobytes()).decode()


def _figure(figure: Figure) -> str:
    marked = ' class="fo-marked"' if figure.marked else ""
    return (
        f'<figure{marked}><img alt="{html.escape(figure.name)}" title="{html.escape(figure.name)}" '
        f'src="{embedded(figure.pixels)}"><figcaption>{html.escape(figure.caption)}</figcaption></figure>'
    )
