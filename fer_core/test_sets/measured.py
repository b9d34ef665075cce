"""Variants as they are measured on a test set: the same models, with the figures of their answers to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from fer_core.data.split import Measured, SplitName
from fer_core.errors import FerError
from fer_core.evaluation.metrics import compute_metrics
from fer_core.evaluation.predictions import read_predictions
from fer_core.machine.stamped import Stamped
from fer_core.test_sets.answering import answered
from fer_core.test_sets.learnt import has_learnt_from
from fer_core.test_sets.store import TestSet, get_set
from fer_core.variants.registry import Variant

#: The figures where every picture is a copy of one that training has seen.
_UNKNOWN = ("accuracy", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro", "auc_micro")


@dataclass(frozen=True, eq=False)
class MeasuredVariant(Variant):
    """A variant whose figures and predictions are those on ``measured_on``; whatever else is known of it stays.

    What it was reported with is of other faces, and left out.
    """

    measured_on: str = ""
    answers_path: Path | None = None
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def predictions_path(self) -> Path | None:
        return self.answers_path

    @property
    def protocol(self) -> str | None:
        return f"measured on {self.measured_on}"

    @property
    def reported_accuracy(self) -> dict[str, Any] | None:
        return None

    def metrics(self, split: Measured = Measured.ALL) -> dict[str, Any] | None:
        return self.figures.get(split)


def measured_on(test_set: TestSet, variants: Sequence[Variant]) -> list[MeasuredVariant]:
    """Those of the ``variants`` that have answered the set and not learnt from it, in their order; damaged answers
    count as none."""
    found = []
    for variant in variants:
        if has_learnt_from(test_set, variant) or not answered(test_set, variant):
            continue
        path = test_set.answers_path(variant.id)
        try:
            figures = _figures(path)
        except FerError:
            continue
        own = {each.name: getattr(variant, each.name) for each in fields(Variant)}
        found.append(MeasuredVariant(**own, measured_on=test_set.name, answers_path=path, figures=figures))
    return found


def measured_or_why(name: str, chosen: Mapping[str, Variant]) -> tuple[dict[str, Variant], dict[str, str]]:
    """The ``chosen``, by id, as the test set of that name knows them, and a sentence for each that is left out.

    "" names FER2013, whose figures variants have of themselves. DataError where there is no such set.
    """
    if not name:
        return dict(chosen), {}
    test_set = get_set(name)
    measured = {each.id: each for each in measured_on(test_set, list(chosen.values()))}
    left_out = {
        each: f"{each} has learnt from {name}, so it is not measured on it."
        if has_learnt_from(test_set, variant)
        else f"{each} has not answered {name}."
        for each, variant in chosen.items()
        if each not in measured
    }
    return {each: measured[each] for each in chosen if each in measured}, left_out


@Stamped
def _figures(path: Path) -> dict[str, dict[str, Any]]:
    """As :func:`fer_core.evaluation.metrics.card_metrics`; NaN for clean faces where there are none."""
    answers = read_predictions(path)
    everything, clean = answers.of(SplitName.PRIVATE_TEST), answers.of(SplitName.PRIVATE_TEST, clean=True)
    unknown = {"n": 0, **dict.fromkeys(_UNKNOWN, math.nan), "accuracy_ci95": [math.nan, math.nan]}
    return {
        Measured.ALL: compute_metrics(everything.label, everything.probs),
        Measured.CLEAN: compute_metrics(clean.label, clean.probs) if len(clean) else unknown,
    }
