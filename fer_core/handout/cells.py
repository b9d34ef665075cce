"""A report's tables, cell by cell, in the same formats as on the pages."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.formats import (
    NOTHING,
    difference,
    duration,
    interval,
    megabytes,
    milliseconds,
    nats,
    of_100,
    p_value,
    signed,
    whole,
)
from fer_core.handout.gather import Gathered
from fer_core.handout.parts import Table

_METRIC_IN_NATS = "loss"


def standings_table(gathered: Gathered) -> Table:
    """One row a model, the most accurate first."""
    rows = [
        [
            row.id, of_100(row.accuracy), _text(row.training), interval(row.lo, row.hi), of_100(row.clean_accuracy),
            interval(row.clean_lo, row.clean_hi), _group(row.group), of_100(row.macro_f1),
            of_100(row.weighted_f1), nats(row.log_loss), of_100(row.ece), of_100(row.auc_macro),
            whole(row.parameters), megabytes(row.size_mb), milliseconds(row.latency_ms),
        ]
        for row in gathered.frames["standings"].itertuples()
    ]  # fmt: skip
    headings = [
        "Model", "Right of 100", "Trained", "95 %", "Clean, of 100", "95 %", "Group", "Macro F1, of 100",
        "Weighted F1, of 100", "Log loss", "ECE, of 100", "Macro AUC, of 100", "Parameters", "MB", "ms per face",
    ]  # fmt: skip
    return Table("standings", f"Every model on {gathered.on or 'PrivateTest'}", headings, rows)


def baseline_table(gathered: Gathered) -> Table:
    """Every other model minus the baseline, with how sure the difference is."""
    frame = gathered.frames["standings"]
    rows = []
    for row in frame[frame["id"] != gathered.baseline_id].to_dict("records"):
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
        cells += [p_value(row.get("p_accuracy")), _yes_no(row.get("real_accuracy"))]
        rows.append(cells)
    headings = [
        "Model", "Points", "95 %", "Clean, points", "95 %", "Macro F1, points", "95 %", "Log loss", "95 %",
        "p (Holm)", "Real",
    ]  # fmt: skip
    return Table("baseline", f"Minus the baseline, {gathered.baseline_id}", headings, rows)


def pair_table(gathered: Gathered) -> Table:
    """One row a pair, the surest difference on top."""
    rows = [
        [
            f"{row.first} over {row.second}", signed(100 * row.difference), difference(row.lo, row.hi),
            whole(row.only_first), whole(row.only_second), p_value(row.p), p_value(row.p_holm),
            _yes_no(row.real), NOTHING if math.isinf(row.faces_needed) else whole(float(f"{row.faces_needed:.2g}")),
        ]
        for row in gathered.frames["pairs"].itertuples()
    ]  # fmt: skip
    headings = [
        "Pair", "Points", "95 %", "Only the first right", "Only the other right", "p", "p (Holm)", "Real",
        "Faces needed",
    ]  # fmt: skip
    return Table("pairs", "Every pair of models on the same faces", headings, rows)


def per_class_tables(gathered: Gathered) -> list[Table]:
    """Precision, recall and F1 of each model and emotion, each in a table of its own."""
    frame = gathered.frames["per_class"]
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


def confusion_table(gathered: Gathered, variant_id: str) -> Table:
    """One model's counts: true emotions as rows, answers as columns."""
    frame = gathered.frames["confusion"]
    rows = [
        [row["true"], *(whole(row[name]) for name in EMOTIONS)]
        for row in frame[frame["variant"] == variant_id].to_dict("records")
    ]
    return Table(f"confusion-{variant_id}", f"{variant_id}: faces", ["True \\ answered", *EMOTIONS], rows)


def calibration_table(gathered: Gathered) -> Table:
    """Figures of certainty as they are, and calibrated by one temperature."""
    rows = []
    for row in gathered.frames["calibration"].itertuples():
        words = f"calibrated, T = {row.temperature:.2f}" if row.calibrated else "as it is"
        figures = [of_100(row.ece), of_100(row.adaptive_ece), f"{row.brier:.3f}", nats(row.log_loss)]
        rows.append([f"{row.variant}, {words}", *figures])
    headings = ["Model", "ECE, of 100", "Adaptive ECE, of 100", "Brier score, 0–2", "Log loss"]
    return Table("calibration", "How far certainty can be believed; lower is better", headings, rows)


def reported_table(gathered: Gathered) -> Table:
    """What reports printed, beside the same figure here."""
    rows = [
        [
            row.variant, _figure(row.metric, row.reported), _figure(row.metric, row.ours),
            NOTHING if pd.isna(row.ours) else _signed(row.metric, row.ours - row.reported),
            str(row.metric).replace("_", " "), _text(row.protocol), _text(row.note),
        ]
        for row in gathered.frames["reported"].itertuples()
    ]  # fmt: skip
    headings = ["Model", "Reported", "Here", "Here − reported", "Figure", "Reported under", "Note"]
    return Table("reported", "Reported and reproduced", headings, rows, texts=3)


def run_table(gathered: Gathered) -> Table:
    """How long each model was trained, on what, and from which code."""
    rows = []
    for row in gathered.frames["runs"].to_dict("records"):
        took = row["duration_s"]
        rows.append(
            [
                row["variant"], _text(row["training"]), _text(row["seed"]),
                duration(None if took is None else float(took)), _text(row["framework"]),
                _text(row["architecture"]), _text(row["device"]), _text(row["trained_at"]),
                _text(row["git_commit"]), _text(row["recipe_sha256"])[:12],
            ]
        )  # fmt: skip
    headings = [
        "Model", "Trained", "Seed", "Took", "Framework", "Network", "Device", "Trained at", "Code", "Recipe hash",
    ]  # fmt: skip
    return Table("runs", "How they were trained", headings, rows, texts=6)


def recipe_table(gathered: Gathered) -> Table:
    """Only the keys in which the recipes differ."""
    frame = gathered.frames["recipes"]
    rows = [[_text(cell) for cell in row] for row in frame.itertuples(index=False)]
    return Table(
        "recipes", "Where their recipes differ", [str(name) for name in frame], rows, len(frame.columns) - 1
    )


def _group(value: float) -> str:
    return NOTHING if pd.isna(value) else f"{value:.0f}"


def _yes_no(value: Any) -> str:
    return NOTHING if value is None or pd.isna(value) else "yes" if value else "no"


def _nats_between(lo: float | None, hi: float | None) -> str:
    return NOTHING if lo is None or pd.isna(lo) else f"{signed(lo, 3)} to {signed(hi, 3)}"


def _figure(metric: str, value: float) -> str:
    return nats(value) if _METRIC_IN_NATS in metric else of_100(value)


def _signed(metric: str, value: float) -> str:
    return signed(value, 3) if _METRIC_IN_NATS in metric else signed(100 * value)


def _text(value: Any) -> str:
    """A fact as text; whole numbers that a table with gaps holds as 10.0 stay whole."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
