"""Which is best: one row a model, and the differences to the baseline."""

from __future__ import annotations

import pandas as pd

from fer_core import charts
from fer_core.data.split import SplitName
from fer_core.evaluation.bootstrap import DRAWS
from fer_core.evaluation.significance import ALPHA
from fer_core.formats import (
    NOTHING,
    difference,
    interval,
    listed,
    megabytes,
    milliseconds,
    nats,
    of_100,
    p_value,
    signed,
    whole,
)
from fer_core.handout.cells import text, yes_no
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table

_WORDS = (
    "Clean: without test faces that are exact copies of training faces. 95 %: Wilson's interval. Models of one group "
    "can't be told apart from the first of it. ECE: how far certainty lies from how often it is right; of losses and "
    "errors, less is better. Milliseconds were measured on the machine that wrote this handout or stand on the card."
)


def make(material: Material, pen: Pen) -> Part:
    """The section, and the frame ``standings``."""
    frame = material.standings
    tables, paragraphs = [standings_table(frame, material.on or SplitName.PRIVATE_TEST)], [_WORDS]
    if material.baseline_id and len(frame) > 1:
        tables.append(baseline_table(frame, material.baseline_id))
        paragraphs.append(
            f"Differences to **{material.baseline_id}**: intervals by the paired bootstrap ({DRAWS:,} draws), p of the "
            f"accuracy by McNemar's exact test with Holm's correction; real is what lies below {ALPHA}."
        )
    if material.apart:
        paragraphs.append(f"Measured on other faces, so not ranked: {listed(material.apart)}.")
    if material.left_out:
        paragraphs.append(f"Left out: {' '.join(material.left_out.values())}")
    chart = pen.draw(charts.interval_chart(frame, pen.styles, material.baseline_id))
    section = Section("standings", "Which is best", paragraphs, charts=[chart], tables=tables)
    return Part(section, {"standings": frame})


def standings_table(frame: pd.DataFrame, faces: str) -> Table:
    """One row a model, the most accurate first."""
    rows = [
        [
            row.id, of_100(row.accuracy), text(row.training), interval(row.lo, row.hi), of_100(row.clean_accuracy),
            interval(row.clean_lo, row.clean_hi), _group(row.group), of_100(row.macro_f1),
            of_100(row.weighted_f1), nats(row.log_loss), of_100(row.ece), of_100(row.auc_macro),
            whole(row.parameters), megabytes(row.size_mb), milliseconds(row.latency_ms),
        ]
        for row in frame.itertuples()
    ]  # fmt: skip
    headings = [
        "Model", "Right of 100", "Trained", "95 %", "Clean, of 100", "95 %", "Group", "Macro F1, of 100",
        "Weighted F1, of 100", "Log loss", "ECE, of 100", "Macro AUC, of 100", "Parameters", "MB", "ms per face",
    ]  # fmt: skip
    return Table("standings", f"Every model on {faces}", headings, rows)


def baseline_table(frame: pd.DataFrame, baseline_id: str) -> Table:
    """Every other model minus the baseline, with how sure the difference is."""
    rows = []
    for row in frame[frame["id"] != baseline_id].to_dict("records"):
        cells = [row["id"]]
        for name in ("accuracy", "clean_accuracy", "macro_f1"):
            cells += [
                signed(100 * row[f"delta_{name}"]),
                difference(row.get(f"from_{name}"), row.get(f"to_{name}")),
            ]
        cells += [
            signed(row["delta_log_loss"], 3),
            _nats_between(row.get("from_log_loss"), row.get("to_log_loss")),
        ]
        cells += [p_value(row.get("p_accuracy")), yes_no(row.get("real_accuracy"))]
        rows.append(cells)
    headings = [
        "Model", "Points", "95 %", "Clean, points", "95 %", "Macro F1, points", "95 %", "Log loss", "95 %",
        "p (Holm)", "Real",
    ]  # fmt: skip
    return Table("baseline", f"Minus the baseline, {baseline_id}", headings, rows)


def _group(value: float) -> str:
    return NOTHING if pd.isna(value) else f"{value:.0f}"


def _nats_between(lo: float | None, hi: float | None) -> str:
    return NOTHING if lo is None or pd.isna(lo) else f"{signed(lo, 3)} to {signed(hi, 3)}"
