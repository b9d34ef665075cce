"""A run's folder: who trains in it, the facts of ``run.json``, and its progress on the way."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data.split import Dataset
from fer_core.errors import TrainingError
from fer_core.machine.files import replacing
from fer_core.recipes.recipe import Recipe, read_recipe, write_recipe
from fer_core.training.checkpoint import PROGRESS, RUN, begin_anew, checkpoint_epoch
from fer_core.training.provenance import (
    BESIDE,
    code_sha256,
    device_name,
    git_commit,
    lasting_machine_id,
    versions,
)
from fer_core.training.trainer import Progress, Trainer

#: Held in a run's folder by the process that trains in it.
LOCK = ".lock"
ALREADY = "{} is being trained by another process already: wait for it, or give this one a --name."
#: The recipes that keep other epochs of a run, as files.
OTHERS = "others"


@contextmanager
def alone_in(run: Path, name: str, wait_s: float = 0.0) -> Iterator[None]:
    """Inside, no other process trains in the folder ``run``.

    Raises:
        TrainingError: another one does, or nothing can be written there.
    """
    try:
        run.mkdir(parents=True, exist_ok=True)
        with FileLock(run / LOCK, timeout=wait_s):
            yield
    except Timeout as error:
        raise TrainingError(ALREADY.format(name)) from error
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise
        raise TrainingError(f"{error.filename} can't be written: {error.strerror}.") from error


def is_being_trained(run: Path) -> bool:
    """Whether a process trains in the folder now."""
    if not (run / LOCK).exists():
        return False
    try:
        with FileLock(run / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def other_recipes(run: Path) -> list[Recipe]:
    """The recipes that keep other epochs of the run, as it began."""
    return [read_recipe(file) for file in sorted((run / OTHERS).glob("*.yaml"))]


def course_sha256(recipe: Recipe) -> str:
    """Hash of what every epoch depends on; the number of epochs is part of it only under ``one_cycle``.

    Runs whose course is the same may be resumed with more or fewer epochs.
    """
    return (recipe if recipe.schedule.name == "one_cycle" else replace(recipe, epochs=1)).sha256


def begin_run(
    run: Path,
    recipe: Recipe,
    others: Sequence[Recipe],
    planned: int,
    dataset: Dataset,
    extra_facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Clear the run's folder and write ``run.json``: the facts of this run, kept while it is resumed.

    The old checkpoint goes first, so that new facts never stand beside it.
    """
    begin_anew(run)
    for old in (RUN, paths.HISTORY, PROGRESS):
        (run / old).unlink(missing_ok=True)
    write_recipe(recipe, run / paths.RECIPE)
    shutil.rmtree(run / OTHERS, ignore_errors=True)
    for other in others:
        (run / OTHERS).mkdir(exist_ok=True)
        write_recipe(other, run / OTHERS / f"{other.id}.yaml")
    facts = {
        "id": recipe.id,
        "recipe_sha256": recipe.sha256,
        "course_sha256": course_sha256(recipe),
        "data_sha256": dataset.sha256,
        "epochs_planned": planned,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": device_name(),
        "machine": lasting_machine_id(),
        "git_commit": git_commit(),
        "code_sha256": code_sha256(),
        "environment": versions(recipe.framework),
        "deviations": [],
        **extra_facts,
    }
    write_run(run, facts)
    return facts


def resume_run(run: Path, recipe: Recipe, planned: int, dataset: Dataset) -> dict[str, Any]:
    """The facts with which the run began; TrainingError if it can't go on as it began."""
    file = run / RUN
    if not checkpoint_epoch(run) or not file.is_file():
        raise TrainingError(f"There is no run of {recipe.id} to resume: start without --resume.")
    facts = json.loads(file.read_text())
    if facts["course_sha256"] != course_sha256(recipe) or facts["data_sha256"] != dataset.sha256:
        raise TrainingError(
            f"The recipe or the data of {recipe.id} changed since the run began: start without --resume."
        )
    facts |= {"recipe_sha256": recipe.sha256, "epochs_planned": planned, "finished": False}
    under_other_code = f"It was resumed under other code ({git_commit()}) than it began with."
    noted = facts.setdefault("deviations", [])
    if facts.get("code_sha256") != code_sha256() and under_other_code not in noted:
        noted.append(under_other_code)
    write_run(run, facts)
    write_recipe(recipe, run / paths.RECIPE)
    return facts


def keep_format(run: Path, facts: dict[str, Any], trainer: Trainer) -> None:
    """Write down in which number format the run learns, and note it if that is not the one it began with."""
    precision = getattr(trainer, "precision", "float32")
    if facts.get("precision", precision) != precision:
        note(
            run,
            facts,
            f"It began in {facts['precision']} and was resumed in {precision}.",
            lambda sentence: None,
        )
    facts["precision"] = precision
    if trainer.accelerator and trainer.accelerator not in facts["device"]:
        facts["device"] = f"{trainer.accelerator}{BESIDE}{facts['device']}"
    write_run(run, facts)


def note(run: Path, facts: dict[str, Any], sentence: str, warn: Callable[[str], None]) -> None:
    """Say something about the run that its card is to say too."""
    warn(sentence)
    if sentence not in facts["deviations"]:
        facts["deviations"].append(sentence)
        write_run(run, facts)


def write_run(run: Path, facts: dict[str, Any]) -> None:
    """Write ``run.json``, whole or not at all."""
    with replacing(run / RUN) as file:
        file.write_text(json.dumps(facts, indent=1) + "\n")


class ProgressFile:
    """Passes progress on, and keeps every finished epoch and about one line a second in ``progress.jsonl``."""

    def __init__(
        self, file: Path, on_progress: Callable[[Progress], None], stepped: Callable[[], None]
    ) -> None:
        self._file = file
        self._on_progress = on_progress
        self._stepped = stepped
        self._written_at = 0.0

    def progress(self, progress: Progress) -> None:
        self._stepped()
        self._on_progress(progress)
        if progress.val_loss is not None or time.time() - self._written_at >= 1:
            self._written_at = time.time()
            self._write(vars(progress))

    def phase(self, name: str) -> None:
        self._write({"phase": name})

    def _write(self, content: dict[str, Any]) -> None:
        with self._file.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a kill cut the last line short
                    file.write(b"\n")
            file.write(json.dumps({"time": round(time.time(), 3), **content}).encode() + b"\n")
