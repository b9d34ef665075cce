"""Where a training stands after its last epoch, on disk: killed at any moment, it loses no finished epoch.

run folder:  run.json  recipe.yaml  history.csv  progress.jsonl  checkpoint/{loop.json, best weights, ...}
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core import paths
from fer_core.errors import TrainingError
from fer_core.files import recover_folder, replacing, replacing_folder

if TYPE_CHECKING:
    from fer_core.training.loop import Trainer
    from fer_core.training.schedules import Schedule

HISTORY_COLUMNS = (
    "epoch",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "seconds",
)
#: Files and folders of a run.
RUN = "run.json"
PROGRESS = "progress.jsonl"
CHECKPOINT = "checkpoint"
LOOP_STATE = "loop.json"
BEST_WEIGHTS = "best.safetensors"


@dataclass
class LoopState:
    """Where a training stands after an epoch; written as ``loop.json`` in the checkpoint."""

    epoch: int = 0
    history: list[dict] = field(default_factory=list)
    best_value: float = math.inf
    best_epoch: int = 0
    stop_best: float = math.inf
    stop_waited: int = 0
    schedule: dict = field(default_factory=dict)


def recover_run(run: Path) -> None:
    """Clear up what a killed training left half-written; for the only process that trains in ``run``."""
    recover_folder(run / CHECKPOINT)
    for name in (RUN, paths.HISTORY):
        for unfinished in run.glob(f".{name}.*"):
            unfinished.unlink()


def begin_anew(run: Path) -> LoopState:
    """The state before the first epoch; an older checkpoint is removed."""
    recover_run(run)
    shutil.rmtree(run / CHECKPOINT, ignore_errors=True)
    return LoopState()


def restore_checkpoint(run: Path, trainer: Trainer, schedule: Schedule) -> LoopState:
    """Bring trainer and schedule to where the last finished epoch left them; TrainingError if none did."""
    recover_run(run)
    file = run / CHECKPOINT / LOOP_STATE
    if not file.is_file():
        raise TrainingError(f"There is no checkpoint in {run} to resume: start without --resume.")
    state = LoopState(**json.loads(file.read_text()))
    trainer.restore_state(run / CHECKPOINT)
    schedule.restore(state.schedule)
    _write_history(run, state)
    return state


def save_checkpoint(run: Path, state: LoopState, trainer: Trainer) -> None:
    """Keep a finished epoch: the whole state, and the weights of the best epoch so far."""
    with replacing_folder(run / CHECKPOINT) as folder:
        trainer.save_state(folder)
        best = run / CHECKPOINT / BEST_WEIGHTS
        if state.best_epoch == state.epoch:
            trainer.save_weights(folder / BEST_WEIGHTS)
        else:
            shutil.copyfile(best, folder / BEST_WEIGHTS)
        (folder / LOOP_STATE).write_text(json.dumps(vars(state)))
    _write_history(run, state)


def _write_history(run: Path, state: LoopState) -> None:
    with replacing(run / paths.HISTORY) as file:
        lines = [",".join(HISTORY_COLUMNS)]
        lines += [",".join(f"{row[column]:.7g}" for column in HISTORY_COLUMNS) for row in state.history]
        file.write_text("\n".join(lines) + "\n")
