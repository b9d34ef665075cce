"""How far one variant is ahead of another in a figure of its answers, with the paired bootstrap's interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.bootstrap import percentile_interval
from fer_core.evaluation.resampling import Resampled
from fer_core.literature.claims.claim import CONFUSIONS, LOWER_IS_BETTER, Comparison
from fer_core.literature.claims.our_runs import Runs

BOOTSTRAP = "paired bootstrap, the same 1,000 draws of faces for both"
#: Of areas under ROC curves, which are taken to be linear in the faces.
COMPONENTS = "paired bootstrap of DeLong's components, the same 1,000 draws of faces for both"


@dataclass(frozen=True)
class Found:
    """How much ``better`` is ahead, positive where the report is confirmed, its 95 % interval and the ``test`` that
    it comes from; NaN and what is ``missing`` where it can't be had."""

    advantage: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    test: str = ""
    missing: tuple[str, ...] = ()


def from_answers(comparison: Comparison, runs: Runs) -> Found:
    """Any figure computed from the answers to PrivateTest: accuracy, recall, areas, confusions."""
    names = (comparison.better, comparison.worse)
    better, worse = (runs.answers(name) for name in names)
    if better.faces != worse.faces:  # their answers can't be paired
        return Found(missing=names)
    if comparison.figure in CONFUSIONS:
        return _found(_confused(better.confusion, comparison))
    figure = _FIGURES[comparison.figure]
    first, second = (
        figure(answers, [EMOTIONS.index(name) for name in side])
        for answers, side in zip((better, worse), comparison.sides, strict=True)
    )
    found = _found(first - second, -1 if comparison.figure in LOWER_IS_BETTER else 1)
    return replace(found, test=COMPONENTS) if comparison.figure.startswith("auc") else found


def gap(comparison: Comparison, runs: Runs) -> Found:
    """Training minus validation accuracy, of the epoch that was kept.

    Training's is of all faces learnt from, as the learning curve has it, and taken as it is; validation's is of the
    PublicTest faces, and drawn.
    """
    names = (comparison.better, comparison.worse)
    kept = [runs.kept(name) for name in names]
    missing = tuple(f"learning curves of {name}" for name, at in zip(names, kept, strict=True) if at is None)
    if missing:
        return Found(missing=missing)
    answers = [runs.answers(name, SplitName.PUBLIC_TEST) for name in names]
    if answers[0].faces != answers[1].faces or not len(answers[0].label):
        return Found(missing=names)
    gaps = [
        runs.history(name)["train_accuracy"][at] - _accuracy(each, [])
        for name, at, each in zip(names, kept, answers, strict=True)
    ]
    return _found(gaps[1] - gaps[0])


def _found(samples: np.ndarray, sign: int = 1) -> Found:
    """The first sample is of the faces as they are, the others of the draws."""
    ahead = sign * samples.astype(np.float64)
    low, high = percentile_interval(ahead[1:])
    return Found(float(ahead[0]), float(low), float(high), BOOTSTRAP)


def _accuracy(answers: Resampled, _: list[int]) -> np.ndarray:
    return np.trace(answers.confusion, axis1=1, axis2=2) / answers.confusion[0].sum()


def _recall(answers: Resampled, emotions: list[int]) -> np.ndarray:
    """Of the faces of these emotions together."""
    counts = answers.confusion[:, emotions]
    return _share(sum(counts[:, row, each] for row, each in enumerate(emotions)), counts.sum(axis=(1, 2)))


def _precision(answers: Resampled, emotions: list[int]) -> np.ndarray:
    """Mean over these emotions."""
    counts = answers.confusion
    return _share(counts[:, emotions, emotions], counts.sum(axis=1)[:, emotions]).mean(axis=1)


def f1_of(answers: Resampled, emotions: list[int]) -> np.ndarray:
    """Mean over these emotions, over all seven where there are none; an emotion without answer and face counts 0;
    float64, one figure a draw."""
    counts, chosen = answers.confusion, emotions or list(range(len(EMOTIONS)))
    both = (counts.sum(axis=1) + counts.sum(axis=2))[:, chosen]
    return _share(2 * counts[:, chosen, chosen], both).mean(axis=1)


def _auc(answers: Resampled, emotions: list[int]) -> np.ndarray:
    return answers.areas[:, emotions or list(range(len(EMOTIONS)))].mean(axis=1)


def _confused(counts: np.ndarray, comparison: Comparison) -> np.ndarray:
    """The two emotions' share of the mistakes, minus that of the commonest other confusion.

    ``mixed_up``: either taken for the other, of all mistakes and against any other two; ``taken_for``: the first taken
    for the second, of the mistakes on the first's faces and against any other answer.
    """
    first, second = (EMOTIONS.index(name) for name in comparison.emotions)
    mistakes = counts * (1 - np.eye(len(EMOTIONS), dtype=counts.dtype))
    if comparison.figure == "taken_for":
        kinds, at = mistakes[:, first], second
    else:
        rows, columns = np.triu_indices(len(EMOTIONS), 1)
        kinds = mistakes[:, rows, columns] + mistakes[:, columns, rows]
        at = int(np.flatnonzero((rows == min(first, second)) & (columns == max(first, second)))[0])
    shares = _share(kinds, kinds.sum(axis=1, keepdims=True))
    return shares[:, at] - np.delete(shares, at, axis=1).max(axis=1)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """``part / whole``, 0 where ``whole`` is."""
    part = part.astype(np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


_FIGURES: dict[str, Callable[[Resampled, list[int]], np.ndarray]] = {
    "accuracy": _accuracy,
    "macro_f1": f1_of,
    "log_loss": lambda answers, _: answers.log_loss,
    "auc_micro": lambda answers, _: answers.areas[:, -1],
    "auc_macro": _auc,
    "recall": _recall,
    "precision": _precision,
    "f1": f1_of,
    "auc": _auc,
}
