"""Curves behind the figures: ROC, precision-recall and reliability, as long tables to draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import CALIBRATION_BINS, check_arrays, confidence_bins, wilson_interval

MACRO, MICRO = "macro", "micro"

#: A curve is drawn with at most this many points; its area is computed from all of them.
POINTS = 200

# (positive bool (N,), score (N,)) -> x, y of the curve by growing x, and the area
_CurveOf = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, float]]


def roc_curves(label: np.ndarray, probs: np.ndarray) -> pd.DataFrame:
    """ROC curves of each emotion against the rest, and their means: columns ``curve, fpr, tpr, auc``.

    ``label`` int (N,), ``probs`` float (N, 7). ``curve`` is an emotion, ``"macro"`` (the mean true-positive
    rate at each false-positive rate) or ``"micro"`` (all face-emotion pairs pooled). ``auc`` is the exact
    area of a curve; that of the macro curve is the mean of the emotions' areas. An emotion without a face
    has no curve.
    """
    return _curves(label, probs, _roc, "fpr", "tpr", "auc", origin=0.0)


def pr_curves(label: np.ndarray, probs: np.ndarray) -> pd.DataFrame:
    """Precision-recall curves: columns ``curve, recall, precision, average_precision``.

    Curves and inputs as in :func:`roc_curves`; the macro curve is the mean precision at each recall.
    ``average_precision`` is the step-wise sum of precision over recall (no interpolation).
    """
    return _curves(label, probs, _precision_recall, "recall", "precision", "average_precision", origin=None)


def reliability(label: np.ndarray, probs: np.ndarray, bins: int = CALIBRATION_BINS) -> pd.DataFrame:
    """How often the model is right at each confidence: columns ``bin, confidence, accuracy, lo, hi, n``.

    ``bin`` counts the equal-width bins of the highest probability from 0; ``confidence`` and ``accuracy``
    are the means over the bin's ``n`` faces, ``lo`` and ``hi`` Wilson's 95 % interval of the accuracy.
    Bins without faces are left out. The same bins make the expected calibration error.
    """
    label, probs = check_arrays(label, probs)
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == label
    table = pd.DataFrame({"bin": confidence_bins(confidence, bins), "confidence": confidence, "right": right})
    grouped = table.groupby("bin").agg(
        confidence=("confidence", "mean"),
        accuracy=("right", "mean"),
        right=("right", "sum"),
        n=("right", "size"),
    )
    intervals = [wilson_interval(int(row.right), int(row.n)) for row in grouped.itertuples()]
    grouped["lo"], grouped["hi"] = np.array(intervals).T if intervals else ([], [])
    return grouped.reset_index()[["bin", "confidence", "accuracy", "lo", "hi", "n"]]


def _curves(
    label: np.ndarray, probs: np.ndarray, curve_of: _CurveOf, x: str, y: str, area: str, origin: float | None
) -> pd.DataFrame:
    label, probs = check_arrays(label, probs)
    positive = label[:, None] == np.arange(len(EMOTIONS))
    tables, full = [], []
    for index, emotion in enumerate(EMOTIONS):
        if 0 < positive[:, index].sum() < len(label):
            full.append(curve_of(positive[:, index], probs[:, index]))
            tables.append(_table(emotion, *full[-1], x, y, area))
    if full:
        tables.append(_table(MACRO, *_mean_curve(full, origin), x, y, area))
    tables.append(_table(MICRO, *curve_of(positive.ravel(), probs.ravel()), x, y, area))
    return pd.concat(tables, ignore_index=True)


def _roc(positive: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    found, answered = _by_threshold(positive, score)
    tpr, fpr = found / found[-1], (answered - found) / (answered[-1] - found[-1])
    return fpr, tpr, float(np.trapezoid(tpr, fpr))


def _precision_recall(positive: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    found, answered = _by_threshold(positive, score)
    recall = found / found[-1]
    precision = np.append(1.0, found[1:] / answered[1:])
    return recall, precision, float((np.diff(recall) * precision[1:]).sum())


def _by_threshold(positive: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many positives, and how many in all, score at least each threshold; from none to all of them."""
    order = np.argsort(-score, kind="stable")
    last_of_equals = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    found = np.cumsum(positive[order])[last_of_equals]
    return np.append(0, found), np.append(0, last_of_equals + 1)


def _mean_curve(
    curves: list[tuple[np.ndarray, np.ndarray, float]], origin: float | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """The mean height of the curves on a common grid, and the mean of their areas."""
    grid = np.linspace(0, 1, POINTS - 1)
    height = np.mean([np.interp(grid, xs, ys) for xs, ys, _ in curves], axis=0)
    if origin is not None:
        grid, height = np.append(0.0, grid), np.append(origin, height)
    return grid, height, float(np.mean([area for _, _, area in curves]))


def _table(name: str, xs: np.ndarray, ys: np.ndarray, size: float, x: str, y: str, area: str) -> pd.DataFrame:
    kept = _thinned(xs, ys)
    return pd.DataFrame({"curve": name, x: xs[kept], y: ys[kept], area: size})


def _thinned(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """The indices of at most POINTS points, evenly spread along the curve, both ends among them."""
    if len(xs) <= POINTS:
        return np.arange(len(xs))
    along = np.append(0.0, np.cumsum(np.abs(np.diff(xs)) + np.abs(np.diff(ys))))
    return np.unique(np.searchsorted(along, np.linspace(0, along[-1], POINTS)).clip(0, len(xs) - 1))
