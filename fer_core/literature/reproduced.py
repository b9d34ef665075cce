"""What a report printed of each variant, beside the same figure of our own run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from fer_core.evaluation.metrics import wilson_interval
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.literature.lines import printed_entries, printed_where
from fer_core.literature.our_figures import figures_with_repeats
from fer_core.literature.reported_values import OF_REPEATS
from fer_core.literature.reports import BOTH, list_reports
from fer_core.variants.corrections import recipe_corrections
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant


def reproduced_frame(variants: Iterable[Variant], family: str) -> pd.DataFrame:
    """One row for each of the family's variants that a report gives, in the order of their ids.

    Texts: ``id, status, protocol, note, deviations``. Fractions, NaN where unknown: ``reported`` accuracy;
    ``accuracy`` on PrivateTest with its 95 % interval ``lo, hi``; ``both_accuracy, both_lo, both_hi`` on
    PublicTest and PrivateTest together, only where that is what the report tested on (PublicTest chose our
    epoch, so these lean upwards); ``difference``, ours minus reported, on the faces nearest to the report's.
    Counts: ``epochs_run, epochs_planned``; as a text ``training`` ("4 of 150 epochs"), and ``whole``, whether that
    is to its end (None where unknown). CardError if predictions can't be read.
    """
    report = list_reports().get(family)
    chosen = [variant for variant in variants if variant.family == family and variant.card is not None]
    rows = [
        _row(variant, report is not None and report.tested_on(variant.id) == BOTH)
        for variant in chosen
        if variant.card.reported or variant.status == Status.TRAINED
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def reported_figures(variant: Variant, variants: Iterable[Variant] = ()) -> pd.DataFrame:
    """Every figure that was printed of ``variant``, beside ours; what ``printed.csv`` lists last.

    Columns ``metric, reported, ours, protocol, note, where`` (in the report, and its line). ``ours`` is NaN where the
    variant is not trained, or the figure has no like here. Spreads are over its repeats among ``variants``.
    """
    entries = [entry for entry in variant.card.reported if isinstance(entry.get("value"), (int, float))]
    entries += printed_entries(variant.id, tuple(variant.card.reported))
    ours = figures_with_repeats(variant, variants) if variant.status == Status.TRAINED else {}
    rows = [
        {
            "metric": entry["metric"],
            "reported": float(entry["value"]),
            "ours": _like(entry, ours),
            "protocol": entry["protocol"],
            "note": entry.get("note", ""),
            "where": printed_where(variant.id, entry["metric"], entry["value"]),
        }
        for entry in entries
    ]
    return pd.DataFrame(rows, columns=["metric", "reported", "ours", "protocol", "note", "where"])


def _like(entry: Mapping[str, Any], ours: Mapping[str, float]) -> float:
    """Ours beside a printed figure: the mean over repeats where that is one, NaN where there is none."""
    metric = entry["metric"]
    own = ours.get(metric, math.nan)
    return ours.get(f"{metric}_mean", own) if OF_REPEATS in entry["protocol"] else own


def _row(variant: Variant, both: bool) -> dict[str, Any]:
    printed = variant.reported_accuracy or {}
    facts, length = variant.card.faceoff, variant.training_length
    row = {
        "id": variant.id,
        "status": variant.status,
        "reported": printed.get("value"),
        "protocol": printed.get("protocol", ""),
        "note": printed.get("note", ""),
        "deviations": " ".join(facts.get("deviations") or []),
        "epochs_run": facts.get("epochs_run"),
        "epochs_planned": facts.get("epochs_planned"),
        "training": length.text if length else None,
        "whole": length.whole if length else None,
        "corrections": "; ".join(recipe_corrections(variant)),
    }
    if variant.status == Status.TRAINED:
        row |= _own(variant.metrics(), read_predictions(variant.predictions_path) if both else None)
    compared = row.get("both_accuracy", row.get("accuracy"))
    if compared is not None and row["reported"] is not None:
        row["difference"] = compared - row["reported"]
    return row


def _own(card: Mapping[str, Any], everything: Predictions | None) -> dict[str, float]:
    row = {"accuracy": card["accuracy"], "lo": card["accuracy_ci95"][0], "hi": card["accuracy_ci95"][1]}
    if everything is not None:
        right, n = int((everything.predicted == everything.label).sum()), len(everything)
        low, high = wilson_interval(right, n)
        row |= {"both_accuracy": right / n, "both_lo": low, "both_hi": high}
    return row


_COLUMNS = [
    "id", "status", "reported", "accuracy", "lo", "hi", "both_accuracy", "both_lo", "both_hi", "difference",
    "epochs_run", "epochs_planned", "training", "whole", "corrections", "protocol", "note", "deviations",
]  # fmt: skip
