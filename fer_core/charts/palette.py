"""The colours of emotions and models.

All colours have a relative luminance between 0.12 and 0.31, so that each stands out from white (contrast
2.9 at least) and from near-black; the sets were searched for the largest smallest distance (CIE76 16 and
more) as seen with normal vision, protanopia, deuteranopia and tritanopia (simulation of Machado 2009).
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
#: White text reads on the accent from this tint on; below it the page's own text colour does.
DEEP_TINT = 0.8
#: Better and worse than the baseline: blue and orange, distinct to every kind of eye; a sign goes along.
BETTER, WORSE = "#2f6fde", "#c4571a"
#: Guides that must not speak louder than data.
FAINT = "#8791a0"

_COLOURS = ("#2f6fde", "#dc751e", "#12a567", "#a03c89", "#bc2a22", "#9387ce", "#557a64", "#af8598")
_SHAPES = (
    "circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left",
)  # fmt: skip
_DASHES: tuple[tuple[int, ...], ...] = (
    (1, 0),
    (8, 3),
    (3, 2),
    (10, 3, 3, 3),
    (5, 3),
    (14, 4),
    (2, 3),
    (14, 3, 3, 3, 3, 3),
)


@dataclass(frozen=True)
class ModelStyle:
    """How one model is drawn everywhere: CSS colour, Vega symbol name, dash lengths in pixels."""

    colour: str
    shape: str
    dash: tuple[int, ...]


def model_styles(ids: Iterable[str], parents: Mapping[str, str] | None = None) -> dict[str, ModelStyle]:
    """A style for each id, in the order given: the id's own hash proposes, earlier ids have first choice.

    Eight differ in colour, shape and dash, the next eight share those colours with another shape and dash. A child and
    its parent (``parents``: id -> the id it was made from) never have the same colour; where only that is left of a
    round, the next one begins. But a parent that comes after children in all eight colours has one of them.
    An id that comes later never changes the style of one before it.
    """
    kin: defaultdict[str, set[str]] = defaultdict(set)
    for child, parent in (parents or {}).items():
        kin[child].add(parent)
        kin[parent].add(child)
    styles: dict[str, ModelStyle] = {}
    free: list[tuple[int, int]] = []  # a colour, and in which round of all colours
    rounds = 0
    for variant_id in ids:
        wanted = zlib.crc32(variant_id.encode()) % len(_COLOURS)
        theirs = {styles[name].colour for name in kin[variant_id] if name in styles}
        if len(theirs) == len(_COLOURS):
            theirs = set()
        allowed = [each for each in free if _COLOURS[each[0]] not in theirs]
        if not allowed:
            begun = [(slot, rounds) for slot in range(len(_COLOURS))]
            allowed = [each for each in begun if _COLOURS[each[0]] not in theirs]
            free += begun
            rounds += 1
        slot, turn = min(allowed, key=lambda each: (each[1], (each[0] - wanted) % len(_COLOURS)))
        free.remove((slot, turn))
        mark = (slot + turn) % len(_SHAPES)
        styles[variant_id] = ModelStyle(_COLOURS[slot], _SHAPES[mark], _DASHES[mark])
    return styles


def emotion_label(emotion: str) -> str:
    """``"😄 happy"``."""
    return f"{GLYPHS[emotion]} {emotion}"
