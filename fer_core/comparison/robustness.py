"""Variants measured on distorted faces, each into its own ``robustness.csv``; tables of several side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from fer_core import paths
from fer_core.comparison.unfinished import Unfinished
from fer_core.data.distortions import NONE, SUITE
from fer_core.data.split import SplitName
from fer_core.data.store import load_split
from fer_core.errors import CardError, FerError, ModelError, RunStoppedError
from fer_core.evaluation.distorted import (
    mean_corruption_error,
    measure_robustness,
    read_robustness,
    summary,
    write_robustness,
)
from fer_core.evaluation.predictions import read_predictions
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import Variant

_THREADS = 2


@dataclass(frozen=True)
class Stage:
    """How far a measurement of several variants is: ``fraction`` 0–1, and the ``variant`` at hand."""

    fraction: float
    variant: str


@for_trainers("measured robustness", "variants")
def measure_variants(
    variants: Sequence[Variant],
    on_progress: Callable[[Stage], None] = lambda stage: None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    by: Identity | None = None,
) -> list[str]:
    """Measure each variant on the imported PrivateTest and write its ``robustness.csv``; returns their ids.

    NotAllowedError where the requester ``by`` may only look; DataMissingError without an imported data set;
    CardError for a variant that was evaluated on other faces;
    ModelError for one that can't answer; RunStoppedError where it is stopped. Those that were finished are kept, and
    one that was not goes on from there the next time, however it ended.
    """
    split = load_split(SplitName.PRIVATE_TEST)
    for place, variant in enumerate(variants):
        if not variant.can_predict:
            raise ModelError(f"{variant.id} is kept without its model file, so it can't be measured here.")
        stored = read_predictions(variant.predictions_path).of(SplitName.PRIVATE_TEST)
        if stored.image.tolist() != split.names.tolist():
            raise CardError(f"{variant.id} was evaluated on other faces than the imported PrivateTest.")

        def report_step(done: int, steps: int, place: int = place, name: str = variant.id) -> None:
            on_progress(Stage((place + done / steps) / len(variants), name))

        unfinished = Unfinished(variant, split)
        try:
            table = measure_robustness(
                load_classifier(variant.id, _THREADS), split, known=tuple(unfinished.rows),
                on_row=unfinished.add, on_progress=report_step, should_stop=should_stop,
            )  # fmt: skip
        except RunStoppedError as error:
            raise RunStoppedError(
                f"{variant.id}: {error} The next measurement goes on from there."
            ) from error
        if variant.folder.is_dir():  # deleted meanwhile, it must not come back
            write_robustness(variant.folder / paths.ROBUSTNESS, table)
        unfinished.remove()
    return [variant.id for variant in variants]


def read_tables(variants: Iterable[Variant]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """The tables of those that have been measured, by id; and a sentence for each whose table is damaged."""
    tables, errors = {}, {}
    for variant in variants:
        if variant.robustness_path is not None:
            try:
                tables[variant.id] = read_robustness(variant.robustness_path)
            except FerError as error:
                errors[variant.id] = str(error)
    return tables, errors


def distortion_frame(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Mean accuracy over the severities: columns ``variant, distortion`` (its title), ``accuracy``; the clean
    faces first, then the suite."""
    rows = [
        {"variant": name, "distortion": title, "accuracy": means[distortion]}
        for name, table in tables.items()
        for means in [table.groupby("distortion")["accuracy"].mean()]
        for distortion, title in titles().items()
    ]
    return pd.DataFrame(rows, columns=["variant", "distortion", "accuracy"])


def severity_frame(tables: dict[str, pd.DataFrame], distortion: str) -> pd.DataFrame:
    """One distortion of the suite: columns ``variant, severity, level`` (text), ``accuracy``, and ``lo, hi`` where the
    tables have them; severity 0 is clean."""
    levels = ["untouched", *(f"{level:g}" for level in SUITE[distortion].levels)]
    parts = [
        table[table["distortion"].isin((NONE, distortion))]
        .filter(["severity", "accuracy", "lo", "hi"])
        .assign(variant=name)
        for name, table in tables.items()
    ]
    frame = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["severity", "accuracy", "variant"])
    )
    return frame.assign(level=[levels[int(severity)] for severity in frame["severity"]])


def summary_frame(tables: dict[str, pd.DataFrame], baseline: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a variant, the firmest first: ``variant, clean, mean, worst, report, kept, mce``.

    ``kept`` is ``mean`` divided by ``clean``, NaN where that is 0; ``mce`` the mean corruption error against the
    baseline, whose table need not be among them, NaN without one.
    """
    rows = []
    for name, table in tables.items():
        figures = summary(table)
        mce = math.nan if baseline is None else mean_corruption_error(table, baseline)
        kept = figures["mean"] / figures["clean"] if figures["clean"] else math.nan
        rows.append({"variant": name, **figures, "kept": kept, "mce": mce})
    columns = ["variant", "clean", "mean", "worst", "report", "kept", "mce"]
    return pd.DataFrame(rows, columns=columns).sort_values("mean", ascending=False, ignore_index=True)


def titles() -> dict[str, str]:
    """What the untouched faces and each distortion of the suite are called, in order."""
    return {NONE: "Untouched"} | {name: distortion.title for name, distortion in SUITE.items()}
