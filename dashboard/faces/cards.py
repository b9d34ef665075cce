"""Faces of the data set with what is said about them, as cards in a grid.

Pictures are sent inside the page and never written to a file.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from dashboard.shell.chips import mark
from dashboard.shell.strips import embedded
from fer_core.charts import ModelStyle
from fer_core.charts.palette import ACCENT, DEEP_TINT, emotion_label
from fer_core.emotions import EMOTIONS, GLYPHS
from fer_core.formats import of_100

_RED, _GREEN, _BLUE = (int(ACCENT[start : start + 2], 16) for start in (1, 3, 5))
_FAINTEST = 0.03
_SHOWN_SIDE = 112
STYLE = (
    "<style>"
    ".st-key-faces{display:grid!important;grid-template-columns:repeat(auto-fill,minmax(245px,1fr));"
    "gap:.8rem;align-items:start}"
    ".st-key-faces>*{width:100%!important;min-width:0}"
    ".fo-face{display:flex;gap:.8rem;align-items:flex-start;font-size:.86rem;line-height:1.35}"
    ".fo-face>div{min-width:0;overflow-wrap:anywhere}"
    ".fo-face img.fo-pixels{width:112px;height:112px;border-radius:4px;flex:none}"
    ".fo-face img.fo-pixels.fo-small{image-rendering:pixelated}"
    ".fo-face b{font-size:.95rem}.fo-name{font-size:.75rem;opacity:.75;margin:.3rem 0 0}"
    ".fo-doubt{border-left:3px solid #c98a00;padding-left:.45rem;margin:.35rem 0 0;font-size:.8rem;"
    "line-height:1.35}.fo-doubt.fo-leak{border-color:#a03c89}"
    ".fo-maps{display:flex;flex-wrap:wrap;gap:.4rem;margin-top:.5rem}.fo-maps figure{margin:0;text-align:center}"
    ".fo-maps figure>img{width:66px;height:66px;border-radius:4px;display:block}"
    ".fo-probs{border-collapse:separate;border-spacing:2px;width:100%;table-layout:fixed;margin-top:.5rem;"
    "font-size:.8rem;font-variant-numeric:tabular-nums;text-align:center}"
    ".fo-probs th{font-weight:400;padding:0}.fo-probs th:first-child{width:20px}"
    ".fo-probs th.fo-true{border-bottom:2px solid currentColor}"
    ".fo-probs td{padding:.1rem 0;border-radius:3px}.fo-probs td.fo-top{box-shadow:inset 0 0 0 2px currentColor}"
    "</style>"
)


@dataclass(frozen=True, eq=False)
class FaceCard:
    """A picture and what is said about it.

    ``pixels`` uint8 (S, S) grey or (S, S, 3) RGB, or None where the pictures are not at hand; ``name`` and ``place``
    (from 1) say which of its split it is; ``label`` is an emotion; ``answers`` holds each model's seven probabilities;
    ``said`` is one sentence about it; ``doubt`` and ``leak`` say what is wrong with it, "" for nothing. ``maps``
    holds each model's heat map over the face, uint8 RGB (side, side, 3).
    """

    pixels: np.ndarray | None
    name: str
    place: int
    label: str
    answers: dict[str, np.ndarray] = field(default_factory=dict)
    said: str = ""
    doubt: str = ""
    leak: str = ""
    maps: dict[str, np.ndarray] = field(default_factory=dict)


def draw_grid(faces: Sequence[FaceCard], styles: dict[str, ModelStyle]) -> None:
    """The cards beside each other, as many in a row as there is room for."""
    st.html(STYLE)
    with st.container(horizontal=True, key="faces"):
        for face in faces:
            draw_card(face, styles)


def draw_card(face: FaceCard, styles: dict[str, ModelStyle]) -> None:
    """One face: its picture, its label, what is wrong with it, and every model's seven probabilities."""
    with st.container(border=True, key=f"face_{face.name}"):
        st.html(
            f'<div class="fo-face">{picture(face)}<div>{_words(face)}</div></div>'
            f"{_warnings(face)}{_answers(face, styles)}{_maps(face, styles)}"
            f'<p class="fo-name">{html.escape(face.name)}, no. {face.place:,}</p>'
        )


def picture(face: FaceCard) -> str:
    """The face as an HTML image that holds its pixels, enlarged without smoothing; "" without them."""
    if face.pixels is None:
        return ""
    alt = html.escape(f"{face.name}, labelled {face.label}")
    small = " fo-small" if face.pixels.shape[0] < _SHOWN_SIDE else ""
    return f'<img class="fo-pixels{small}" alt="{alt}" src="{embedded(face.pixels)}">'


def _words(face: FaceCard) -> str:
    said = f"<br>{html.escape(face.said)}" if face.said else ""
    return f"labelled<br><b>{emotion_label(face.label)}</b>{said}"


def _warnings(face: FaceCard) -> str:
    doubt = f'<p class="fo-doubt">{html.escape(face.doubt)}</p>' if face.doubt else ""
    return doubt + (f'<p class="fo-doubt fo-leak">{html.escape(face.leak)}</p>' if face.leak else "")


def _maps(face: FaceCard, styles: dict[str, ModelStyle]) -> str:
    """Where each model looked, its mark below."""
    figures = "".join(
        f'<figure><img alt="Heat map: {html.escape(name)} on {html.escape(face.name)}" src="{embedded(pixels)}">'
        f'<figcaption title="{html.escape(name)}">{mark(styles[name])}</figcaption></figure>'
        for name, pixels in face.maps.items()
    )
    return f'<div class="fo-maps">{figures}</div>' if figures else ""


def _answers(face: FaceCard, styles: dict[str, ModelStyle]) -> str:
    """A row a model, a cell an emotion, in percent; the model's answer is framed, the label underlined."""
    if not face.answers:
        return ""
    heads = "".join(
        f'<th title="{name}"{" class=fo-true" if name == face.label else ""}>{GLYPHS[name]}</th>'
        for name in EMOTIONS
    )
    rows = "".join(
        f'<tr><th title="{html.escape(name)}">{mark(styles[name])}</th>{_cells(name, probs)}</tr>'
        for name, probs in face.answers.items()
    )
    return f'<table class="fo-probs"><tr><th></th>{heads}</tr>{rows}</table>'


def _cells(model: str, probs: np.ndarray) -> str:
    top = int(probs.argmax())
    cells = []
    for index, (emotion, prob) in enumerate(zip(EMOTIONS, probs.tolist(), strict=True)):
        tint = _FAINTEST + (1 - _FAINTEST) * prob
        number = of_100(prob, 0)
        number = f'<span style="color:#fff">{number}</span>' if prob > DEEP_TINT else number
        title = html.escape(f"{model}: {emotion} {of_100(prob)} %")
        cells.append(
            f'<td{" class=fo-top" if index == top else ""} title="{title}" '
            f'style="background:rgba({_RED},{_GREEN},{_BLUE},{tint:.2f})">{number}</td>'
        )
    return "".join(cells)
