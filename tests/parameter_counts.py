"""Run by a test in a process of its own: parameters of every shipped recipe of one framework, as JSON."""

import json
import sys

from fer_core import paths
from fer_core.recipes import read_recipe
from fer_core.training.session import load_trainer

if __name__ == "__main__":
    recipes = [read_recipe(path) for path in sorted(paths.EXPERIMENTS.glob("*/*.yaml"))]
    chosen = [recipe for recipe in recipes if recipe.framework in sys.argv[1:]]
    print(json.dumps({recipe.id: int(load_trainer(recipe).parameters) for recipe in chosen}))
