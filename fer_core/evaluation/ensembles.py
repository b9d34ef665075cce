"""Several variants answering as one: weights, greedy choice and diversity, from stored predictions.

Weights are fitted on PublicTest without leaked faces, where no member has seen the answer; PrivateTest then
says what the ensemble is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd

from fer_core.data.split import SplitName
from fer_core.evaluation.metrics import SMALLEST_PROB
from fer_core.evaluation.sheet import AnswerSheet

#: How members are averaged: their probabilities, or the logarithms of these (then scaled to sum to 1).
MEAN, LOG_MEAN = "mean", "log_mean"
#: Fitting ends where no other weights can be better by more than this, in nats.
_GAP = 1e-6
_STEPS = 5000
#: A member with less than this does not move an answer and is left out.
LEAST_WEIGHT = 0.005

# weights (M,) -> mean log loss, and its slope by weight (M,)
_Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]


def pooled(probs: np.ndarray, weights: np.ndarray, how: str = MEAN) -> np.ndarray:
    """What members answer together: ``probs`` (M, N, 7) and ``weights`` (M,), sum 1 -> float32 (N, 7)."""
    if how == MEAN:
        return np.tensordot(weights, probs.astype(np.float64), 1).astype(np.float32)
    return _softmax(np.tensordot(weights, _logs(probs), 1)).astype(np.float32)


def equal_weights(members: AnswerSheet) -> np.ndarray:
    """The same for all: float64 (M,)."""
    return np.full(len(members.ids), 1 / len(members.ids))


def fit_weights(members: AnswerSheet, how: str = MEAN) -> np.ndarray:
    """The weights, at least 0 and summing to 1, with the smallest log loss on clean PublicTest: float64 (M,).

    The loss is convex in the weights, for both averages, so there is one minimum. It is approached by
    exponentiated gradient steps (Kivinen and Warmuth 1997) until the gap to it, bounded by the slopes, is less
    than a millionth of a nat. Weights below LEAST_WEIGHT become 0.
    """
    public = members.of(SplitName.PUBLIC_TEST, clean=True)
    label, probs = public.label, public.probs
    if not len(label):
        return equal_weights(members)
    weights = _minimise(_mean_loss(label, probs) if how == MEAN else _log_mean_loss(label, probs), len(probs))
    weights[weights < min(LEAST_WEIGHT, weights.max())] = 0
    return weights / weights.sum()


def select_greedily(members: AnswerSheet, rounds: int, how: str = MEAN) -> np.ndarray:
    """Weights float64 (M,) from choosing members one by one (Caruana et al. 2004, "Ensemble selection").

    Each of ``rounds`` rounds adds the member, maybe again, with which the plain average of all chosen so far has
    the smallest log loss on clean PublicTest; the best of all rounds counts. A weight is how often a member was
    chosen, as a share.
    """
    public = members.of(SplitName.PUBLIC_TEST, clean=True)
    label, probs = public.label, public.probs
    if not len(label):
        return equal_weights(members)
    parts = probs.astype(np.float64) if how == MEAN else _logs(probs)
    total, picks, losses = np.zeros_like(parts[0]), [], []
    for count in range(1, rounds + 1):
        candidates = [_loss_of(label, (total + part) / count, how) for part in parts]
        picks.append(int(np.argmin(candidates)))
        losses.append(min(candidates))
        total += parts[picks[-1]]
    best = int(np.argmin(losses)) + 1
    return np.bincount(picks[:best], minlength=len(probs)) / best


def diversity(members: AnswerSheet, split: str, clean: bool = False) -> pd.DataFrame:
    """How differently members fail (Kuncheva and Whitaker 2003), a row a pair.

    ``first, second``; ``disagreement``: share of faces that one alone gets right; ``double_fault``: share that
    both get wrong; ``q_statistic``: 1 where they are right on the same faces, 0 where independent, below where
    one is right when the other fails (NaN where undefined); ``same_answer``: share with the same emotion named.
    """
    faces = members.of(split, clean)
    predicted, right = faces.predicted, ~faces.wrong
    rows = []
    for first, second in combinations(range(len(members.ids)), 2):
        one, other = right[first], right[second]
        both, neither = (one & other).mean(), (~one & ~other).mean()
        only_one, only_other = (one & ~other).mean(), (~one & other).mean()
        agreeing, differing = both * neither, only_one * only_other
        rows.append(
            {
                "first": members.ids[first],
                "second": members.ids[second],
                "disagreement": only_one + only_other,
                "double_fault": neither,
                "q_statistic": (agreeing - differing) / (agreeing + differing)
                if agreeing + differing
                else np.nan,
                "same_answer": (predicted[first] == predicted[second]).mean(),
            }
        )
    return pd.DataFrame(rows)


def _minimise(loss_of: _Loss, count: int) -> np.ndarray:
    weights, step = np.full(count, 1 / count), 1.0
    loss, slope = loss_of(weights)
    for _ in range(_STEPS):
        if weights @ slope - slope.min() < _GAP:
            break
        tried = weights * np.exp(-step * (slope - slope.min()))
        tried /= tried.sum()
        new_loss, new_slope = loss_of(tried)
        if new_loss < loss:
            weights, loss, slope, step = tried, new_loss, new_slope, step * 1.5
        else:
            step /= 3
            if step < 1e-9:
                break
    return weights


def _mean_loss(label: np.ndarray, probs: np.ndarray) -> _Loss:
    given = probs[:, np.arange(len(label)), label].astype(np.float64)

    def loss_of(weights: np.ndarray) -> tuple[float, np.ndarray]:
        together = np.maximum(weights @ given, SMALLEST_PROB)
        return float(-np.log(together).mean()), -(given / together).mean(axis=1)

    return loss_of


def _log_mean_loss(label: np.ndarray, probs: np.ndarray) -> _Loss:
    logs = _logs(probs)
    given = logs[:, np.arange(len(label)), label]
    mean_given = given.mean(axis=1)

    def loss_of(weights: np.ndarray) -> tuple[float, np.ndarray]:
        together = np.tensordot(weights, logs, 1)
        largest = together.max(axis=1, keepdims=True)
        powers = np.exp(together - largest)
        total = powers.sum(axis=1, keepdims=True)
        loss = (np.log(total) + largest).mean() - weights @ mean_given
        slope = np.tensordot(logs, powers / total, ([1, 2], [0, 1])) / len(label) - mean_given
        return float(loss), slope

    return loss_of


def _loss_of(label: np.ndarray, part: np.ndarray, how: str) -> float:
    probs = part if how == MEAN else _softmax(part)
    return float(-np.log(np.maximum(probs[np.arange(len(label)), label], SMALLEST_PROB)).mean())


def _logs(probs: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probs.astype(np.float64), SMALLEST_PROB))


def _softmax(logs: np.ndarray) -> np.ndarray:
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
