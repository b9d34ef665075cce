"""One training from recipe to variant folder: what ``python -m fer_core train`` and jobs call.

Only this process imports the recipe's framework, and only when it starts to train.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.data.copies import leak_warning
from fer_core.data.protocols import under_protocol
from fer_core.data.store import Dataset, load_dataset
from fer_core.errors import ModelError, TrainingError
from fer_core.files import replacing
from fer_core.recipes import Recipe, without_pretrained, write_recipe
from fer_core.registry import get_variant
from fer_core.training.checkpoint import CHECKPOINT, PROGRESS, RUN, begin_anew
from fer_core.training.loop import Progress, Trainer, run_training
from fer_core.training.provenance import code_sha256, device_name, git_commit, versions

#: The file and class that trains each framework's recipes.
TRAINERS = {
    "keras": "fer_core.training.keras_trainer:KerasTrainer",
    "torch": "fer_core.training.torch_trainer:TorchTrainer",
    "timm": "fer_core.training.torch_trainer:TorchTrainer",
}
#: Puts another trainer in the place of a framework's own: ``torch=package.module:Class``.
TRAINER_VARIABLE = "FER_TRAINER_CLASS"


def load_trainer(recipe: Recipe) -> Trainer:
    """A fresh trainer of the recipe's framework, which is imported here (seconds, hundreds of MB)."""
    # Worker threads that spin while they wait cost a training nine tenths of its speed as soon as another
    # process wants a core; it must be said before the framework loads its OpenMP.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    framework, _, other = os.environ.get(TRAINER_VARIABLE, "").partition("=")
    module, _, name = (other if framework == recipe.framework else TRAINERS[recipe.framework]).partition(":")
    return getattr(importlib.import_module(module), name)(recipe)


def train(
    recipe: Recipe,
    *,
    epochs: int | None = None,
    resume: bool = False,
    start_from: str | None = None,
    run: Path | None = None,
    facts: Mapping[str, Any] | None = None,
    cards: Path | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    warn: Callable[[str], None] = lambda sentence: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Train ``recipe`` on the imported data set and write its variant folder.

    Args:
        recipe: what to train; its id is the variant's.
        epochs: at most this many instead of the recipe's; the card says so.
        resume: go on from the run's checkpoint.
        start_from: id of a variant of the same architecture whose native weights are the first ones.
        run: the run's folder; default ``FER_HOME/runs/<id>``.
        facts: what ``run.json`` and the card are to say beside the run's own facts, such as ``parent``.
        cards: where the variant's folder goes; default ``FER_HOME/model_cards``.
        report: told about every batch and epoch.
        warn: told once, in a sentence, if training pictures are copies of test ones.
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
    dataset = under_protocol(load_dataset(), recipe.data.protocol, recipe.seed)
    if warning := leak_warning(dataset.split("Training"), dataset.splits):
        warn(warning)
    run = run or paths.runs() / recipe.id
    shortened = replace(recipe, epochs=min(epochs or recipe.epochs, recipe.epochs))
    weights = _first_weights(start_from) if start_from else None
    facts = {"parent": start_from or "", "start_from": start_from or "", **(facts or {})}
    if resume:
        began = _resume(run, shortened, recipe.epochs, dataset)
    else:
        began = _begin(run, shortened, recipe.epochs, dataset, facts)
    trainer = load_trainer(without_pretrained(shortened) if resume or weights else shortened)
    if weights and not resume:
        trainer.load_weights(weights)
    told = _Told(run / PROGRESS, report)
    state = run_training(
        shortened, dataset, trainer, run, resume=resume, report=told.progress, should_stop=should_stop
    )
    began["duration_s"] = sum(row["seconds"] for row in state.history)
    told.phase("finishing")
    from fer_core.training.finish import finish_variant

    return finish_variant(shortened, began, dataset, trainer, state, run, cards or paths.local_cards())


def course_sha256(recipe: Recipe) -> str:
    """Hash of what every epoch depends on; the number of epochs is part of it only under ``one_cycle``.

    Runs whose course is the same may be resumed with more or fewer epochs.
    """
    return (recipe if recipe.schedule.name == "one_cycle" else replace(recipe, epochs=1)).sha256


def _first_weights(variant_id: str) -> Path:
    file = get_variant(variant_id).folder / paths.WEIGHTS
    if not file.is_file():
        raise ModelError(f"{variant_id} can't be continued: its folder has no {paths.WEIGHTS}.")
    return file


def _begin(
    run: Path, recipe: Recipe, planned: int, dataset: Dataset, told: Mapping[str, Any]
) -> dict[str, Any]:
    """Clear the run's folder and write ``run.json``: the facts of this run, kept while it is resumed.

    The old checkpoint goes first, so that new facts never stand beside it.
    """
    run.mkdir(parents=True, exist_ok=True)
    begin_anew(run)
    for old in (RUN, paths.HISTORY, PROGRESS):
        (run / old).unlink(missing_ok=True)
    write_recipe(recipe, run / paths.RECIPE)
    facts = {
        "id": recipe.id,
        "recipe_sha256": recipe.sha256,
        "course_sha256": course_sha256(recipe),
        "data_sha256": dataset.sha256,
        "epochs_planned": planned,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": device_name(),
        "git_commit": git_commit(),
        "code_sha256": code_sha256(),
        "environment": versions(recipe.framework),
        "deviations": [],
        **told,
    }
    _write_run(run, facts)
    return facts


def _resume(run: Path, recipe: Recipe, planned: int, dataset: Dataset) -> dict[str, Any]:
    """The facts with which the run began; TrainingError if it can't go on as it began."""
    file = run / RUN
    if not (run / CHECKPOINT).is_dir() or not file.is_file():
        raise TrainingError(f"There is no run of {recipe.id} to resume: start without --resume.")
    facts = json.loads(file.read_text())
    if facts["course_sha256"] != course_sha256(recipe) or facts["data_sha256"] != dataset.sha256:
        raise TrainingError(
            f"The recipe or the data of {recipe.id} changed since the run began: start without --resume."
        )
    facts |= {"recipe_sha256": recipe.sha256, "epochs_planned": planned}
    under_other_code = f"It was resumed under other code ({git_commit()}) than it began with."
    noted = facts.setdefault("deviations", [])
    if facts.get("code_sha256") != code_sha256() and under_other_code not in noted:
        noted.append(under_other_code)
    _write_run(run, facts)
    write_recipe(recipe, run / paths.RECIPE)
    return facts


def _write_run(run: Path, facts: dict[str, Any]) -> None:
    with replacing(run / RUN) as file:
        file.write_text(json.dumps(facts, indent=1) + "\n")


class _Told:
    """Passes reports on, and keeps every finished epoch and about one line a second in ``progress.jsonl``."""

    def __init__(self, file: Path, report: Callable[[Progress], None]) -> None:
        self._file = file
        self._report = report
        self._written_at = 0.0

    def progress(self, progress: Progress) -> None:
        self._report(progress)
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
