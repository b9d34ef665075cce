"""Variants side by side, as tables for the pages and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.split import Measured
from fer_core.errors import UnknownVariantError
from fer_core.variants.facts import Status
from fer_core.variants.latency import read_latencies
from fer_core.variants.length import made_of, trained_to_end
from fer_core.variants.registry import Variant

#: The figures that a baseline is subtracted from, each with whether higher is better.
HIGHER_IS_BETTER: dict[str, bool] = {
    "accuracy": True,
    "clean_accuracy": True,
    "macro_f1": True,
    "weighted_f1": True,
    "log_loss": False,
    "ece": False,
    "auc_macro": True,
    "latency_ms": False,
    "size_mb": False,
    "parameters": False,
}

_FLOAT_COLUMNS = (
    "parameters", "size_mb", "latency_ms", "accuracy", "lo", "hi", "clean_accuracy", "clean_lo", "clean_hi",
    "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro", "reported_accuracy", "reported_difference",
    "epochs_run", "epochs_planned",
)  # fmt: skip


def leaderboard_frame(
    variants: list[Variant], baseline_id: str | None = None, parts: Sequence[Variant] = ()
) -> pd.DataFrame:
    """One row per variant, the most accurate first, those without figures after them by id.

    Texts: ``id, origin, family, framework, architecture, status, reason, protocol, reported_protocol``; ``training``
    ("4 of 150 epochs"; "as a.net" in int8, "3 models as one"), missing for what was trained elsewhere, and how that
    ``ended``, missing without epochs. ``whole``: whether it was trained to
    its end; None where that is not known, as of an ensemble whose members are neither among ``variants`` nor among its
    ``parts``. Numbers (NaN where unknown): ``parameters``; ``size_mb`` of the ONNX
    file in 10^6 bytes; ``latency_ms`` of one face; ``accuracy`` on PrivateTest with its 95 % interval ``lo, hi``;
    ``clean_accuracy, clean_lo, clean_hi`` without leaked faces; ``macro_f1, weighted_f1, log_loss, ece,
    auc_macro``; ``reported_accuracy`` under its own protocol and ``reported_difference`` (ours minus it);
    ``epochs_run, epochs_planned``. With ``baseline_id``, also
    ``delta_<name>`` for each name of HIGHER_IS_BETTER (the variant minus the baseline);
    UnknownVariantError if it is not among ``variants``.
    """
    latencies = read_latencies(variants)
    frame = pd.DataFrame([_leaderboard_row(variant, latencies) for variant in variants], columns=_COLUMNS)
    frame = frame.astype(dict.fromkeys(_FLOAT_COLUMNS, float))
    trained = [each for each in (*parts, *variants) if each.status == Status.TRAINED]
    whole = trained_to_end({each.id: each.card.faceoff for each in trained})
    frame["whole"] = pd.Series([whole.get(name) for name in frame["id"]], index=frame.index, dtype=object)
    frame = frame.sort_values(["accuracy", "id"], ascending=[False, True], ignore_index=True)
    if baseline_id is None:
        return frame
    baseline = frame[frame["id"] == baseline_id]
    if baseline.empty:
        raise UnknownVariantError(baseline_id, frame["id"])
    for name in HIGHER_IS_BETTER:
        frame[f"delta_{name}"] = frame[name] - baseline[name].iloc[0]
    return frame


def pareto_front(frame: pd.DataFrame, cost_column: str) -> pd.Series:
    """Which rows no other row beats: a bool series with the frame's index.

    A row is beaten if another is at least as accurate at no higher cost, and better in one of the two.
    Rows without accuracy or cost are never on the front. ``cost_column`` is one where less is better,
    such as ``latency_ms``.
    """
    accuracy = frame["accuracy"].to_numpy(float)
    cost = frame[cost_column].to_numpy(float)
    known = np.isfinite(accuracy) & np.isfinite(cost)
    no_worse = (accuracy[:, None] >= accuracy) & (cost[:, None] <= cost)
    better = (accuracy[:, None] > accuracy) | (cost[:, None] < cost)
    beaten = (no_worse & better & known[:, None]).any(axis=0)
    return pd.Series(known & ~beaten, index=frame.index, name="pareto")


_COLUMNS = (
    "id", "origin", "family", "framework", "architecture", "status", "reason", "protocol", "parameters",
    "size_mb", "latency_ms", "accuracy", "lo", "hi", "clean_accuracy", "clean_lo", "clean_hi", "macro_f1",
    "weighted_f1", "log_loss", "ece", "auc_macro", "reported_accuracy", "reported_protocol", "reported_difference",
    "epochs_run", "epochs_planned", "training", "ended",
)  # fmt: skip


def _leaderboard_row(variant: Variant, latencies: dict[str, float]) -> dict[str, Any]:
    row = {
        name: getattr(variant, name)
        for name in (
            "id",
            "origin",
            "family",
            "framework",
            "architecture",
            "status",
            "reason",
            "protocol",
            "parameters",
        )
    }
    length = variant.training_length
    if length is not None:
        row |= {"epochs_run": length.run, "epochs_planned": length.planned}
        row |= {"training": length.text, "ended": str(length.ended)}
    elif parts := made_of(variant.card.faceoff if variant.card else {}):
        row["training"] = f"as {parts[0]}" if len(parts) == 1 else f"{len(parts)} models as one"
    row["size_mb"] = variant.size_bytes / 1e6 if variant.size_bytes else None
    row["latency_ms"] = None if variant.status == Status.BROKEN else latencies.get(variant.id)
    private, clean = variant.metrics(Measured.ALL), variant.metrics(Measured.CLEAN)
    if private and clean:
        names = ("accuracy", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro")
        row |= {name: private[name] for name in names}
        row["lo"], row["hi"] = private["accuracy_ci95"]
        row["clean_accuracy"] = clean["accuracy"]
        row["clean_lo"], row["clean_hi"] = clean["accuracy_ci95"]
    reported = variant.reported_accuracy
    if reported:
        row["reported_accuracy"], row["reported_protocol"] = reported["value"], reported.get("protocol")
        if private:
            row["reported_difference"] = private["accuracy"] - reported["value"]
    return row
