"""Try a few steps of a training to see what an epoch will cost; nothing is kept but the time.

The trial runs in a process of its own, ``python -m fer_core.training.pace_trial``, outside the queue of jobs:
someone who weighs a training does not want to wait for the one before. What runs beside it slows it down, so
its figure errs on the slow side.
"""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any

import numpy as np

from fer_core.data.augmentation import augment
from fer_core.data.preparations import prepare
from fer_core.data.protocols import learnt_from
from fer_core.data.split import Dataset, SplitName
from fer_core.data.store import load_dataset, read_manifest
from fer_core.machine.tasks import Task, run_task
from fer_core.recipes.recipe import (
    Recipe,
    parse_recipe,
    recipe_mapping,
    without_pretrained,
)
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.training.pace import Trace, remember, workload
from fer_core.training.provenance import device_name, lasting_machine_id
from fer_core.training.trainer import Batch, Trainer

#: A trial is given up after so long, the framework's import included.
TIME_LIMIT_S = 300
#: Steps that only warm up, and how long is measured after them.
WARM_UP_STEPS, MEASURE_S, MOST_STEPS = 3, 4.0, 50
ANSWERED_FACES = 512
#: With more processes than this at work before it began, a trial says that it was not alone.
BUSY_LOAD = 1.0


@for_trainers("timed a training", "recipe")
def start_trial(recipe: Recipe, by: Identity | None = None) -> Task:
    """Measure a few steps of ``recipe`` and remember its seconds an epoch; takes about ten seconds.

    Args:
        recipe: what would be trained; pre-trained weights are not loaded.
        by: the requester; None is who runs this process.

    Raises:
        NotAllowedError: they may only look.
        DataMissingError: nothing has been imported.
    """
    read_manifest()
    order = recipe_mapping(recipe)
    return Task("fer_core.training.pace_trial", order, name=f"Trying {recipe.id}", limit_s=TIME_LIMIT_S)


def time_epoch(recipe: Recipe, dataset: Dataset, trainer: Trainer) -> float:
    """Seconds that an epoch would take in this process, validation included."""
    learnt = learnt_from(
        dataset.split(SplitName.TRAINING), recipe.data.hold_out, recipe.seed, recipe.data.share
    )
    training = prepare(learnt, recipe.data.preparation, recipe.seed, recipe.data.copying)
    validation = dataset.split(SplitName.PUBLIC_TEST)
    rng = np.random.default_rng(recipe.seed)
    trainer.start_epoch(recipe.seed, 1)
    durations_s: list[float] = []
    while len(durations_s) < WARM_UP_STEPS + MOST_STEPS and sum(durations_s[WARM_UP_STEPS:]) < MEASURE_S:
        rows = rng.choice(len(training), recipe.batch_size)
        began = time.perf_counter()
        faces = augment(training.faces[rows], recipe.data.augmentation, rng)
        trainer.train_batch(Batch(faces, training.labels[rows]), recipe.optimizer.learning_rate * 1e-3)
        trainer.means()  # waits for the step
        durations_s.append(time.perf_counter() - began)
    answered = validation.faces[:ANSWERED_FACES]
    trainer.predict(answered)  # warms up
    began = time.perf_counter()
    trainer.predict(answered)
    answer_s = (time.perf_counter() - began) / len(answered)
    steps = math.ceil(len(training) / recipe.batch_size)
    return steps * float(np.mean(durations_s[WARM_UP_STEPS:])) + len(validation) * answer_s


def _try(order: dict[str, Any]) -> None:
    """Time an epoch of the recipe that is the order, and remember it."""
    from fer_core.training.frameworks import load_trainer

    busy = os.getloadavg()[0] > BUSY_LOAD if hasattr(os, "getloadavg") else False
    name = "a trial of a few steps" + (" while the machine was busy with other work" if busy else "")
    recipe = parse_recipe(order)
    began = time.monotonic()
    dataset = load_dataset()
    trainer = load_trainer(without_pretrained(recipe))
    outside_s = round(time.monotonic() - began, 3)
    epoch_s = round(time_epoch(recipe, dataset, trainer), 3)
    remember(
        Trace(
            name, workload(recipe), recipe.batch_size, recipe.data.preparation, dataset.sha256, dataset.name,
            device_name(), epoch_s, 0, lasting_machine_id(), outside_s, recipe.data.share, recipe.data.target_count,
        )
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(run_task(_try))
