"""Which emotions a network answers, and how its answers become the contract's seven."""

from __future__ import annotations

import numpy as np

from fer_core.data.preparations import prepared_classes
from fer_core.emotions import EMOTIONS


class AnsweredClasses:
    """The classes that a network learns after a preparation; the contract answers 0 for the others.

    Attributes:
        labels: int64 (count,), the answered labels in EMOTIONS order.
        placement: float32 (count, 7); ``probs @ placement`` puts each probability into its column.
    """

    def __init__(self, preparation: str) -> None:
        self.labels = prepared_classes(preparation)
        self.placement = np.eye(len(EMOTIONS), dtype=np.float32)[self.labels]
        self._positions = np.full(len(EMOTIONS), -1)
        self._positions[self.labels] = np.arange(len(self.labels))

    @property
    def count(self) -> int:
        return len(self.labels)

    @property
    def all(self) -> bool:
        """Whether every emotion is answered."""
        return self.count == len(EMOTIONS)

    @property
    def setting(self) -> dict[str, int]:
        """What a network's builder needs to know: nothing where it answers every emotion."""
        return {} if self.all else {"classes": self.count}

    def shares(self, soft: np.ndarray) -> np.ndarray:
        """Soft labels float32 (N, 7) over the answered classes alone, (N, count), rows that sum to 1."""
        if self.all:
            return soft
        kept = soft[:, self.labels]
        return kept / np.maximum(kept.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)

    def positions(self, labels: np.ndarray) -> np.ndarray:
        """Labels (N,) as the network counts its outputs."""
        return self._positions[labels]
