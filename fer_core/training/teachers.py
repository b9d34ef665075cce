"""Soft labels: what teachers answer to the training faces, which a student learns from (Hinton et al. 2015)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.data.split import Split
from fer_core.errors import TrainingError
from fer_core.machine.files import replacing
from fer_core.machine.threads import own_cores
from fer_core.recipes.recipe import Recipe
from fer_core.training.native import NativeClassifier
from fer_core.training.trainer import Trainer
from fer_core.variants.classifier import Classifier, OnnxClassifier
from fer_core.variants.registry import Variant, get_variant

_CHUNK = 1024


def soft_labels(
    recipe: Recipe, training: Split, trainer: Trainer, stepped: Callable[[], None] = lambda: None
) -> np.ndarray:
    """The mean of the teachers' probabilities for every training face and its mirror image, tempered.

    Each teacher answers the same faces once: its answers are kept in ``FER_HOME/soft_labels``.

    Args:
        recipe: has ``distill``.
        training: the faces to learn from, as prepared.
        trainer: the student's; where it learns on a GPU, teachers answer with their native weights there.
        stepped: called between pieces of the work.

    Returns:
        float32 (N, 7), rows that sum to 1; ``p ** (1 / temperature)`` of the mean probabilities p.

    Raises:
        UnknownVariantError, TrainingError: a teacher is unknown, or can't answer.
    """
    teachers = [get_variant(name) for name in recipe.distill.teachers]
    total = np.zeros((len(training), 7))
    for teacher in teachers:
        total += _answers(teacher, training, trainer, stepped)
    tempered = (total / len(teachers)) ** (1 / recipe.distill.temperature)
    return (tempered / tempered.sum(axis=1, keepdims=True)).astype(np.float32)


def _answers(teacher: Variant, training: Split, trainer: Trainer, stepped: Callable[[], None]) -> np.ndarray:
    """What one teacher answers, float32 (N, 7); answers of an earlier training are used."""
    stored = paths.soft_labels() / f"{teacher.id}.{_key(teacher, training)}.npy"
    if stored.is_file():
        return np.load(stored, allow_pickle=False)
    classifier = _classifier(teacher, trainer)
    parts = []
    chunk = len(training) if isinstance(classifier, NativeClassifier) else _CHUNK
    for start in range(0, len(training), chunk):
        faces = training.faces[start : start + chunk]
        both = np.concatenate([faces, faces[:, :, ::-1]])
        answers = classifier.predict_proba(np.ascontiguousarray(both))
        parts.append((answers[: len(faces)] + answers[len(faces) :]) / 2)
        stepped()
    made = np.concatenate(parts).astype(np.float32)
    stored.parent.mkdir(parents=True, exist_ok=True)
    with replacing(stored) as file, file.open("wb") as opened:
        np.save(opened, made)
    return made


def _key(teacher: Variant, training: Split) -> str:
    """Another one where the teacher's file or the faces are others."""
    digest = hashlib.sha256(_file(teacher).read_bytes())
    digest.update(np.ascontiguousarray(training.faces).tobytes())
    return digest.hexdigest()[:16]


def _file(teacher: Variant) -> Path:
    for file in (teacher.model_path, teacher.folder / paths.WEIGHTS):
        if file is not None and file.is_file():
            return file
    raise TrainingError(
        f"distill: {teacher.id} can't teach: it is kept without its model file. Train it here first."
    )


def _classifier(teacher: Variant, trainer: Trainer) -> Classifier:
    native = (teacher.folder / paths.WEIGHTS).is_file() and (teacher.folder / paths.RECIPE).is_file()
    if native and (trainer.accelerator or teacher.model_path is None):
        return NativeClassifier(teacher)
    return OnnxClassifier(_file(teacher), threads=own_cores())
