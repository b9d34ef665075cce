"""The figures of one variant on one split, as its card prints them."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pandas as pd

from fer_core.data.split import Measured, SplitName
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError
from fer_core.evaluation.predictions import Predictions

#: The least probability that the log loss believes, as Keras' cross-entropy does: a six-class model
#: that gives disgust 0 loses 16.1 on a disgusted face, not infinity.
SMALLEST_PROB = 1e-7

#: Equal-width confidence bins of the expected calibration error.
CALIBRATION_BINS = 15
#: The figures that need probabilities: empty in a card whose model answered labels alone.
OF_CERTAINTY = ("log_loss", "ece", "auc_macro", "auc_micro")
_MANY_ROWS = 100

_CLASSES = np.arange(len(EMOTIONS))


def compute_metrics(label: np.ndarray, probs: np.ndarray) -> dict[str, int | float | list[float]]:
    """The nine figures of a card, all fractions but ``n`` and ``log_loss`` (nats).

    ``label`` is int (N,) in EMOTIONS order, ``probs`` float (N, 7) with rows that sum to 1, N >= 1.
    ``accuracy_ci95`` is Wilson's interval; the F1 means run over all seven emotions, an emotion that is
    neither present nor answered counting 0; ``ece`` is described at :func:`expected_calibration_error`;
    ``auc_macro`` is the plain mean of the one-vs-rest areas over the emotions that are present, and
    ``auc_micro`` the area over all (face, emotion) pairs. Where only labels were answered, see :func:`are_labels`, log
    loss, calibration error and areas are NaN. Raises ValueError for wrong shapes or no faces.
    """
    label, probs = check_arrays(label, probs)
    right = int((probs.argmax(axis=1) == label).sum())
    table = per_class(label, probs)
    areas = class_aucs(label, probs)
    figures = {
        "n": len(label),
        "accuracy": right / len(label),
        "accuracy_ci95": list(wilson_interval(right, len(label))),
        "macro_f1": float(table["f1"].mean()),
        "weighted_f1": float(np.average(table["f1"], weights=table["support"])),
        "log_loss": log_loss(label, probs),
        "ece": expected_calibration_error(label, probs),
        "auc_macro": float(np.nanmean(areas)) if np.isfinite(areas).any() else math.nan,
        "auc_micro": _area((label[:, None] == _CLASSES).ravel(), probs.ravel()),
    }
    return figures | dict.fromkeys(OF_CERTAINTY, math.nan) if are_labels(probs) else figures


def are_labels(probs: np.ndarray) -> bool:
    """Whether ``probs`` (N, 7) are labels without certainty: each of many rows is 1 in one place, which no network's
    softmax is on so many faces."""
    return len(probs) >= _MANY_ROWS and bool((probs.max(axis=1) == 1).all())


def card_metrics(predictions: Predictions) -> dict[str, dict]:
    """The ``metrics:`` block of a card: ``private_test`` and ``private_test_clean`` (leaks left out).

    CardError where one of the two would have no faces.
    """
    private = predictions.of(SplitName.PRIVATE_TEST)
    clean = predictions.of(SplitName.PRIVATE_TEST, clean=True)
    if not len(clean):
        raise CardError(
            "The predictions hold no PrivateTest face that is not an exact copy of a training face."
        )
    return {
        Measured.ALL: compute_metrics(private.label, private.probs),
        Measured.CLEAN: compute_metrics(clean.label, clean.probs),
    }


def per_class(label: np.ndarray, probs: np.ndarray) -> pd.DataFrame:
    """Precision, recall, F1 (fractions; 0 where undefined) and support of each emotion, in order.

    Columns: ``emotion, precision, recall, f1, support``.
    """
    label, probs = check_arrays(label, probs)
    counts = confusion(label, probs.argmax(axis=1))
    right, support, answered = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    return pd.DataFrame(
        {
            "emotion": EMOTIONS,
            "precision": _ratio(right, answered),
            "recall": _ratio(right, support),
            "f1": f1_scores(counts),
            "support": support,
        }
    )


def f1_scores(counts: np.ndarray) -> np.ndarray:
    """The F1 of each emotion from a confusion matrix, 0 where undefined: float64 (7,)."""
    return _ratio(2 * counts.diagonal(), counts.sum(axis=1) + counts.sum(axis=0))


def best_assignment(together: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes and their emotions, int64 each, that are right most often (Kuhn 1955, "The Hungarian method").

    ``together`` (K, 7): how often each class is answered to faces of each emotion.
    """
    from scipy.optimize import linear_sum_assignment  # here: a tenth of a second that pages need not spend

    return linear_sum_assignment(together, maximize=True)


