"""How many parameters the networks of recipes have, counted in processes of their own.

``python -m fer_core.training.counting RECIPE...`` prints them as JSON; one framework a process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from fer_core import paths
from fer_core.errors import FerError, TrainingError
from fer_core.recipes.recipe import Recipe, read_recipe, without_pretrained
from fer_core.training.classes import AnsweredClasses


def count_parameters(files: dict[str, Path]) -> dict[str, int]:
    """Parameters by recipe id, as cards count them; takes seconds, and no pre-trained weights.

    Raises:
        TrainingError: a network can't be built; the message says which and why.
    """
    groups: dict[bool, list[str]] = {}
    for path in files.values():
        groups.setdefault(read_recipe(path).framework == "keras", []).append(str(path))
    counts: dict[str, int] = {}
    for group in groups.values():
        command = [sys.executable, "-m", "fer_core.training.counting", *group]
        done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
        if done.returncode:
            raise TrainingError((done.stderr.strip().splitlines() or ["no reason given"])[-1])
        counts |= json.loads(done.stdout.splitlines()[-1])
    return counts


def _network(recipe: Recipe) -> str:
    """Equal for recipes that build the same network."""
    return json.dumps([recipe.architecture, vars(recipe.data.input), recipe.data.preparation == "reduced6"])


def _parameters(recipe: Recipe) -> int:
    """Of its network alone: nothing is built of what learning and answering need beside it."""
    if recipe.framework == "keras":
        from fer_core.architectures.keras_backbones import keras_nets as nets
        from fer_core.architectures.keras_nets import parameters_of
    else:
        from fer_core.architectures.torch_nets import parameters_of
        from fer_core.architectures.torch_nets import torch_nets as nets
    spec, classes = recipe.data.input, AnsweredClasses(recipe.data.preparation).setting
    return parameters_of(nets.build(recipe.architecture, channels=spec.channels, size=spec.size, **classes))


def main(files: list[str]) -> int:
    """The process: build each different network once."""
    counts, known = {}, {}
    for file in files:
        recipe = without_pretrained(read_recipe(Path(file)))
        network = _network(recipe)
        try:
            if network not in known:
                known[network] = _parameters(recipe)
        except FerError as error:
            print(f"{recipe.id}: {error}", file=sys.stderr)
            return 1
        counts[recipe.id] = known[network]
    print(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
