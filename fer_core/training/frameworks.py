"""Which file trains a framework's recipes; it is imported only where a trainer of it is wanted."""

from __future__ import annotations

import importlib
import os

import cv2

from fer_core.recipes.recipe import Recipe
from fer_core.training.trainer import Trainer

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
    # Pictures of 48 pixels: threads would only wait for each other, and for other trainings.
    cv2.setNumThreads(1)
    framework, _, other = os.environ.get(TRAINER_VARIABLE, "").partition("=")
    module, _, name = (other if framework == recipe.framework else TRAINERS[recipe.framework]).partition(":")
    return getattr(importlib.import_module(module), name)(recipe)
