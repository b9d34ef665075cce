"""What a model's confidence has been worth: how often it was right when it said the same, as surely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import wilson_interval
from fer_core.evaluation.predictions import Predictions
from fer_core.formats import counted

#: An answer whose probability leads the second one by less is a narrow one. On the clean test faces the best models
#: are right on four of ten such faces, and on seven of ten of all.
NARROW_LEAD = 0.1

#: Confidences are grouped by tenths.
CONFIDENCE_BINS = 10


@dataclass(frozen=True)
class Evidence:
    """``right`` of ``n`` faces, with Wilson's 95 % interval ``lo``–``hi`` of that share.

    They are the faces on which the model answered ``emotion`` with a confidence from ``confidence_from`` up
    to ``confidence_to``. With ``n`` 0 nothing is known: ``share`` is None and the interval is 0–1.
    """

    emotion: str
    confidence_from: float
    confidence_to: float
    right: int
    n: int
    lo: float
    hi: float

    @property
    def share(self) -> float | None:
        """The share of right answers, 0–1; None without any."""
        return self.right / self.n if self.n else None

    def sentence(self) -> str:
        """For example: When this model says happy at 80–90 %, it is right 94 times in 100 (n = 512)."""
        said = (
            f"When this model says {self.emotion} at "
            f"{100 * self.confidence_from:.0f}–{100 * self.confidence_to:.0f} %"
        )
        if self.share is None:
            return f"{said}, nothing is known: it never did on the test faces."
        return f"{said}, it is right {counted(round(100 * self.share), 'time')} in 100 (n = {self.n:,})."


def evidence(predictions: Predictions, emotion_index: int, confidence: float) -> Evidence:
    """How often ``predictions`` were right where they named that emotion about as surely.

    ``emotion_index`` is 0–6 in EMOTIONS order, ``confidence`` the probability 0–1 that the model gives it on
    the new face. Pass the rows of a split that was not trained on, best ``of(SplitName.PRIVATE_TEST, clean=True)``.
    """
    tenth = int(_tenths(np.array([confidence]))[0])
    same = (predictions.predicted == emotion_index) & (_tenths(predictions.confidence) == tenth)
    n = int(same.sum())
    right = int((predictions.label[same] == emotion_index).sum())
    lo, hi = wilson_interval(right, n)
    return Evidence(
        EMOTIONS[emotion_index], tenth / CONFIDENCE_BINS, (tenth + 1) / CONFIDENCE_BINS, right, n, lo, hi
    )


def is_narrow(probs: np.ndarray) -> bool:
    """Whether the first of ``probs`` float (7,) leads the second by less than NARROW_LEAD."""
    second, first = np.sort(probs)[-2:]
    return bool(first - second < NARROW_LEAD)


def _tenths(confidence: np.ndarray) -> np.ndarray:
    """0 for [0, 0.1) up to 9 for [0.9, 1]; float32 and float64 of one value fall into one bin."""
    tenths = np.floor(confidence.astype(np.float32) * np.float32(CONFIDENCE_BINS)).astype(np.int64)
    return tenths.clip(0, CONFIDENCE_BINS - 1)
