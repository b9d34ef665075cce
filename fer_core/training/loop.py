"""The training loop, once, for every framework.

A framework's file implements :class:`fer_core.training.trainer.Trainer`: learn from a batch, answer
probabilities, save, restore.
Everything that decides a training (order, augmentation, learning rate, stopping, which epoch is kept,
and what is kept) happens here in NumPy. Chance is drawn per epoch from (seed, epoch), so a run that was
killed and resumed sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_core.data.mixing import mix
from fer_core.data.preparations import prepare
from fer_core.data.protocols import learnt_from
from fer_core.data.split import Dataset, Split, SplitName
from fer_core.emotions import EMOTIONS
from fer_core.errors import TrainingError, TrainingInterrupted
from fer_core.recipes.recipe import Recipe
from fer_core.training.checkpoint import (
    BEST_WEIGHTS,
    CHECKPOINT,
    HISTORY_COLUMNS,
    LoopState,
    begin_anew,
    restore_checkpoint,
    save_checkpoint,
)
from fer_core.training.features import discard_features, learning_inputs, validation_inputs
from fer_core.training.schedules import Schedule
from fer_core.training.teachers import soft_labels
from fer_core.training.trainer import Batch, Progress, Trainer

#: How often at most a watcher hears other figures: each time, a GPU's work is waited for.
MEANS_S = 0.1


def run_training(
    recipe: Recipe,
    dataset: Dataset,
    trainer: Trainer,
    run: Path,
    *,
    others: Sequence[Recipe] = (),
    resume: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    warn: Callable[[str], None] = lambda sentence: None,
    stepped: Callable[[], None] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> LoopState:
    """Train until the recipe says stop; afterwards ``trainer`` holds the weights of the kept epoch.

    Args:
        recipe: what to do; ``recipe.epochs`` is the planned length.
        dataset: trained on Training, chosen on PublicTest; PrivateTest is not touched.
        trainer: a fresh framework trainer.
        run: folder of the run; with ``resume`` its checkpoint is continued, else it is started anew.
        others: recipes that keep other epochs of this run, each within its own number of epochs; their
            weights are in the checkpoint under :func:`fer_core.training.checkpoint.kept_weights`.
        on_progress: called after every batch and epoch.
        warn: called with a sentence if a damaged checkpoint made the run go on from an earlier epoch.
        stepped: called whenever something has been done, between reports too.
        should_stop: called after every batch; True saves nothing more and raises.

    Raises:
        TrainingInterrupted: ``should_stop`` said so; the last epoch's checkpoint is complete.
        TrainingError: the loss is not a number, or there is no checkpoint to resume.
    """
    learnt = learnt_from(
        dataset.split(SplitName.TRAINING), recipe.data.hold_out, recipe.seed, recipe.data.share
    )
    training = prepare(learnt, recipe.data.preparation, recipe.seed, recipe.data.copying)
    validation = dataset.split(SplitName.PUBLIC_TEST)
    steps = math.ceil(len(training) / recipe.batch_size)
    schedule = Schedule(recipe.schedule, recipe.optimizer.learning_rate, steps * recipe.epochs)
    state = restore_checkpoint(run, trainer, schedule, warn) if resume else begin_anew(run)
    if not resume:
        discard_features(run)
    if _goes_on(recipe, state):
        go_on = step_or_stop(stepped, should_stop, "Stopped before the first step; resume to go on.")
        inputs = learning_inputs(recipe, training.faces, trainer, run, go_on)
        answered = validation_inputs(recipe, validation.faces, trainer)
        lesson = _lesson(recipe, training, trainer, go_on)
    while _goes_on(recipe, state):
        began = time.monotonic()
        epoch = state.epoch + 1
        loss, accuracy = _train_epoch(
            recipe, inputs, lesson, len(training), trainer, schedule, epoch, on_progress, should_stop
        )
        rate = schedule.rate(epoch * steps - 1)
        val_loss, val_accuracy = score(validation.labels, trainer.predict(answered))
        stepped()
        _demand_number(val_loss, f"validation loss is not a number after epoch {epoch}", rate)
        seconds = time.monotonic() - began
        row = (epoch, loss, accuracy, val_loss, val_accuracy, rate, seconds)
        _advance(recipe, others, state, dict(zip(HISTORY_COLUMNS, row, strict=True)), schedule)
        save_checkpoint(run, state, trainer)
        ended = (loss, accuracy, val_loss, val_accuracy, seconds, rate)
        on_progress(Progress(epoch, recipe.epochs, steps, steps, *ended))
    trainer.load_weights(run / CHECKPOINT / BEST_WEIGHTS)
    return state


def step_or_stop(
    stepped: Callable[[], None], should_stop: Callable[[], bool], sentence: str
) -> Callable[[], None]:
    """What is called between the steps before the first epoch and after the last one, which keep nothing half made:
    TrainingInterrupted with this sentence where the training is to stop."""

    def go_on() -> None:
        stepped()
        if should_stop():
            raise TrainingInterrupted(sentence)

    return go_on


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Balanced weights float64 (7,): ``N / (classes * count)``, 0 for a class without pictures."""
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    present = counts > 0
    return np.where(present, len(labels) / (present.sum() * np.maximum(counts, 1)), 0.0)


