"""How far a training has come, read from the files it keeps; cheap enough to read every second."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.jobs.job import Job
from fer_core.jobs.order import ORDER
from fer_core.training.checkpoint import PROGRESS, RUN, checkpoint_epoch

#: Read from the end of the file: some dozens of lines.
TAIL_BYTES = 8_192
#: The time left is judged by so many epochs at the end.
RECENT_EPOCHS = 5


@dataclass(frozen=True)
class JobProgress:
    """Where a training stands; losses and accuracies are means over the epoch so far.

    Attributes:
        epoch: the epoch it is in, counted from 1; epochs: at most so many.
        step, steps: batches done and in all of this epoch.
        train_loss, train_accuracy: accuracy is a fraction.
        val_loss, val_accuracy: None until the epoch has ended.
        share: of all batches that are done, 0 to 1.
        left_s: seconds until the last epoch ends, or None while that can't be judged.
        epoch_s: seconds of an epoch as it goes now, or None while that can't be judged.
        thought_s: seconds that an epoch was thought to take when the job was submitted; 0 where nobody knew.
        finishing: training is over, the variant is exported and evaluated.
        reported_at: when it was written, in seconds since 1970.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    train_loss: float
    train_accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    share: float
    left_s: float | None
    epoch_s: float | None
    thought_s: float
    finishing: bool
    reported_at: float


def read_progress(job: Job) -> JobProgress | None:
    """Where the job's training stands, or None while nothing has been trained since it began anew."""
    lines = _tail(job.folder / PROGRESS) if _has_begun(job) else []
    trained = [line for line in lines if "step" in line]
    if not trained:
        return None
    last = trained[-1]
    done = last["epoch"] - 1 + last["step"] / last["steps"]
    finishing = "phase" in lines[-1]
    epoch_s = _epoch_seconds(read_history(job), trained)
    left_s = None if epoch_s is None else (last["epochs"] - done) * epoch_s
    return JobProgress(
        **{key: last[key] for key in ("epoch", "epochs", "step", "steps", "train_loss", "train_accuracy")},
        val_loss=last["val_loss"],
        val_accuracy=last["val_accuracy"],
        share=1.0 if finishing else done / last["epochs"],
        left_s=0.0 if finishing else left_s,
        epoch_s=epoch_s,
        thought_s=_thought_s(job.folder / ORDER),
        finishing=finishing,
        reported_at=last["time"],
    )


def read_history(job: Job) -> list[dict[str, float]]:
    """The finished epochs, one mapping each with the columns of ``history.csv``; empty before the first."""
    if not _has_begun(job):
        return []
    try:
        with (job.folder / paths.HISTORY).open(encoding="utf-8", newline="") as file:
            return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    except OSError:
        return []


def finished_epochs(job: Job) -> int:
    """How many epochs the job's checkpoint holds; 0 where there is none, or one from before it began anew."""
    if not _has_begun(job):
        return 0
    return checkpoint_epoch(job.folder)


def _has_begun(job: Job) -> bool:
    """Whether what lies in the run folder is of this beginning of the job, not of one before a retry."""
    try:
        return json.loads((job.folder / RUN).read_text())["first_attempt"] == job.first_attempt
    except (OSError, ValueError, KeyError):
        return False


def _epoch_seconds(history: list[dict[str, float]], trained: list[dict[str, Any]]) -> float | None:
    """Seconds of an epoch: of the last finished ones, else from the pace of the current one."""
    recent = history[-RECENT_EPOCHS:]
    if recent:
        return sum(row["seconds"] for row in recent) / len(recent)
    first, last = trained[0], trained[-1]
    steps = last["step"] - first["step"]
    if first["epoch"] != last["epoch"] or steps <= 0:
        return None
    return (last["time"] - first["time"]) / steps * last["steps"]


@lru_cache(maxsize=1000)
def _thought_s(order: Path) -> float:
    """What the order says, which is written once."""
    try:
        return float(json.loads(order.read_text(encoding="utf-8")).get("epoch_s", 0))
    except (OSError, ValueError, TypeError, AttributeError):
        return 0.0


def _tail(path: Path) -> list[dict[str, Any]]:
    """The last lines that are whole; one that a kill cut short is left out."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            raw = file.read().splitlines()
    except OSError:
        return []
    lines = []
    for text in raw:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines
