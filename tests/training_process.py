"""Run by the training tests in the framework's process: runs compared, and answers of native weights."""

from pathlib import Path

import numpy as np

from fer_core.data.schematic import schematic_dataset
from fer_core.errors import TrainingInterrupted
from fer_core.recipes.recipe import parse_recipe
from fer_core.training import native
from fer_core.training.frameworks import load_trainer
from fer_core.training.loop import run_training

RUNS = {
    "keras": {
        "framework": "keras",
        "architecture": {"name": "pisa_cnn", "convolutions": [2, 1], "filters": [4, 8], "head": 8},
    },
    "torch": {
        "framework": "torch",
        "architecture": {"name": "resnet_small", "filters": [8, 16], "depths": [1, 1], "stem_stride": 2},
        "optimizer": {"name": "sgd", "momentum": 0.9, "learning_rate": 0.05, "ema_decay": 0.9},
    },
    "features": {
        "framework": "keras",
        "architecture": {
            "name": "keras_backbone", "model": "vgg16", "mode": "features", "head": 8, "head_dropout": 0.2,
        },
        "data": {"preparation": "balanced", "input": {"channels": 3, "size": 32}},
    },
}  # fmt: skip
RECIPE = {
    "data": {"preparation": "class_weight", "augmentation": {"rotation": 10, "horizontal_flip": True}},
    "schedule": {"name": "plateau", "patience": 1, "factor": 0.5},
    "early_stopping": {"monitor": "val_loss", "patience": 50},
    "batch_size": 16,
    "epochs": 4,
}


class Counted:
    """Counts the faces whose features a trainer computes; everything else is the trainer's."""

    def __init__(self, trainer):
        self.trainer, self.counted = trainer, []

    def __getattr__(self, name):
        return getattr(self.trainer, name)

    def features(self, faces):
        self.counted.append(len(faces))
        return self.trainer.features(faces)


def compare(name, folder):
    """Histories, and the largest difference of both runs' answers, of the tiny net of that name."""
    folder = Path(folder)
    recipe = parse_recipe(RECIPE | {"id": "tiny.net"} | RUNS[name])
    dataset = schematic_dataset(112, 35)
    faces = dataset.split("PrivateTest").faces

    whole = Counted(load_trainer(recipe))
    state = run_training(recipe, dataset, whole, folder / "whole")

    batches = 0

    def stop_in_the_third_epoch():
        nonlocal batches
        batches += 1
        return batches == 2 * 7 + 3

    first = load_trainer(recipe)
    try:
        run_training(recipe, dataset, first, folder / "resumed", should_stop=stop_in_the_third_epoch)
        interrupted = False
    except TrainingInterrupted:
        interrupted = True
    second = Counted(load_trainer(recipe))
    resumed = run_training(recipe, dataset, second, folder / "resumed", resume=True)
    return {
        "interrupted": interrupted,
        "whole": state.history,
        "resumed": resumed.history,
        "best": [state.best_epoch, resumed.best_epoch],
        "schedule": [state.schedule, resumed.schedule],
        "features": [whole.counted, second.counted],
        "difference": float(np.abs(whole.predict(faces) - second.predict(faces)).max()),
    }


def native_answers(folder, exchange):
    """Answer ``exchange/faces.npy`` with a variant's native weights, as the process does that is started for it."""
    return native.main(Path(folder), Path(exchange))
