"""What a framework has to be able to do, and what is reported of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes:
        faces: uint8 (N, 48, 48), or what :meth:`Trainer.features` made of them, float32 (N, D).
        labels: int64 (N,), 0-6 in EMOTIONS order.
        weights: of each face's loss, float64 (N,), or None for equal ones.
        targets: float32 (N, 7), rows that sum to 1, in the place of ``labels`` where faces were mixed; else None.
        taught: the teachers' probabilities, float32 (N, 7), at the recipe's temperature; None without teachers.
    """

    faces: np.ndarray
    labels: np.ndarray
    weights: np.ndarray | None = None
    targets: np.ndarray | None = None
    taught: np.ndarray | None = None


class Trainer(Protocol):
    """A network that learns, of whatever framework; faces are uint8 (N, 48, 48) everywhere.

    Attributes:
        parameters: number of weights, as the framework counts them.
        precision: the number format it learns in, ``float32`` or ``bfloat16``.
        accelerator: the GPU that it learns on, or nothing where the processor does it.
    """

    parameters: int
    precision: str
    accelerator: str

    def start_epoch(self, seed: int, epoch: int) -> None:
        """Seed the framework's own chance (dropout), forget the running means; ``epoch`` counts from 1."""

    def train_batch(self, batch: Batch, learning_rate: float) -> None:
        """One step. It need not have ended when this returns: a GPU is not waited for."""

    def means(self) -> tuple[float, float]:
        """Mean loss (natural log) and accuracy (a fraction) over the epoch's faces so far; waits for the last step."""

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
    """What is reported after batches and epochs; losses and accuracies are means so far."""

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
