"""How a variant stands up to distorted faces: accuracy and log loss under each distortion and severity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from fer_core.data.distortions import NONE, REPORT, SEVERITIES, SUITE, distort
from fer_core.data.split import Split
from fer_core.errors import CardError, RunStoppedError
from fer_core.evaluation.metrics import log_loss
from fer_core.machine.csv_text import csv_text
from fer_core.machine.files import replacing


class Row(NamedTuple):
    """What a variant reached under one distortion: of ``n`` faces, ``accuracy`` 0–1, log ``loss`` in nats."""

    distortion: str
    severity: int
    n: int
    accuracy: float
    loss: float


COLUMNS = Row._fields


class AnswersFaces(Protocol):
    """Anything that answers faces with probabilities, as :class:`fer_core.variants.classifier.Classifier` does."""

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Probabilities, float32 (N, 7), of faces uint8 (N, S, S) or (N, S, S, 3), as the model takes them."""


def list_steps() -> list[tuple[str, int]]:
    """Every (distortion, severity) that is measured, in order; the untouched faces first."""
    suite = [(name, severity) for name in SUITE for severity in SEVERITIES]
    return [(NONE, 0), *suite, *((name, 1) for name in REPORT)]


def measure_robustness(
    classifier: AnswersFaces,
    split: Split,
    *,
    seed: int = 0,
    known: Sequence[Row] = (),
    on_row: Callable[[Row], None] = lambda row: None,
    on_progress: Callable[[int, int], None] = lambda done, steps: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> pd.DataFrame:
    """Run ``classifier`` on ``split`` under every distortion.

    Args:
        classifier: answers uint8 (N, 48, 48) with float32 (N, 7).
        split: the test faces, PrivateTest.
        seed: of chance in the distortions and of the report's five parts; card figures use 0.
        known: rows of an earlier run of the same on the same, which are not measured again.
        on_row: called with each row that is measured.
        on_progress: called with how many of how many steps are done.
        should_stop: called before each step.

    Returns:
        Columns COLUMNS, a row a step; ``loss`` in nats.

    Raises:
        RunStoppedError: ``should_stop`` said so.
    """
    parts = report_parts(len(split), seed)
    rows, steps = {row[:2]: row for row in known}, list_steps()
    for done, (name, severity) in enumerate(steps):
        if (name, severity) in rows:
            continue
        if should_stop():
            raise RunStoppedError(f"Stopped after {done} of {len(steps)} distortions.")
        chosen = split.take(parts[name]) if name in parts else split
        faces = chosen.faces if name == NONE else distort(chosen.faces, name, severity, seed)
        probs = classifier.predict_proba(faces)
        right = float((probs.argmax(axis=1) == chosen.labels).mean())
        row = Row(name, severity, len(chosen), right, float(log_loss(chosen.labels, probs)))
        rows[name, severity] = row
        on_row(row)
        on_progress(done + 1, len(steps))
    return pd.DataFrame([rows[step] for step in steps], columns=list(COLUMNS))


def report_parts(faces: int, seed: int = 0) -> dict[str, np.ndarray]:
    """The rows of the test set that each of the report's distortions gets: five parts, equal within one."""
    order = np.random.default_rng(seed).permutation(faces)
    return {
        name: np.sort(part) for name, part in zip(REPORT, np.array_split(order, len(REPORT)), strict=True)
    }


def mean_corruption_error(table: pd.DataFrame, baseline: pd.DataFrame) -> float:
    """The mean over the suite of a variant's summed errors divided by the baseline's (Hendrycks, Dietterich 2019).

    1 is the baseline itself, less is better. Both tables as :func:`measure_robustness` gives them. NaN where
    the baseline never errs under a distortion.
    """
    errors, theirs = (
        (1 - rows.set_index(["distortion", "severity"])["accuracy"]).groupby("distortion").sum()
        for rows in (table, baseline)
    )
    ratios = errors.loc[list(SUITE)] / theirs.loc[list(SUITE)].replace(0, np.nan)
    return float(ratios.mean(skipna=False))


def summary(table: pd.DataFrame) -> dict[str, float]:
    """``clean`` accuracy, ``mean`` accuracy over the suite, its ``worst`` distortion's mean, and ``report``,
    the mean over the cos429 report's own five (NaN where they were not measured). Fractions."""
    means = table.groupby("distortion")["accuracy"].mean()
    suite = means.loc[list(SUITE)]
    return {
        "clean": float(means[NONE]),
        "mean": float(suite.mean()),
        "worst": float(suite.min()),
        "report": float(means.reindex(list(REPORT)).mean()),
    }


def write_robustness(path: Path, table: pd.DataFrame) -> None:
    """Write ``robustness.csv``; complete or not at all."""
    with replacing(path) as file:
        file.write_text(csv_text(table, float_format="%.7g"), encoding="utf-8", newline="")


def read_robustness(path: Path) -> pd.DataFrame:
    """Read ``robustness.csv``; CardError where it is not one."""
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise CardError(f"{path.parent.name}/{path.name} can't be read as a table.") from error
    name = f"{path.parent.name}/{path.name}"
    if list(table.columns) != list(COLUMNS):
        raise CardError(f"{name} lacks columns or distortions: measure it again.")
    numbers = table.drop(columns="distortion")
    if not all(map(pd.api.types.is_numeric_dtype, numbers.dtypes)) or not np.isfinite(numbers).all(axis=None):
        raise CardError(f"{name} has cells that are no numbers: measure it again.")
    if list(zip(table["distortion"], table["severity"], strict=True)) != list_steps():
        raise CardError(f"{name} lacks columns or distortions: measure it again.")
    if not (table["accuracy"].between(0, 1) & (table["n"] >= 1) & (table["loss"] >= 0)).all():
        raise CardError(f"{name} has figures that can't be: measure it again.")
    return table
