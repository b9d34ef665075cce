"""One training from recipe to variant folder: what ``python -m fer_core train`` and jobs call.

Only this process imports the recipe's framework, and only when it starts to train.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fer_core import paths
from fer_core.data.store import Dataset, load_dataset
from fer_core.errors import ModelError, TrainingError
from fer_core.files import replacing
from fer_core.recipes import Recipe, without_pretrained, write_recipe
from fer_core.registry import get_variant
from fer_core.training.loop import CHECKPOINT, Progress, Trainer, run_training

#: The file and class that trains each framework's recipes.
TRAINERS = {
    "keras": ("fer_core.training.keras_trainer", "KerasTrainer"),
    "torch": ("fer_core.training.torch_trainer", "TorchTrainer"),
    "timm": ("fer_core.training.torch_trainer", "TorchTrainer"),
}
RUN = "run.json"


def load_trainer(recipe: Recipe) -> Trainer:
    """A fresh trainer of the recipe's framework, which is imported here (seconds, hundreds of MB)."""
    # Worker threads that spin while they wait cost a training nine tenths of its speed as soon as another
    # process wants a core; it must be said before the framework loads its OpenMP.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    module, name = TRAINERS[recipe.framework]
    return getattr(importlib.import_module(module), name)(recipe)


def train(
    recipe: Recipe,
    *,
    epochs: int | None = None,
    resume: bool = False,
    start_from: str | None = None,
    cards: Path | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Train ``recipe`` on the imported data set and write its variant folder.

    Args:
        recipe: what to train.
        epochs: at most this many instead of the recipe's; the card says so.
        resume: go on from the run's checkpoint.
        start_from: id of a variant of the same architecture whose native weights are the first ones.
        cards: where the variant's folder goes; default ``FER_HOME/model_cards``.
        report: told about every batch and epoch.
        should_stop: asked after every batch.

    Returns:
        The variant's folder.

    Raises:
        DataMissingError: no data set has been imported.
        TrainingInterrupted: stopped, to be resumed.
        TrainingError, RecipeError: it can't be trained; the message says why.
    """
    if epochs is not None and epochs < 1:
        raise TrainingError(f"--epochs is {epochs}; it must be 1 or more.")
    dataset = load_dataset()
    run = paths.runs() / recipe.id
    planned = recipe.epochs
    shortened = replace(recipe, epochs=min(epochs, planned) if epochs else planned)
    parent = _parent_weights(start_from) if start_from else None
    began = _begin(run, shortened, planned, dataset, resume)
    trainer = load_trainer(without_pretrained(shortened) if resume or parent else shortened)
    if parent and not resume:
        began["parent"] = start_from
        trainer.load_weights(parent)
    clock = time.monotonic()
    try:
        state = run_training(
            shortened,
            dataset,
            trainer,
            run,
            resume=resume,
            report=_written(run, report),
            should_stop=should_stop,
        )
    finally:
        began["duration_s"] += time.monotonic() - clock
        _write_run(run, began)
    from fer_core.training.finish import finish_variant

    return finish_variant(shortened, began, dataset, trainer, state, run, cards or paths.local_cards())


def course_sha256(recipe: Recipe) -> str:
    """Hash of what every epoch depends on; the number of epochs is part of it only under ``one_cycle``.

    Runs whose course is the same may be resumed with more or fewer epochs.
    """
    return (recipe if recipe.schedule.name == "one_cycle" else replace(recipe, epochs=1)).sha256


def _parent_weights(variant_id: str) -> Path:
    file = get_variant(variant_id).folder / paths.WEIGHTS
    if not file.is_file():
        raise ModelError(f"{variant_id} can't be continued: its folder has no {paths.WEIGHTS}.")
    return file


def _begin(run: Path, recipe: Recipe, planned: int, dataset: Dataset, resume: bool) -> dict:
    """The facts of this run, ``run.json``: kept from the first attempt where it is resumed."""
    file = run / RUN
    if resume:
        if not (run / CHECKPOINT).is_dir() or not file.is_file():
            raise TrainingError(f"There is no run of {recipe.id} to resume: start without --resume.")
        facts = json.loads(file.read_text())
        if facts["course_sha256"] != course_sha256(recipe) or facts["data_sha256"] != dataset.sha256:
            raise TrainingError(
                f"The recipe or the data of {recipe.id} changed since the run began: start without --resume."
            )
        facts |= {"recipe_sha256": recipe.sha256, "epochs_planned": planned}
        write_recipe(recipe, run / paths.RECIPE)
        return facts
    run.mkdir(parents=True, exist_ok=True)
    for old in ("history.csv", "progress.jsonl"):
        (run / old).unlink(missing_ok=True)
    write_recipe(recipe, run / paths.RECIPE)
    facts = {
        "id": recipe.id,
        "recipe_sha256": recipe.sha256,
        "course_sha256": course_sha256(recipe),
        "data_sha256": dataset.sha256,
        "epochs_planned": planned,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "duration_s": 0.0,
        "device": device_name(),
        "git_commit": git_commit(),
    }
    _write_run(run, facts)
    return facts


def _write_run(run: Path, facts: dict) -> None:
    with replacing(run / RUN) as file:
        file.write_text(json.dumps(facts, indent=1) + "\n")


def _written(run: Path, report: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """``report``, with every finished epoch and about one line a second also in ``progress.jsonl``."""
    last = 0.0

    def written(progress: Progress) -> None:
        nonlocal last
        report(progress)
        now = time.time()
        if progress.val_loss is not None or now - last >= 1:
            last = now
            with (run / "progress.jsonl").open("a") as file:
                file.write(json.dumps({"time": round(now, 3), **vars(progress)}) + "\n")

    return written


def device_name() -> str:
    """The processor and how many cores this process may use, as cards quote it."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    except OSError:
        model = platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"CPU, {cores} cores ({model})"


def git_commit() -> str:
    """The commit of this code, ``+changes`` where files differ from it, or ``unknown`` outside git."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(paths.REPOSITORY), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        changed = git("status", "--porcelain", "--", "fer_core")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit + ("+changes" if changed else "")
