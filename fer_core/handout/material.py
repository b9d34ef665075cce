"""What all sections of a handout are made of, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.comparison.standings import (
    Reading,
    read_outcomes,
    standings_frame,
    without_false_differences,
)
from fer_core.data.split import SplitName
from fer_core.errors import CardError, FerError
from fer_core.evaluation.outcomes import Panel
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.test_sets.measured import measured_or_why
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant, list_variants
from fer_core.variants.repeats import parts_of


@dataclass(frozen=True, eq=False)
class Material:
    """The variants of a handout and their answers.

    Attributes:
        variants: measured, the most accurate first.
        baseline_id: what the others are held against; None without one.
        clean: whether figures below the ranking are of PrivateTest without copies of training faces.
        answers: by variant id, all that it has answered.
        standings: the leaderboard of the variants, the most accurate first.
        panel: who of those measured on the same faces is right on which; clean if ``clean``.
        faces: how many faces of PrivateTest there are, by "all" and "clean".
        apart: ids measured on other faces than most, which stand in no pair.
        left_out: id -> why a chosen variant has no figures here.
        on: the test set that the figures are of; "" for FER2013.
    """

    variants: list[Variant]
    baseline_id: str | None
    clean: bool
    answers: dict[str, Predictions]
    standings: pd.DataFrame
    panel: Panel
    faces: dict[str, int]
    apart: list[str]
    left_out: dict[str, str]
    on: str

    def private(self, variant_id: str) -> Predictions:
        """One variant's answers to PrivateTest; clean if ``clean``."""
        return self.answers[variant_id].of(SplitName.PRIVATE_TEST, self.clean)


def read_material(
    variants: Sequence[Variant], baseline: Variant | None = None, clean: bool = False, on: str = ""
) -> Material:
    """Read everything that a handout of ``variants`` says; the baseline is among them or joins them.

    ``on``: the test set that all figures are of; "" for FER2013. DataError where there is none of that name.
    CardError where none of them has predictions that can be read.
    """
    chosen = {variant.id: variant for variant in [*([baseline] if baseline else []), *variants]}
    chosen, left_out = measured_or_why(on, chosen)
    answers: dict[str, Predictions] = {}
    for variant in chosen.values():
        try:
            answers[variant.id] = _answers(variant, clean)
        except FerError as error:
            left_out[variant.id] = str(error)
    reading = read_outcomes([variant for variant in chosen.values() if variant.id in answers])
    left_out |= reading.errors | reading.contradictions
    answers = {name: found for name, found in answers.items() if name not in left_out}
    if not answers:
        raise CardError(
            f"There is nothing to report: {' '.join(left_out.values()) or 'no model was chosen.'}"
        )
    measured = [variant for variant in chosen.values() if variant.id in answers]
    baseline_id = baseline.id if baseline and baseline.id in answers else None
    standings = _standings(measured, reading, baseline_id)
    order = standings["id"].tolist()
    measured.sort(key=lambda variant: order.index(variant.id))
    first, *others = reading.panels
    return Material(
        measured,
        baseline_id,
        clean,
        answers,
        standings,
        first.clean() if clean else first,
        {"all": len(first.label), "clean": len(first.clean().label)},
        [name for other in others for name in other.ids],
        left_out,
        on,
    )


def _answers(variant: Variant, clean: bool) -> Predictions:
    if variant.status != Status.TRAINED:
        raise CardError(variant.reason or f"{variant.id} is a recipe only: it has not been trained here.")
    answers = read_predictions(variant.predictions_path)
    if not len(answers.of(SplitName.PRIVATE_TEST, clean)):
        raise CardError(f"{variant.id} has no answers to faces of PrivateTest.")
    return answers


def _standings(variants: list[Variant], reading: Reading, baseline_id: str | None) -> pd.DataFrame:
    frame = leaderboard_frame(variants, baseline_id, parts_of(variants, list_variants()))
    frame = frame.join(standings_frame(reading, baseline_id), on="id")
    return without_false_differences(frame, reading, baseline_id) if baseline_id else frame
