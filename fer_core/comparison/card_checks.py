"""Does a card say what its variant's predictions give? Checked where these are read, not when variants are listed.

Most figures follow from the outcomes that the leaderboard reads of every variant, within a millisecond each; those
that need all probabilities (calibration, areas under curves) are compared on a variant's own page and by
``python -m fer_core evaluate``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fer_core.data.split import Measured, SplitName
from fer_core.evaluation.metrics import confusion, f1_scores, wilson_interval
from fer_core.evaluation.outcomes import Outcomes
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

#: How far a figure may lie from what is recomputed; losses are kept in single precision.
TOLERANCE, LOSS_TOLERANCE = 1e-6, 1e-4
_SPLITS = {Measured.ALL: SplitName.PRIVATE_TEST, Measured.CLEAN: "PrivateTest without copies"}


def contradiction(variant: Variant, given: Mapping[str, Mapping[str, Any]]) -> str | None:
    """One sentence on the first figure of a trained variant's card that is not the ``given`` one, None without one.

    ``given`` has recomputed figures by name, for ``private_test`` and ``private_test_clean``.
    """
    for split, figures in given.items():
        stated = variant.metrics(split)
        for name, value in figures.items():
            within = LOSS_TOLERANCE if name == "log_loss" else TOLERANCE
            if not _alike(stated[name], value, within):
                return (
                    f"{variant.id}: its card says {name} {_text(stated[name])} on {_SPLITS[split]}, its predictions "
                    f"give {_text(value)}: it is not ranked until card and predictions agree."
                )
    return None


def figures_of(outcomes: Outcomes) -> dict[str, dict[str, Any]]:
    """The figures of a card that follow from outcomes, by split."""
    everywhere = np.ones(len(outcomes.label), bool)
    return {
        split: _figures(outcomes, rows)
        for split, rows in zip(_SPLITS, (everywhere, ~outcomes.leaked), strict=True)
        if rows.any()
    }


def without_contradictions(variants: list[Variant], found: Mapping[str, str]) -> list[Variant]:
    """The variants, those with a contradiction ``found`` by id as broken, for that reason."""
    return [
        replace(variant, status=Status.BROKEN, reason=found[variant.id]) if variant.id in found else variant
        for variant in variants
    ]


def _figures(outcomes: Outcomes, rows: np.ndarray) -> dict[str, Any]:
    counts = confusion(outcomes.label[rows], outcomes.predicted[rows])
    n, right, f1 = int(counts.sum()), int(counts.trace()), f1_scores(counts)
    return {
        "n": n,
        "accuracy": right / n,
        "accuracy_ci95": wilson_interval(right, n),
        "macro_f1": float(f1.mean()),
        "weighted_f1": float(np.average(f1, weights=counts.sum(axis=1))),
        "log_loss": float(outcomes.loss[rows].mean(dtype=np.float64)),
    }


def _alike(stated: Any, value: Any, within: float) -> bool:
    """Numbers, or both ends of intervals; what is not a number is only like another that is none."""
    if isinstance(value, list | tuple):
        return all(_alike(*ends, within) for ends in zip(stated, value, strict=True))
    return math.isclose(stated, value, rel_tol=within, abs_tol=within) or (
        math.isnan(stated) and math.isnan(value)
    )


def _text(value: Any) -> str:
    return ", ".join(f"{each:.6g}" for each in np.atleast_1d(value))
