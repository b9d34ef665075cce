"""What a framework has to be able to do, and what a watcher is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


class Trainer(Protocol):
    """A network that learns, of whatever framework; faces are uint8 (N, 48, 48) everywhere.

    Attributes:
        parameters: number of weights, as the framework counts them.
        precision: the number format it learns in, ``float32`` or ``bfloat16``.
    """

    parameters: int
    precision: str

    def start_epoch(self, seed: int, epoch: int) -> None:
        """Seed the framework's own chance (dropout), forget the running means; ``epoch`` counts from 1."""

    def train_batch(
        self, faces: np.ndarray, labels: np.ndarray, weights: np.ndarray | None, learning_rate: float
    ) -> tuple[float, float]:
        """One step; returns the epoch's mean loss and accuracy so far.

        Where the trainer gave :meth:`features`, ``faces`` may be theirs.
        """

    def features(self, faces: np.ndarray) -> np.ndarray | None:
        """What a frozen backbone makes of faces, float32 (N, D); None where all of the network learns."""

    def predict(self, faces: np.ndarray) -> np.ndarray:
        """Probabilities float32 (N, 7), as the exported graph will give them; of :meth:`features` too."""

    def save_state(self, folder: Path) -> None:
        """Everything needed to go on: weights, optimizer, averages."""

    def restore_state(self, folder: Path) -> None:
        """Undo :meth:`save_state`."""

    def save_weights(self, path: Path, *, half: bool = False) -> None:
        """The weights that :meth:`predict` uses, under the framework's own variable names."""

    def load_weights(self, path: Path) -> None:
        """Undo :meth:`save_weights`."""

    def export_onnx(self, path: Path) -> None:
        """Write the graph from faces to probabilities in float32."""


@dataclass(frozen=True)
class Progress:
    """What a watcher is told after batches and epochs; losses and accuracies are means so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    train_loss: float
    train_accuracy: float
    val_loss: float | None = None
    val_accuracy: float | None = None
    seconds: float = 0.0
    learning_rate: float | None = None
