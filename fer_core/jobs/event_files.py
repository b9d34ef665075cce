"""TensorBoard event files, written without TensorFlow or PyTorch: ``tensorboard --logdir FER_HOME/runs``.

Only the record format and the messages of the ``tensorboard`` package are used; its own ``EventFileWriter``
would import TensorFlow, if installed, into a PyTorch process.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from fer_core.training.trainer import Progress

#: Batches are written about once a second, epochs always.
BATCH_S = 1.0


class EventFile:
    """The event file of one attempt; every scalar is on its way to the disk when the call returns."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.0"
        self._records = RecordWriter((folder / name).open("wb"))
        self._batch_at = 0.0
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def take(self, progress: Progress) -> None:
        """Take the training loop's progress; epochs are steps, batches count from the first epoch on."""
        if progress.val_loss is not None:
            self.scalars(
                progress.epoch,
                {
                    "epoch/train_loss": progress.train_loss,
                    "epoch/train_accuracy": progress.train_accuracy,
                    "epoch/val_loss": progress.val_loss,
                    "epoch/val_accuracy": progress.val_accuracy,
                    "epoch/learning_rate": progress.learning_rate,
                    "epoch/seconds": progress.seconds,
                },
            )
        elif time.monotonic() - self._batch_at >= BATCH_S:
            self._batch_at = time.monotonic()
            batch = (progress.epoch - 1) * progress.steps + progress.step
            means = {"batch/mean_loss": progress.train_loss, "batch/mean_accuracy": progress.train_accuracy}
            self.scalars(batch, means)

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Write named numbers at ``step``."""
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self._write(Event(wall_time=time.time(), step=step, summary=summary))

    def close(self) -> None:
        """Close the file."""
        self._records.close()

    def _write(self, event: Event) -> None:
        self._records.write(event.SerializeToString())
        self._records.flush()
