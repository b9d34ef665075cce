"""One training from recipe to variant folder: what ``python -m fer_core train`` and jobs call.

Only this process imports the recipe's framework, and only when it starts to train.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2

from fer_core import paths
from fer_core.data.copies import leak_warning
from fer_core.data.protocols import learnt_from, under_protocol
from fer_core.data.store import load_dataset
from fer_core.errors import ModelError, TrainingError, TrainingInterrupted
from fer_core.recipes.recipe import Recipe, without_pretrained
from fer_core.training.checkpoint import PROGRESS, checkpoint_epoch
from fer_core.training.extra import EXTRA, check_same, with_extra
from fer_core.training.loop import run_training
from fer_core.training.pace import remember_run
from fer_core.training.precision import kept_precision
from fer_core.training.run_folder import (
    Reports,
    alone_in,
    begin_run,
    keep_format,
    note,
    other_recipes,
    resume_run,
    write_run,
)
from fer_core.training.shared_runs import check_shares_run, shortened
from fer_core.training.stall import stall_watch
from fer_core.training.trainer import Progress, Trainer
from fer_core.variants.registry import get_variant

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
    cv2.setNumThreads(
        1
    )  # pictures of 48 pixels: threads would only wait for each other, and for other trainings
    framework, _, other = os.environ.get(TRAINER_VARIABLE, "").partition("=")
    module, _, name = (other if framework == recipe.framework else TRAINERS[recipe.framework]).partition(":")
    return getattr(importlib.import_module(module), name)(recipe)


def train(
    recipe: Recipe,
    *,
    others: Sequence[Recipe] = (),
    epochs: int | None = None,
    resume: bool = False,
    start_from: str | None = None,
    run: Path | None = None,
    facts: Mapping[str, Any] | None = None,
    cards: Path | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    warn: Callable[[str], None] = lambda sentence: None,
    should_stop: Callable[[], bool] = lambda: False,
    stalled: Callable[[str], None] | None = None,
    lock_s: float = 0.0,
) -> list[Path]:
    """Train ``recipe`` on the imported data set and write its variant folder, and those of the run's others.

    Args:
        recipe: what to train; its id is the variant's.
        others: recipes that keep other epochs of the same run, each a variant of its own; a resumed run has
            those with which it began.
        epochs: at most this many instead of the recipe's; the card says so.
        resume: go on from the run's checkpoint.
        start_from: id of a variant of the same architecture whose native weights are the first ones.
        run: the run's folder; default ``FER_HOME/runs/<id>``.
        facts: what ``run.json`` and the card are to say beside the run's own facts, such as ``parent``.
        cards: where the variants' folders go; default ``FER_HOME/model_cards``.
        report: told about every batch and epoch.
        warn: told in a sentence if training pictures are copies of test ones, a checkpoint was damaged, or a
            variant that was there has been put in the bin.
        should_stop: asked after every batch, and between the steps of the export.
        stalled: called, from another thread, if no step is made for too long; see :mod:`fer_core.training.stall`.
        lock_s: how long to wait for another training of this run to end.

    Returns:
        The variants' folders, the recipe's own first.

    Raises:
        DataMissingError: no data set has been imported.
        TrainingInterrupted: stopped, to be resumed.
        TrainingError, RecipeError: it can't be trained, or is being trained; the message says why.
    """
    if epochs is not None and epochs < 1:
        raise TrainingError(f"--epochs is {epochs}; it must be 1 or more.")
    run = run or paths.runs() / recipe.id
    others = other_recipes(run) if resume else others
    for other in others:
        check_shares_run(recipe, other)
    dataset, joined = with_extra(
        under_protocol(load_dataset(), recipe.data.protocol, recipe.seed), recipe.data.extra
    )
    learnt = learnt_from(dataset.split("Training"), recipe.data.hold_out, recipe.seed, recipe.data.share)
    if warning := leak_warning(learnt, dataset.splits):
        warn(warning)
    short, *short_others = shortened([recipe, *others], epochs)
    began_at = time.monotonic()
    planned = {each.id: each.epochs for each in (recipe, *others)}
    weights = _first_weights(start_from) if start_from else None
    facts = {"parent": start_from or "", "start_from": start_from or "", **(facts or {})}
    facts |= {EXTRA: {each.name: each.sha256 for each in joined}} if joined else {}
    with alone_in(run, recipe.id, lock_s), stall_watch(stalled) as stepped:
        if resume:
            began = resume_run(run, short, recipe.epochs, dataset)
            check_same(began.get(EXTRA) or {}, joined)
        else:
            began = begin_run(run, short, others, recipe.epochs, dataset, facts)
        with kept_precision(began.get("precision")):
            trainer = load_trainer(without_pretrained(short) if resume or weights else short)
        keep_format(run, began, trainer)
        for each in joined:
            note(run, began, each.sentence, warn)
        if weights and not resume:
            trainer.load_weights(weights)
        done = checkpoint_epoch(run) if resume else 0
        told = Reports(run / PROGRESS, report, stepped)
        state = run_training(
            short, dataset, trainer, run, others=short_others, resume=resume, report=told.progress,
            warn=lambda sentence: note(run, began, sentence, warn), stepped=stepped, should_stop=should_stop,
        )  # fmt: skip
        told.phase("finishing")
        go_on = _step_or_stop(stepped, should_stop)
        from fer_core.training.finish import finish_run

        folders = finish_run(
            [short, *short_others], planned, began, dataset, trainer, state, run, cards or paths.local_cards(),
            stepped=go_on, warn=warn,
        )  # fmt: skip
        outside_s = time.monotonic() - began_at - sum(row["seconds"] for row in state.history[done:])
        write_run(run, began | {"finished": True, "outside_s": round(outside_s, 1)})
        remember_run(run)
        return folders


def _step_or_stop(stepped: Callable[[], None], should_stop: Callable[[], bool]) -> Callable[[], None]:
    """What the end of a training calls between its steps; nothing of a variant is kept half made."""

    def go_on() -> None:
        stepped()
        if should_stop():
            raise TrainingInterrupted("Stopped before the variant was complete; resume to finish it.")

    return go_on


def _first_weights(variant_id: str) -> Path:
    file = get_variant(variant_id).folder / paths.WEIGHTS
    if not file.is_file():
        raise ModelError(f"{variant_id} can't be continued: its folder has no {paths.WEIGHTS}.")
    return file
