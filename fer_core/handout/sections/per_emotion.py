"""Emotion by emotion: precision, recall and F1."""

from __future__ import annotations

import pandas as pd

from fer_core import charts
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import per_class
from fer_core.formats import of_100, whole
from fer_core.handout.cells import of_each
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table

_WORDS = (
    "Recall: of 100 such faces, how many a model finds. Precision: when it says so, how often of 100 it is right. F1: "
    "both in one number."
)


def make(material: Material, pen: Pen) -> Part:
    """The section, and the frame ``per_class``."""
    answers = {variant.id: material.private(variant.id) for variant in material.variants}
    frame = of_each(answers, lambda each: per_class(each.label, each.probs))
    chart = pen.draw(charts.heat_table(frame, "f1", "F1 of each emotion (of 100)", pen.styles))
    section = Section("emotions", "Emotion by emotion", [_WORDS], charts=[chart], tables=tables_of(frame))
    return Part(section, {"per_class": frame})


def tables_of(frame: pd.DataFrame) -> list[Table]:
    """Precision, recall and F1 of each model and emotion, each in a table of its own."""
    tables = []
    for name, words in (("f1", "F1"), ("precision", "Precision"), ("recall", "Recall")):
        rows = [
            [variant, *(of_100(value) for value in part.set_index("emotion")[name].loc[list(EMOTIONS)])]
            for variant, part in frame.groupby("variant", sort=False)
        ]
        tables.append(Table(name, f"{words}, of 100", ["Model", *EMOTIONS], rows))
    counts = frame.drop_duplicates("emotion").set_index("emotion")["support"].loc[list(EMOTIONS)]
    tables[0].rows.append(["Faces", *(whole(count) for count in counts)])
    return tables
