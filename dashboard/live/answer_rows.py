"""One row a model for a live face, as light HTML that can be drawn several times a second."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping

import cv2
import numpy as np

from dashboard.shell.chips import mark
from fer_core.charts import ModelStyle
from fer_core.charts.palette import ACCENT, DEEP_TINT
from fer_core.emotions import EMOTIONS, GLYPHS

STYLE = """<style>
.fo-live { margin: 0 0 .9rem; }
.fo-live-name { display: flex; align-items: center; gap: .4rem; font-size: .88rem; }
.fo-live-name b { font-weight: 600; }
.fo-live-name em { font-style: normal; opacity: .75; font-size: .78rem; }
.fo-live-name small { margin-left: auto; opacity: .8; white-space: nowrap; font-variant-numeric: tabular-nums; }
.fo-live-cells { display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); gap: 3px; margin: .2rem 0; }
.fo-live-cells span { border: 1px solid rgba(135, 145, 160, .3); border-radius: 4px; text-align: center;
                      padding: .18rem 0; font-size: .86rem; font-variant-numeric: tabular-nums; }
.fo-live-cells .fo-first { outline: 2px solid currentColor; outline-offset: -1px; }
.fo-live-cells i { font-style: normal; }
.fo-deep i { color: #fff; }
.fo-live p { margin: 0; font-size: .78rem; opacity: .8; }
@media (max-width: 640px) {
  .fo-live { margin-bottom: .35rem; }
  .fo-live-cells { margin: .1rem 0; }
  .fo-live p { min-height: 1.4em; font-size: .72rem; line-height: 1.4; }
}
.fo-live-heads { margin-bottom: .3rem; }
.fo-live-heads span { border: 0; font-size: .74rem; padding: 0; line-height: 1.25; }
.fo-live-crop { image-rendering: pixelated; border-radius: 6px; display: block; }
</style>"""


def headings() -> str:
    """The seven emotions above the cells."""
    cells = "".join(f"<span>{GLYPHS[name]}<br>{name}</span>" for name in EMOTIONS)
    return f'{STYLE}<div class="fo-live-cells fo-live-heads">{cells}</div>'


def row(name: str, style: ModelStyle, probs: np.ndarray, agrees: bool | None, time: str, worth: str) -> str:
    """One model's ``probs`` (7) about one face.

    ``agrees`` says whether it names what most models name (None where nothing is marked); ``time`` is such as
    ``"1.2 ms"``; ``worth`` the sentence about what its certainty has been worth, empty where none is known.
    """
    return (
        f'<div class="fo-live" data-model="{html.escape(name)}"><div class="fo-live-name">{mark(style)}'
        f"<b>{html.escape(name)}</b>{_agreement(agrees)}<small>{html.escape(time)}</small></div>"
        f'<div class="fo-live-cells">{_cells(probs)}</div><p>{html.escape(worth)}</p></div>'
    )


def crop_image(crop: np.ndarray, alt: str, side: int = 120) -> str:
    """A face as the models see it, uint8 (48, 48), its pixels visible."""
    data = base64.b64encode(cv2.imencode(".png", crop)[1].tobytes()).decode()
    return (
        f'<img class="fo-live-crop" width="{side}" height="{side}" alt="{html.escape(alt)}" '
        f'src="data:image/png;base64,{data}">'
    )


def rows(
    probs: Mapping[str, np.ndarray],
    styles: Mapping[str, ModelStyle],
    said: str | None,
    times: Mapping[str, str],
    worths: Mapping[str, str],
) -> str:
    """All models' rows about one face under the headings.

    ``probs`` variant id -> (7); ``said`` the emotion that most of them name, None where there is none; times and
    worths by variant id, as in :func:`row`.
    """
    compared = said is not None and len(probs) > 1
    lines = [
        row(
            name,
            styles[name],
            answer,
            EMOTIONS[int(answer.argmax())] == said if compared else None,
            times.get(name, ""),
            worths.get(name, ""),
        )
        for name, answer in probs.items()
    ]
    return headings() + "".join(lines)


def _cells(probs: np.ndarray) -> str:
    first = int(probs.argmax())
    return "".join(_cell(float(value), index == first) for index, value in enumerate(probs))


def _cell(value: float, is_first: bool) -> str:
    kinds = ["fo-first"] * is_first + ["fo-deep"] * (value > DEEP_TINT)
    return (
        f'<span class="{" ".join(kinds)}" style="background:{ACCENT}{round(255 * (0.03 + 0.97 * value)):02x}">'
        f"<i>{100 * value:.0f}</i></span>"
    )


def _agreement(agrees: bool | None) -> str:
    if agrees is None:
        return ""
    sign, words = ("=", "as most models say") if agrees else ("≠", "not what most models say")
    return f'<span title="{words}">{sign} <em>{words}</em></span>'
