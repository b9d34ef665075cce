"""The colours of emotions and models, and how every chart is finished.

All colours have a relative luminance between 0.12 and 0.31, so that each stands out from white (contrast
2.9 at least) and from near-black; the sets were searched for the largest smallest distance (CIE76 16 and
more) as seen with normal vision, protanopia, deuteranopia and tritanopia (simulation of Machado 2009).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import altair as alt

from fer_core.emotions import EMOTIONS, GLYPHS

EMOTION_COLOURS: dict[str, str] = dict(
    zip(
        EMOTIONS,
        ("#c8372d", "#12a567", "#645a9c", "#c98a00", "#a488a5", "#2f6fde", "#825764"),
        strict=True,
    )
)

#: Text in a chart takes the colour of the text around it (the charts are drawn as SVG).
INK = "currentColor"
#: Cells of heat tables, lines of emphasis.
ACCENT = "#2f6fde"
#: Better and worse than the baseline: blue and orange, told apart by every kind of eye; a sign goes along.
BETTER, WORSE = "#2f6fde", "#c4571a"
#: Guides that must not speak louder than data.
FAINT = "#8791a0"

_COLOURS = ("#2f6fde", "#dc751e", "#12a567", "#a03c89", "#bc2a22", "#9387ce", "#557a64", "#af8598")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
_DASHES: tuple[tuple[int, ...], ...] = (
    (1, 0),
    (8, 3),
    (3, 2),
    (10, 3, 3, 3),
    (5, 3),
    (14, 4),
    (2, 3),
)


@dataclass(frozen=True)
class ModelStyle:
    """How one model is drawn everywhere: CSS colour, Vega symbol name, dash lengths in pixels."""

    colour: str
    shape: str
    dash: tuple[int, ...]


def model_styles(ids: Iterable[str]) -> dict[str, ModelStyle]:
    """A style for each id, in the order given: the id's own hash proposes, earlier ids have first choice.

    The first eight all differ in colour, the next eight share those colours with another shape and dash.
    An id that comes later never changes the style of one before it.
    """
    styles: dict[str, ModelStyle] = {}
    free: list[int] = []
    for rank, variant_id in enumerate(ids):
        free = free or list(range(len(_COLOURS)))
        wanted = zlib.crc32(variant_id.encode()) % len(_COLOURS)
        slot = min(free, key=lambda index: (index - wanted) % len(_COLOURS))
        free.remove(slot)
        mark = (slot + rank // len(_COLOURS)) % len(_SHAPES)
        styles[variant_id] = ModelStyle(_COLOURS[slot], _SHAPES[mark], _DASHES[mark])
    return styles


def emotion_label(emotion: str) -> str:
    """``"😄 happy"``."""
    return f"{GLYPHS[emotion]} {emotion}"


def colour_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The colours of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[styles[name].colour for name in ids])


def shape_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The point shapes of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[styles[name].shape for name in ids])


def dash_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The line dashes of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[list(styles[name].dash) for name in ids])


def model_legend() -> alt.Legend:
    """Names below the plot, one a line, so that a telephone can take them."""
    return alt.Legend(
        title=None, orient="bottom", direction="vertical", columns=1, labelLimit=260, rowPadding=3, offset=8
    )


def finish(
    chart: alt.LayerChart | alt.Chart, title: str, subtitle: Sequence[str] = ()
) -> alt.LayerChart | alt.Chart:
    """The common frame: title and subtitle lines on the left, no background of its own, drawn as SVG.

    The height of a chart is that of its plot; its width that of the page.
    """
    heading = alt.TitleParams(title, anchor="start", offset=14, fontSize=15, fontWeight=600)
    if subtitle:
        heading.subtitle = list(subtitle)
        heading.subtitleColor = INK
        heading.subtitleFontSize = 12
        heading.subtitlePadding = 6
    return chart.properties(
        title=heading,
        background="transparent",
        padding={"left": 2, "right": 10, "top": 4, "bottom": 4},
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        usermeta={"embedOptions": {"renderer": "svg"}},
        config={
            "view": {"stroke": None},
            "axis": {"labelLimit": 230, "labelPadding": 6, "titlePadding": 10, "titleFontSize": 12},
        },
    )
