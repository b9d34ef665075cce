"""What the reports printed, beside the same figure here."""

from __future__ import annotations

import pandas as pd

from fer_core import charts
from fer_core.formats import NOTHING
from fer_core.handout.cells import figure, signed_figure, text
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table
from fer_core.literature.reproduced import reported_figures
from fer_core.variants.registry import Variant

_COLUMNS = ["variant", "metric", "reported", "ours", "protocol", "note"]
_DRAWN = ["accuracy", "lo", "hi", "training", "whole"]
_WORDS = (
    "Reported figures keep their own protocol and are not ranked against those measured here, on all faces of "
    "PrivateTest. Losses in nats, the others of 100."
)


def make(material: Material, pen: Pen) -> Part:
    """The section where a report printed anything, and the frame ``reported``; nothing of other faces than FER2013."""
    frame = frame_of([] if material.on else material.variants)
    if frame.empty:
        return Part(None, {"reported": frame})
    accuracy = (
        frame[frame["metric"] == "accuracy"].drop_duplicates("variant").set_index("variant")["reported"]
    )
    rows = material.standings.set_index("id").loc[accuracy.index, _DRAWN]
    reported = rows.assign(reported=accuracy).rename_axis("id").reset_index()
    drawings = (
        []
        if reported.empty
        else [pen.draw(charts.reproduced_chart(reported, "Reported and reproduced accuracy"))]
    )
    section = Section(
        "reported", "Reported and reproduced", [_WORDS], charts=drawings, tables=[table_of(frame)]
    )
    return Part(section, {"reported": frame})


def frame_of(variants: list[Variant]) -> pd.DataFrame:
    """Every figure that a report printed of these variants, with the same figure here."""
    tables = [reported_figures(variant).assign(variant=variant.id) for variant in variants]
    return pd.concat(tables, ignore_index=True)[_COLUMNS] if tables else pd.DataFrame(columns=_COLUMNS)


def table_of(frame: pd.DataFrame) -> Table:
    """One row a figure."""
    rows = [
        [
            row.variant, figure(row.metric, row.reported), figure(row.metric, row.ours),
            NOTHING if pd.isna(row.ours) else signed_figure(row.metric, row.ours - row.reported),
            str(row.metric).replace("_", " "), text(row.protocol), text(row.note),
        ]
        for row in frame.itertuples()
    ]  # fmt: skip
    headings = ["Model", "Reported", "Here", "Here − reported", "Figure", "Reported under", "Note"]
    return Table("reported", "Reported and reproduced", headings, rows, texts=3)