def confusion(label: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Counts int64 (7, 7): rows are the true emotions, columns the answered ones, both in order."""
    size = len(EMOTIONS)
    cells = np.asarray(label, np.int64) * size + np.asarray(predicted, np.int64)
    return np.bincount(cells, minlength=size * size).reshape(size, size)


def normalise_confusion(counts: np.ndarray, by: str) -> np.ndarray:
    """The matrix as fractions of its rows (recall) or columns (precision), or as it is (``"count"``).

    ``by`` is ``"row"``, ``"column"`` or ``"count"``; a row or column without faces stays 0.
    """
    if by == "count":
        return counts
    if by not in ("row", "column"):
        raise ValueError(f"A confusion matrix is normalised by row, column or count, not by {by!r}.")
    totals = counts.sum(axis=1 if by == "row" else 0, keepdims=True)
    return _ratio(counts, np.broadcast_to(totals, counts.shape))


def wilson_interval(right: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927), both ends in 0–1; (0, 1) when ``n`` is 0."""
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = right / n
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def log_loss(label: np.ndarray, probs: np.ndarray) -> float:
    """Mean of -ln(probability of the true emotion), each probability at least SMALLEST_PROB."""
    label, probs = check_arrays(label, probs)
    given = probs[np.arange(len(label)), label]
    return float(-np.log(np.clip(given, SMALLEST_PROB, 1.0)).mean())


def expected_calibration_error(label: np.ndarray, probs: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """How far confidence and accuracy lie apart, on average over the faces (Naeini et al. 2015).

    The confidence of a face is its highest probability; ``bins`` equal-width bins (i/bins, (i+1)/bins]
    cover 0–1; the result is the mean over bins of |accuracy - mean confidence|, weighted by faces.
    """
    label, probs = check_arrays(label, probs)
    confidence = probs.max(axis=1)
    right = probs.argmax(axis=1) == label
    bin_of = confidence_bins(confidence, bins)
    gaps = np.bincount(bin_of, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(label))


def confidence_bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    """The equal-width bin, 0 to ``bins`` - 1, of each confidence in 0–1; upper edges are inside."""
    return np.clip(np.ceil(np.asarray(confidence, np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)


def class_aucs(label: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """The one-vs-rest area under the ROC curve of each emotion: (7,), NaN where it is undefined."""
    label, probs = check_arrays(label, probs)
    return np.array([_area(label == index, probs[:, index]) for index in _CLASSES])


def check_arrays(label: np.ndarray, probs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``label`` as int64 (N,) and ``probs`` as float64 (N, 7); ValueError if they can't be, or N is 0."""
    label, probs = np.asarray(label, np.int64), np.asarray(probs, np.float64)
    if label.ndim != 1 or probs.shape != (len(label), len(EMOTIONS)):
        raise ValueError(f"Labels {label.shape} and probabilities {probs.shape} should be (N,) and (N, 7).")
    if len(label) == 0:
        raise ValueError("There are no faces to evaluate.")
    if label.min() < 0 or label.max() >= len(EMOTIONS):
        raise ValueError(f"Labels run from 0 to {len(EMOTIONS) - 1}.")
    return label, probs


def _area(positive: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic, ties counting one half."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return math.nan
    _, group, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(middle_rank[group][positive].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """``top / bottom`` as float64, 0 where ``bottom`` is 0."""
    return np.divide(top, bottom, out=np.zeros(np.shape(top)), where=np.asarray(bottom) > 0)