def score(labels: np.ndarray, probs: np.ndarray) -> tuple[float, float]:
    """Mean negative log-likelihood (natural log) and accuracy of ``probs`` (N, 7) for ``labels`` (N,)."""
    chosen = np.clip(probs[np.arange(len(labels)), labels], 1e-7, 1.0)
    return float(-np.log(chosen).mean()), float((probs.argmax(axis=1) == labels).mean())


def _lesson(
    recipe: Recipe, training: Split, trainer: Trainer, stepped: Callable[[], None]
) -> Callable[[np.ndarray, np.ndarray, np.random.Generator], Batch]:
    """What makes a batch of changed faces and their rows in ``training``: labels, weights, mixtures, teachers."""
    labels = training.labels
    weights = class_weights(labels) if recipe.data.preparation == "class_weight" else None
    taught = soft_labels(recipe, training, trainer, stepped) if recipe.distill else None

    def batch(faces: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> Batch:
        own = labels[rows]
        plain = Batch(
            faces,
            own,
            None if weights is None else weights[own],
            None,
            None if taught is None else taught[rows],
        )
        return _mixed(plain, recipe, rng) if recipe.data.mixes else plain

    return batch


def _mixed(batch: Batch, recipe: Recipe, rng: np.random.Generator) -> Batch:
    soft = [np.eye(len(EMOTIONS), dtype=np.float32)[batch.labels]]
    soft += [] if batch.taught is None else [batch.taught]
    faces, (targets, *taught) = mix(batch.faces, soft, recipe.data.mixup, recipe.data.cutmix, rng)
    return replace(batch, faces=faces, targets=targets, taught=taught[0] if taught else None)


def _train_epoch(
    recipe: Recipe,
    inputs: Callable[[np.ndarray, np.random.Generator], np.ndarray],
    lesson: Callable[[np.ndarray, np.ndarray, np.random.Generator], Batch],
    faces: int,
    trainer: Trainer,
    schedule: Schedule,
    epoch: int,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> tuple[float, float]:
    rng = np.random.default_rng((recipe.seed, epoch))
    trainer.start_epoch(int(rng.integers(2**31)), epoch)
    order = rng.permutation(faces)
    batches = [order[start : start + recipe.batch_size] for start in range(0, len(order), recipe.batch_size)]
    loss = accuracy = 0.0
    reported_at = -math.inf
    for step, rows in enumerate(batches):
        rate = schedule.rate((epoch - 1) * len(batches) + step)
        trainer.train_batch(lesson(inputs(rows, rng), rows, rng), rate)
        if step + 1 == len(batches) or time.monotonic() - reported_at >= MEANS_S:
            loss, accuracy = trainer.means()
            reported_at = time.monotonic()
            _demand_number(loss, f"loss is not a number after batch {step + 1} of epoch {epoch}", rate)
        on_progress(Progress(epoch, recipe.epochs, step + 1, len(batches), loss, accuracy))
        if should_stop():
            raise TrainingInterrupted(
                f"{recipe.id} was stopped in epoch {epoch}; go on with the same command and --resume."
            )
    return loss, accuracy


def _demand_number(loss: float, otherwise: str, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingError(f"The {otherwise}: lower optimizer.learning_rate (now {rate:g}).")


def _value(monitor: str, row: dict) -> float:
    """The monitored figure, lower is better; of ``last`` the later."""
    return {"val_accuracy": -row["val_accuracy"], "val_loss": row["val_loss"], "last": -row["epoch"]}[monitor]


def _advance(
    recipe: Recipe, others: Sequence[Recipe], state: LoopState, row: dict, schedule: Schedule
) -> None:
    state.epoch = row["epoch"]
    state.history.append(row)
    value = _value(recipe.checkpoint_on, row)
    if value < state.best_value:
        state.best_value, state.best_epoch = value, row["epoch"]
    for other in others:
        value = _value(other.checkpoint_on, row)
        if row["epoch"] <= other.epochs and value < state.kept.get(other.id, (math.inf, 0))[0]:
            state.kept[other.id] = (value, row["epoch"])
    if recipe.early_stopping:
        watched = _value(recipe.early_stopping.monitor, row)
        better = watched < state.stop_best - recipe.early_stopping.min_delta
        state.stop_best = watched if better else state.stop_best
        state.stop_waited = 0 if better else state.stop_waited + 1
    schedule.epoch_ended(row["val_loss"])
    state.schedule = schedule.state()


def _goes_on(recipe: Recipe, state: LoopState) -> bool:
    return state.epoch < recipe.epochs and not _stopped(recipe, state)


def _stopped(recipe: Recipe, state: LoopState) -> bool:
    return recipe.early_stopping is not None and state.stop_waited >= recipe.early_stopping.patience
