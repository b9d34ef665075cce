"""Where a training stands after its last epoch, on disk: killed at any moment, it loses no finished epoch.

run folder:  run.json  recipe.yaml  history.csv  progress.jsonl
             checkpoint/{loop.json, checksums.json, best weights, ...}  checkpoint.previous/ (the epoch before)
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core import paths
from fer_core.errors import TrainingError
from fer_core.machine.files import recover_folder, replacing, replacing_folder

if TYPE_CHECKING:
    from fer_core.training.schedules import Schedule
    from fer_core.training.trainer import Trainer

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
CHECKPOINT, PREVIOUS = "checkpoint", "checkpoint.previous"
LOOP_STATE, CHECKSUMS = "loop.json", "checksums.json"
BEST_WEIGHTS = "best.safetensors"


@dataclass
class LoopState:
    """Where a training stands after an epoch; written as ``loop.json`` in the checkpoint.

    ``kept`` has, for each other variant of the run by its id, its best value so far and that value's epoch.
    """

    epoch: int = 0
    history: list[dict] = field(default_factory=list)
    best_value: float = math.inf
    best_epoch: int = 0
    stop_best: float = math.inf
    stop_waited: int = 0
    schedule: dict = field(default_factory=dict)
    kept: dict[str, tuple[float, int]] = field(default_factory=dict)


def kept_weights(variant_id: str) -> str:
    """The file in a checkpoint with the weights that another variant of the run keeps."""
    return f"best.{variant_id}.safetensors"


def recover_run(run: Path) -> None:
    """Clear up what a killed training left half-written; for the only process that trains in ``run``."""
    for folder in (CHECKPOINT, PREVIOUS):
        recover_folder(run / folder, alone=True)
    for name in (RUN, paths.HISTORY):
        for unfinished in run.glob(f".{name}.*"):
            unfinished.unlink()


def begin_anew(run: Path) -> LoopState:
    """The state before the first epoch; an older checkpoint is removed."""
    recover_run(run)
    for folder in (CHECKPOINT, PREVIOUS):
        shutil.rmtree(run / folder, ignore_errors=True)
    return LoopState()


def checkpoint_epoch(run: Path) -> int:
    """How many epochs the run's checkpoint holds, the one before where it is damaged; 0 where there is none."""
    for folder in (run / CHECKPOINT, run / PREVIOUS):
        try:
            return int(json.loads((folder / LOOP_STATE).read_text())["epoch"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return 0


def restore_checkpoint(
    run: Path, trainer: Trainer, schedule: Schedule, warn: Callable[[str], None] = lambda sentence: None
) -> LoopState:
    """Bring trainer and schedule to where the last finished epoch left them.

    A checkpoint whose files are not those that were written gives way to the one before it, and ``warn`` is called.

    Raises:
        TrainingError: no epoch was finished, or both checkpoints are damaged.
    """
    recover_run(run)
    found = [run / name for name in (CHECKPOINT, PREVIOUS) if (run / name).is_dir()]
    if not found:
        raise TrainingError(f"There is no checkpoint in {run} to resume: start without --resume.")
    damaged = []
    for folder in found:
        wrong = _damage(folder)
        if wrong is None:
            break
        damaged.append(f"{folder.name}/{wrong}")
    else:
        raise TrainingError(
            f"The checkpoint in {run} is damaged ({', '.join(damaged)}): start without --resume."
        )
    state = LoopState(**json.loads((folder / LOOP_STATE).read_text()))
    if damaged:
        warn(f"Its last checkpoint was damaged ({damaged[0]}), so it went on after epoch {state.epoch}.")
        with replacing_folder(run / CHECKPOINT) as whole:
            _link(folder, whole)
    trainer.restore_state(run / CHECKPOINT)
    schedule.restore(state.schedule)
    _write_history(run, state)
    return state


def save_checkpoint(run: Path, state: LoopState, trainer: Trainer) -> None:
    """Keep a finished epoch: the whole state, and the weights of the best epochs so far; and the epoch before."""
    old = run / CHECKPOINT
    if old.is_dir():
        with replacing_folder(run / PREVIOUS) as previous:
            _link(old, previous)
    kept = {BEST_WEIGHTS: state.best_epoch}
    kept |= {kept_weights(name): epoch for name, (_, epoch) in state.kept.items()}
    with replacing_folder(run / CHECKPOINT) as folder:
        trainer.save_state(folder)
        written: Path | None = None
        for name, epoch in kept.items():
            if epoch != state.epoch:
                _link_file(old / name, folder / name)
            elif written:
                _link_file(written, folder / name)
            else:
                written = folder / name
                trainer.save_weights(written)
        (folder / LOOP_STATE).write_text(json.dumps(vars(state)))
        sums = {file.name: _sha256(file) for file in sorted(folder.iterdir())}
        (folder / CHECKSUMS).write_text(json.dumps(sums, indent=1))
    _write_history(run, state)


def _damage(folder: Path) -> str | None:
    """The first file of a checkpoint that is not what was written; None where all are.

    Checkpoints had no checksums once: those are taken as they are.
    """
    try:
        if not (folder / CHECKSUMS).exists():
            return None if (folder / LOOP_STATE).exists() else LOOP_STATE
        sums = json.loads((folder / CHECKSUMS).read_text())
        return next((name for name, known in sums.items() if _sha256(folder / name) != known), None)
    except FileNotFoundError as error:
        return Path(error.filename).name
    except (OSError, ValueError, AttributeError):
        return CHECKSUMS


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    """Every file of a folder in another: no file of a checkpoint is ever changed, so they may share their bytes."""
    for file in source.iterdir():
        _link_file(file, target / file.name)


def _link_file(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _write_history(run: Path, state: LoopState) -> None:
    with replacing(run / paths.HISTORY) as file:
        file.write_text(history_text(state.history))


def history_text(history: list[dict]) -> str:
    """``history.csv`` of finished epochs."""
    lines = [",".join(HISTORY_COLUMNS)]
    lines += [",".join(f"{row[column]:.7g}" for column in HISTORY_COLUMNS) for row in history]
    return "\n".join(lines) + "\n"
