"""Exponential smoothing of answers, by seconds and not by frames."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np


class Smoother:
    """Remembers the smoothed answer of each model about each tracked face. For one thread.

    After a lasting change the answer has gone 63 % of the way in ``time_constant_s`` seconds, whatever the
    frame rate: the new answer weighs ``1 - exp(-seconds since the last / time_constant_s)``. 0 is off. It may
    be set at any time.
    """

    def __init__(self, time_constant_s: float = 0.4) -> None:
        self.time_constant_s = time_constant_s
        self._answers: dict[tuple[str, int], tuple[float, np.ndarray]] = {}

    def smooth(self, variant_id: str, numbers: Sequence[int], probs: np.ndarray, now_s: float) -> np.ndarray:
        """The smoothed ``probs`` float32 (faces, 7) of the faces with these numbers; rows still sum to 1.

        A face that is new to this model starts at its own answer.
        """
        smoothed = np.empty_like(probs, np.float32)
        for row, number in enumerate(numbers):
            answer = self._next((variant_id, number), probs[row].astype(np.float64), now_s)
            self._answers[variant_id, number] = (now_s, answer)
            smoothed[row] = answer
        return smoothed

    def keep_only(self, variant_ids: Collection[str], numbers: Collection[int]) -> None:
        """Forget models and faces that have left, so that nothing piles up."""
        self._answers = {
            key: answer
            for key, answer in self._answers.items()
            if key[0] in variant_ids and key[1] in numbers
        }

    def __len__(self) -> int:
        return len(self._answers)

    def _next(self, key: tuple[str, int], answer: np.ndarray, now_s: float) -> np.ndarray:
        if key not in self._answers or self.time_constant_s <= 0:
            return answer
        then_s, before = self._answers[key]
        weight = -math.expm1(-max(0.0, now_s - then_s) / self.time_constant_s)
        return before + weight * (answer - before)
