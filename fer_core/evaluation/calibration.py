"""Whether certainty can be believed, and one number a model that makes it more believable.

Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks") raises every probability to
the power 1 / T and lets rows sum to 1 again: T above 1 makes a model less sure, below 1 surer. The order of the
emotions, and so the answer, stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.data.split import SplitName
from fer_core.evaluation.metrics import (
    CALIBRATION_BINS,
    are_labels,
    check_arrays,
    expected_calibration_error,
    log_loss,
)
from fer_core.evaluation.predictions import Predictions

#: A temperature is looked for between these; a model that is never wrong has none.
COLDEST, HOTTEST = 0.05, 20.0
_STEPS = 200
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class CalibrationFigures:
    """How far certainty can be believed, lower is better: all fractions but ``log_loss`` (nats).

    ``ece``: equal-width bins, as on the card; ``adaptive_ece``: bins of equally many faces; ``brier``: 0–2.
    """

    log_loss: float
    ece: float
    adaptive_ece: float
    brier: float


def calibration_figures(label: np.ndarray, probs: np.ndarray) -> CalibrationFigures:
    """The figures of ``probs`` (N, 7) against ``label`` (N,), NaN where they are labels alone.

    ValueError for wrong shapes or no faces.
    """
    if are_labels(np.asarray(probs)):
        return CalibrationFigures(math.nan, math.nan, math.nan, math.nan)
    return CalibrationFigures(
        log_loss(label, probs),
        expected_calibration_error(label, probs),
        adaptive_calibration_error(label, probs),
        brier_score(label, probs),
    )


def adaptive_calibration_error(label: np.ndarray, probs: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """The calibration error over bins of equally many faces (Nguyen and O'Connor 2015).

    Faces are put in the order of their highest probability and cut into ``bins`` runs whose lengths differ by
    one at most, so that no bin rests on a handful of faces; then as :func:`expected_calibration_error`.
    """
    label, probs = check_arrays(label, probs)
    confidence = probs.max(axis=1)
    order = np.argsort(confidence, kind="stable")
    gap = (probs.argmax(axis=1) == label)[order] - confidence[order]
    return float(sum(abs(part.sum()) for part in np.array_split(gap, bins)) / len(label))


def brier_score(label: np.ndarray, probs: np.ndarray) -> float:
    """The mean squared distance between a row and the truth, summed over emotions, 0–2 (Brier 1950)."""
    label, probs = check_arrays(label, probs)
    return float((probs**2).sum(axis=1).mean() + 1 - 2 * probs[np.arange(len(label)), label].mean())


def tempered(probs: np.ndarray, temperature: float) -> np.ndarray:
    """``probs`` (N, 7) to the power 1 / ``temperature``, rows summing to 1 again: float32; what is 0 stays 0."""
    with np.errstate(divide="ignore"):
        logs = np.log(np.asarray(probs, np.float64)) / temperature
    return _softmax(logs).astype(np.float32)


def fit_temperature(label: np.ndarray, probs: np.ndarray) -> float:
    """The temperature that minimises the mean log loss of these faces, between COLDEST and HOTTEST.

    ``label``: int (N,), places in EMOTIONS; ``probs``: float (N, 7), rows summing to 1; ValueError where they don't fit
    each other. The loss is convex in 1 / T; Newton's method with a bracket finds its minimum. Faces whose true emotion
    was given probability 0 say nothing about T and are left out; without any other, or where all that is left was said
    with certainty, T is 1.
    """
    label, probs = check_arrays(label, probs)
    known = probs[np.arange(len(label)), label] > 0
    label, probs = label[known], probs[known]
    if not len(label) or (probs.max(axis=1) == 1).all():
        return 1.0
    logs = np.log(np.maximum(probs, np.finfo(np.float64).tiny))
    logs[probs == 0] = -np.inf
    low, high, power = 1 / HOTTEST, 1 / COLDEST, 1.0
    for _ in range(_STEPS):
        slope, curvature = _slope(label, logs, power)
        low, high = (power, high) if slope < 0 else (low, power)
        step = power - slope / curvature if curvature > 0 else np.inf
        step = step if low <= step <= high else (low + high) / 2
        if abs(step - power) < _TOLERANCE:
            break
        power = step
    return float(1 / power)


def temperature_of(predictions: Predictions) -> float:
    """The temperature of a variant, fitted on PublicTest without leaked faces, where it is surer than it should be.

    With no clean face of PublicTest, T is 1.
    """
    public = predictions.of(SplitName.PUBLIC_TEST, clean=True)
    return fit_temperature(public.label, public.probs) if len(public) else 1.0


def calibration_frame(predictions: Predictions, temperature: float, clean: bool = False) -> pd.DataFrame:
    """The figures on PrivateTest before and after the temperature: two rows, ``calibrated`` False and True."""
    private = predictions.of(SplitName.PRIVATE_TEST, clean)
    before = calibration_figures(private.label, private.probs)
    after = calibration_figures(private.label, tempered(private.probs, temperature))
    rows = [{"calibrated": done, **vars(figures)} for done, figures in ((False, before), (True, after))]
    return pd.DataFrame(rows)


def _slope(label: np.ndarray, logs: np.ndarray, power: float) -> tuple[float, float]:
    """First and second derivative of the mean log loss with respect to 1 / T."""
    weights = _softmax(power * logs)
    finite = np.where(np.isfinite(logs), logs, 0.0)
    mean = (weights * finite).sum(axis=1)
    slope = (mean - logs[np.arange(len(label)), label]).mean()
    return float(slope), float(((weights * finite**2).sum(axis=1) - mean**2).mean())


def _softmax(logs: np.ndarray) -> np.ndarray:
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
