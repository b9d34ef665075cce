"""Which of the models really differ: every pair tested on the same faces."""

from __future__ import annotations

import math

import pandas as pd

from fer_core import charts
from fer_core.comparison.standings import pair_frame
from fer_core.evaluation.significance import POWER
from fer_core.formats import NOTHING, difference, p_value, signed, whole
from fer_core.handout.cells import yes_no
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table


def make(material: Material, pen: Pen) -> Part:
    """The section where there is a pair, and the frame ``pairs``."""
    if len(material.panel) < 2:
        return Part(None, {"pairs": pd.DataFrame()})
    frame = pair_frame(material.panel)
    ranked = [variant.id for variant in material.variants if variant.id not in material.apart]
    holm = f"; Holm's correction makes up for testing {len(frame)} pairs" if len(frame) > 1 else ""
    words = (
        f"{_how_many(int(frame['real'].sum()), len(frame))} Both models of a pair answered the same faces, so only "
        f"faces on which one is right and the other wrong count (exact McNemar test{holm}). Faces needed: a test set "
        f"of that size would show the measured difference {100 * POWER:.0f} times in 100."
    )
    chart = pen.draw(charts.pair_chart(frame, ranked, pen.styles, "Differences between any two"))
    section = Section(
        "pairs", "Which of them really differ", [words], charts=[chart], tables=[pair_table(frame)]
    )
    return Part(section, {"pairs": frame})


def _how_many(real: int, pairs: int) -> str:
    if pairs == 1:
        return "**The two really differ.**" if real else "**The two can't be told apart.**"
    return f"**{real} of {pairs} pairs really differ.**"


def pair_table(frame: pd.DataFrame) -> Table:
    """One row a pair, the surest difference on top."""
    rows = [
        [
            f"{row.first} over {row.second}", signed(100 * row.difference), difference(row.lo, row.hi),
            whole(row.only_first), whole(row.only_second), p_value(row.p), p_value(row.p_holm),
            yes_no(row.real), NOTHING if math.isinf(row.faces_needed) else whole(float(f"{row.faces_needed:.2g}")),
        ]
        for row in frame.itertuples()
    ]  # fmt: skip
    headings = [
        "Pair", "Points", "95 %", "Only the first right", "Only the other right", "p", "p (Holm)", "Real",
        "Faces needed",
    ]  # fmt: skip
    return Table("pairs", "Every pair of models on the same faces", headings, rows)
