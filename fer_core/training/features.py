"""What each batch learns from: faces changed anew every time, or what a frozen backbone once made of them.

Features computed once are the "fast feature extraction" of MoodMirror's report (Chollet 2021, chapter 8): where
nothing changes a picture between two epochs, neither does a frozen backbone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fer_core.data.augmentation import augment
from fer_core.recipes.recipe import Recipe
from fer_core.training.trainer import Trainer

#: The stored features of a run, in its folder while it trains.
FEATURES = "features.npy"
_CHUNK = 1024

Inputs = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def has_frozen_backbone(recipe: Recipe) -> bool:
    """Whether every epoch would compute the same features: a frozen backbone behind unchanged pictures."""
    frozen = recipe.architecture.get("mode") == "features"
    return frozen and recipe.data.augmentation.changes_nothing


def learning_inputs(
    recipe: Recipe,
    faces: np.ndarray,
    trainer: Trainer,
    run: Path,
    stepped: Callable[[], None] = lambda: None,
) -> Inputs:
    """What batches learn from, by rows of ``faces`` uint8 (N, 48, 48) and a source of chance.

    ``stepped`` is called while features are computed, which may take minutes.
    """
    if not has_frozen_backbone(recipe):
        return lambda rows, rng: augment(faces[rows], recipe.data.augmentation, rng)
    stored = _stored_features(faces, trainer, run, stepped)
    return lambda rows, rng: np.asarray(stored[rows])


def validation_inputs(recipe: Recipe, faces: np.ndarray, trainer: Trainer) -> np.ndarray:
    """What a trainer answers after each epoch: ``faces``, or their features where these never change.

    A mirrored face has other features, so a recipe that averages over mirror images is run on faces.
    """
    if not has_frozen_backbone(recipe) or recipe.data.input.flip_average:
        return faces
    return trainer.features(faces)


def discard_features(run: Path) -> None:
    """Remove what a run has stored, once it is over."""
    (run / FEATURES).unlink(missing_ok=True)


def _stored_features(
    faces: np.ndarray, trainer: Trainer, run: Path, stepped: Callable[[], None]
) -> np.ndarray:
    """Features float32 (N, D) on disk, which may be larger than memory; those of an interrupted run are used."""
    file, unfinished = run / FEATURES, run / f".{FEATURES}"
    if not file.is_file():
        run.mkdir(parents=True, exist_ok=True)
        stored = None
        for start in range(0, len(faces), _CHUNK):
            made = trainer.features(faces[start : start + _CHUNK])
            if stored is None:
                shape = (len(faces), *made.shape[1:])
                stored = np.lib.format.open_memmap(unfinished, "w+", np.float32, shape)
            stored[start : start + len(made)] = made
            stepped()
        stored.flush()
        shutil.move(unfinished, file)
    return np.load(file, mmap_mode="r")
