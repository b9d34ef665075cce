"""The tables of a report, from the same functions as the pages' figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.comparison.leaderboard import leaderboard_frame, per_class_frame, recipe_differences
from fer_core.comparison.standings import (
    Reading,
    pair_frame,
    read_outcomes,
    standings_frame,
    without_false_differences,
)
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, FerError
from fer_core.evaluation import curves, metrics
from fer_core.evaluation.calibration import calibration_frame, temperature_of
from fer_core.evaluation.predictions import PRIVATE_TEST, Predictions, read_predictions
from fer_core.literature.reproduced import reported_figures
from fer_core.test_sets.measured import measured_on
from fer_core.test_sets.store import get_set
from fer_core.variants.registry import TRAINED, Variant

#: Figures that stand as they are; what else there is in a frame can be told from them.
_RUN_FACTS = (
    "framework", "architecture", "parameters", "protocol", "data_sha256", "recipe_sha256", "epochs_run",
    "epochs_planned", "seed", "device", "duration_s", "trained_at", "git_commit",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Gathered:
    """What a report is made of.

    Attributes:
        variants: measured, the most accurate first.
        baseline_id: what the others are held against; None without one.
        clean: whether the tables below are of PrivateTest without copies of training faces.
        faces: how many faces of PrivateTest there are, by "all" and "clean".
        on: the test set that the figures are of; "" for FER2013.
        apart: ids measured on other faces than most, which stand in no pair.
        left_out: id -> why a chosen variant has no figures here.
        frames: the tables by name, fractions as fractions: ``standings, pairs, per_class, confusion,
            reliability, calibration, reported, runs, deviations, recipes``.
    """

    variants: list[Variant]
    baseline_id: str | None
    clean: bool
    faces: dict[str, int]
    apart: list[str]
    left_out: dict[str, str]
    frames: dict[str, pd.DataFrame]
    on: str = ""


def gather(
    variants: Sequence[Variant], baseline: Variant | None = None, clean: bool = False, on: str = ""
) -> Gathered:
    """Compute everything a report of ``variants`` says; the baseline is among them or joins them.

    ``on``: the test set that all figures are of; "" for FER2013. DataError where there is none of that name.
    CardError where none of them has predictions that can be read.
    """
    chosen = {variant.id: variant for variant in [*([baseline] if baseline else []), *variants]}
    left_out, answers = {}, {}
    if on:
        measured = {each.id: each for each in measured_on(get_set(on), list(chosen.values()))}
        left_out = {name: f"{name} has not answered {on}." for name in chosen if name not in measured}
        chosen = {name: measured[name] for name in chosen if name in measured}
    for variant in chosen.values():
        try:
            answers[variant.id] = _answers(variant, clean)
        except FerError as error:
            left_out[variant.id] = str(error)
    if not answers:
        raise CardError(
            f"There is nothing to report: {' '.join(left_out.values()) or 'no model was chosen.'}"
        )
    measured = [variant for variant in chosen.values() if variant.id in answers]
    baseline_id = baseline.id if baseline and baseline.id in answers else None
    reading = read_outcomes(measured)
    standings = _standings(measured, reading, baseline_id)
    order = standings["id"].tolist()
    measured.sort(key=lambda variant: order.index(variant.id))
    panel = reading.panels[0].clean() if clean else reading.panels[0]
    apart = [name for other in reading.panels[1:] for name in other.ids]
    per_variant = {variant.id: answers[variant.id] for variant in measured}
    return Gathered(
        measured,
        baseline_id,
        clean,
        {"all": len(reading.panels[0].label), "clean": len(reading.panels[0].clean().label)},
        apart,
        left_out,
        {
            "standings": standings,
            "pairs": pair_frame(panel) if len(panel) > 1 else pd.DataFrame(),
            "per_class": per_class_frame(measured, clean),
            "confusion": _each(per_variant, _confusion),
            "reliability": _each(per_variant, lambda told: curves.reliability(told.label, told.probs)),
            "calibration": _calibration(measured, clean),
            "reported": _reported([] if on else measured),
            "runs": _runs(measured),
            "deviations": _deviations(measured),
            "recipes": recipe_differences(measured).reset_index(),
        },
        on,
    )


def confusion_of(gathered: Gathered, variant_id: str) -> np.ndarray:
    """The counts (7, 7) of one variant, true emotions as rows."""
    frame = gathered.frames["confusion"]
    return frame.loc[frame["variant"] == variant_id, list(EMOTIONS)].to_numpy()


def _answers(variant: Variant, clean: bool) -> Predictions:
    if variant.status != TRAINED:
        raise CardError(variant.reason or f"{variant.id} is a recipe only: it has not been trained here.")
    answers = read_predictions(variant.predictions_path).of(PRIVATE_TEST, clean)
    if not len(answers):
        raise CardError(f"{variant.id} has no answers to faces of PrivateTest.")
    return answers


def _standings(variants: list[Variant], reading: Reading, baseline_id: str | None) -> pd.DataFrame:
    frame = leaderboard_frame(variants, baseline_id).join(standings_frame(reading, baseline_id), on="id")
    return without_false_differences(frame, reading, baseline_id) if baseline_id else frame


def _each(answers: dict[str, Predictions], make: Callable[[Predictions], pd.DataFrame]) -> pd.DataFrame:
    tables = []
    for name, told in answers.items():
        table = make(told)
        table.insert(0, "variant", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _confusion(answers: Predictions) -> pd.DataFrame:
    counts = pd.DataFrame(metrics.confusion(answers.label, answers.predicted), columns=list(EMOTIONS))
    counts.insert(0, "true", EMOTIONS)
    return counts


def _calibration(variants: list[Variant], clean: bool) -> pd.DataFrame:
    tables = []
    for variant in variants:
        everything = read_predictions(variant.predictions_path)
        temperature = temperature_of(read_predictions(variant.own_predictions_path))
        table = calibration_frame(everything, temperature, clean)
        tables.append(table.assign(variant=variant.id, temperature=temperature))
    frame = pd.concat(tables, ignore_index=True)
    return frame[["variant", "calibrated", "temperature", "ece", "adaptive_ece", "brier", "log_loss"]]


def _reported(variants: list[Variant]) -> pd.DataFrame:
    columns = ["variant", "metric", "reported", "ours", "protocol", "note"]
    tables = [reported_figures(variant).assign(variant=variant.id) for variant in variants]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _runs(variants: list[Variant]) -> pd.DataFrame:
    rows = [
        {
            "variant": variant.id,
            "training": variant.training_length and variant.training_length.long_text,
            **{name: variant.card.faceoff.get(name) for name in _RUN_FACTS},
        }
        for variant in variants
    ]
    return pd.DataFrame(rows, columns=["variant", "training", *_RUN_FACTS])


def _deviations(variants: list[Variant]) -> pd.DataFrame:
    rows = [
        (variant.id, text) for variant in variants for text in variant.card.faceoff.get("deviations") or []
    ]
    return pd.DataFrame(rows, columns=["variant", "deviation"])
