"""Which number format networks learn in faster on this processor: one step in each, side by side.

    python -m benchmarks.precision [RECIPE ...] [--steps 5] [--rounds 3]

For PyTorch recipes of experiments/ (by default one of every network): minutes of steps of 64 faces that an epoch of
FER2013 takes in float32 and in bfloat16, their ratio, and the format that Faceoff chooses here. The formats take turns
in one process on one thread; medians of all steps but each round's first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np
import torch

from fer_core.data.sources import FACE_SIZE
from fer_core.emotions import EMOTIONS
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe, without_pretrained
from fer_core.training.features import has_frozen_backbone
from fer_core.training.precision import PRECISION_VARIABLE
from fer_core.training.torch_trainer import TorchTrainer
from fer_core.training.trainer import Batch

TRAINING_FACES, FACES_A_STEP = 28_709, 64
FORMATS = ("float32", "bfloat16")


def read_torch_recipes() -> dict[str, Recipe]:
    """By id, those of PyTorch and timm whose layers all learn, with their first weights drawn by chance."""
    found = {name: without_pretrained(read_recipe(path)) for name, path in list_recipes().items()}
    return {
        name: recipe
        for name, recipe in found.items()
        if recipe.framework in ("torch", "timm") and not has_frozen_backbone(recipe)
    }


def one_of_each(recipes: dict[str, Recipe]) -> list[str]:
    """The first id of each network and size of pictures."""
    nets = {
        name: (sorted(map(str, recipe.architecture.items())), recipe.data.input.size)
        for name, recipe in recipes.items()
    }
    return [name for number, name in enumerate(nets) if nets[name] not in list(nets.values())[:number]]


def trainer_in(recipe: Recipe, precision: str) -> TorchTrainer:
    """A trainer of the recipe in that format; an empty one leaves the choice to Faceoff."""
    os.environ.pop(PRECISION_VARIABLE, None)
    if precision:
        os.environ[PRECISION_VARIABLE] = precision
    return TorchTrainer(recipe)


def minutes_an_epoch(recipe: Recipe, steps: int, rounds: int) -> dict[str, float]:
    """By format, the median step on random faces times the steps of an epoch."""
    rng = np.random.default_rng(0)
    faces = rng.integers(0, 256, (FACES_A_STEP, FACE_SIZE, FACE_SIZE), np.uint8)
    batch = Batch(faces, rng.integers(0, len(EMOTIONS), FACES_A_STEP))
    trainers = {name: trainer_in(recipe, name) for name in FORMATS}
    durations_s: dict[str, list[float]] = {name: [] for name in FORMATS}
    for number in range(rounds):
        for name, trainer in trainers.items():
            trainer.start_epoch(number, 1)
            for step in range(steps + 1):
                start = time.perf_counter()
                trainer.train_batch(batch, 1e-6)
                durations_s[name] += [time.perf_counter() - start] if step else []
    scale = TRAINING_FACES / FACES_A_STEP / 60
    return {name: scale * statistics.median(each) for name, each in durations_s.items()}


def main() -> None:
    """Print a row for each recipe."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="*", metavar="RECIPE")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    recipes = read_torch_recipes()
    if unknown := set(options.recipes) - recipes.keys():
        parser.error(
            f"{', '.join(sorted(unknown))}: no PyTorch recipe of experiments/ that learns all its layers."
        )
    torch.set_num_threads(1)
    print(f"{'recipe':32} {'float32 min':>12} {'bfloat16 min':>13} {'ratio':>6}  chosen here")
    for name in options.recipes or one_of_each(recipes):
        minutes = minutes_an_epoch(recipes[name], options.steps, options.rounds)
        ratio = minutes["bfloat16"] / minutes["float32"]
        choice = trainer_in(recipes[name], "").precision
        print(
            f"{name:32} {minutes['float32']:12.2f} {minutes['bfloat16']:13.2f} {ratio:6.2f}  {choice}",
            flush=True,
        )


if __name__ == "__main__":
    main()
