"""Which emotion is taken for which: a matrix a model."""

from __future__ import annotations

import pandas as pd

from fer_core import charts
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import confusion, normalise_confusion
from fer_core.evaluation.predictions import Predictions
from fer_core.formats import whole
from fer_core.handout.cells import of_each
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table

#: More matrices and diagrams than this would bury the rest; their counts stay in the tables.
MOST_DRAWN = 12


def make(material: Material, pen: Pen) -> Part:
    """The section, and the frame ``confusion``."""
    answers = {variant.id: material.private(variant.id) for variant in material.variants}
    frame = of_each(answers, counts_of)
    drawings, shown = [], []
    for name in list(answers)[:MOST_DRAWN]:
        counts = frame[frame["variant"] == name]
        rows = normalise_confusion(counts[list(EMOTIONS)].to_numpy(), "row")
        drawings.append(pen.draw(charts.confusion_chart(rows, "row", name)))
        shown.append(table_of(counts, name))
    section = Section("confusion", "Confusion matrices", charts=drawings, tables=shown)
    return Part(section, {"confusion": frame})


def counts_of(answers: Predictions) -> pd.DataFrame:
    """The counts of one model, true emotions as rows in the column ``true``."""
    counts = pd.DataFrame(confusion(answers.label, answers.predicted), columns=list(EMOTIONS))
    counts.insert(0, "true", EMOTIONS)
    return counts


def table_of(counts: pd.DataFrame, variant_id: str) -> Table:
    """The counts as cells."""
    rows = [[row["true"], *(whole(row[name]) for name in EMOTIONS)] for row in counts.to_dict("records")]
    return Table(f"confusion-{variant_id}", f"{variant_id}: faces", ["True \\ answered", *EMOTIONS], rows)
