"""From nothing until PublicTest says enough: minutes, pictures learnt from, and then PrivateTest, once.

    python -m benchmarks.speedrun [RECIPE] [--target 0.66] [--set KEY=VALUE ...] [--limit-min 120]

Trains a recipe from experiments/ (``faceoff.base`` by default) until its accuracy on PublicTest, measured after each
epoch, reaches the target, and prints how long that took and how many pictures had been learnt from. PrivateTest is
answered once, at the end, by the weights that were reached. A learning rate that falls to its end (``one_cycle``)
shows its worth only there: give as few ``epochs`` as reach the target. Nothing is kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from fer_core.data import load_dataset
from fer_core.data.split import Dataset, SplitName
from fer_core.errors import TrainingInterrupted
from fer_core.recipes.changes import changed_recipe, parse_change
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.training.checkpoint import BEST_WEIGHTS, CHECKPOINT
from fer_core.training.frameworks import load_trainer
from fer_core.training.loop import run_training, score
from fer_core.training.trainer import Progress

TARGET, LIMIT_MIN = 0.66, 120.0


@dataclass
class Race:
    """How far a run is; ``passes`` counts pictures learnt from, each as often as it was shown."""

    target: float
    limit_s: float
    batch_size: int
    began: float = field(default_factory=time.monotonic)
    passes: int = 0
    reached: bool = False

    def on_progress(self, progress: Progress) -> None:
        """Follow the training, and say so after each epoch."""
        if progress.val_accuracy is None:
            self.passes += self.batch_size
            return
        self.reached = progress.val_accuracy >= self.target
        print(
            f"epoch {progress.epoch}: {self.minutes:.1f} min, {self.passes:,} pictures, "
            f"PublicTest {progress.val_accuracy:.4f}",
            flush=True,
        )

    @property
    def minutes(self) -> float:
        """Since the beginning, the building of the network counted in."""
        return (time.monotonic() - self.began) / 60

    def is_over(self) -> bool:
        """Whether the target is reached, or the time is up."""
        return self.reached or time.monotonic() - self.began > self.limit_s


def run(recipe: Recipe, dataset: Dataset, target: float, limit_min: float) -> bool:
    """Train until ``target``, print the end; whether it was reached."""
    race = Race(target, 60 * limit_min, recipe.batch_size)
    trainer = load_trainer(recipe)
    with tempfile.TemporaryDirectory() as folder:
        try:
            run_training(
                recipe, dataset, trainer, Path(folder), on_progress=race.on_progress, should_stop=race.is_over
            )
        except TrainingInterrupted:
            if not race.reached:
                print(f"PublicTest did not say {target} within {limit_min:g} minutes.")
                return False
            trainer.load_weights(Path(folder) / CHECKPOINT / BEST_WEIGHTS)
    if not race.reached:
        print(f"PublicTest did not say {target} within {recipe.epochs} epochs.")
        return False
    test = dataset.split(SplitName.PRIVATE_TEST)
    _, accuracy = score(test.labels, trainer.predict(test.faces))
    print(f"{recipe.id}: {race.minutes:.1f} min, {race.passes:,} pictures; PrivateTest {accuracy:.4f}")
    return True


def main(arguments: list[str] | None = None) -> int:
    """0 where the target was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speedrun", description=__doc__.split("\n")[0])
    parser.add_argument("recipe", nargs="?", default="faceoff.base")
    parser.add_argument("--target", type=float, default=TARGET, metavar="ACCURACY")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes")
    parser.add_argument("--limit-min", type=float, default=LIMIT_MIN, metavar="MINUTES")
    options = parser.parse_args(arguments)
    recipe = changed_recipe(
        read_recipe(list_recipes()[options.recipe]), dict(map(parse_change, options.changes))
    )
    return 0 if run(recipe, load_dataset(), options.target, options.limit_min) else 1


if __name__ == "__main__":
    sys.exit(main())
