"""What settings each network takes, read from its builder's signature without importing a framework.

So a form can offer them, and a wrong one is refused in the process that requests a training, which has no
TensorFlow and no PyTorch. The builders themselves check again.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fer_core.architectures import IMAGENET, refuse_foreign_model, refuse_settings
from fer_core.architectures.weights import own_file
from fer_core.errors import RecipeError, near_names, quoted
from fer_core.recipes.checking import between, choose
from fer_core.recipes.recipe import Recipe

#: Where the builders of each framework stand, and the name of their decorator.
_FILES = {
    "keras": ("keras_nets", ("keras_nets.py", "keras_backbones.py")),
    "torch": ("torch_nets", ("torch_nets.py",)),
    "timm": ("torch_nets", ("torch_nets.py",)),
}
#: What a whole number of a network may be at most.
LARGEST_WIDTH = 100_000
#: Settings that the trainer gives, from the recipe's other sections.
GIVEN = ("channels", "size", "classes")
#: Files of weights that are pickles, or may be.
_PICKLED_WEIGHTS = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")
_SHARES = ("dropout", "drop_rate", "drop_path_rate")
#: Of other numbers with a fraction, which lie between 0 and 1.
_RANGES = {"architecture.width": (0.01, 16)}
#: Blocks of a network.
_LONGEST_LIST = 64
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "str": ((str,), "text"),
}


@dataclass(frozen=True)
class Setting:
    """One setting of a network.

    Attributes:
        kind: ``int``, ``float``, ``bool`` or ``str``; ``list`` for lists of numbers.
        of: what a list holds, ``int`` or ``float``.
        default: its value where a recipe does not set it; None also where it must be set.
        required: whether a recipe must set it.
        optional: whether it may be null.
        choices: the values it may take, where these are few.
    """

    kind: str
    default: Any = None
    required: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    of: str = ""


@dataclass(frozen=True)
class NetworkSettings:
    """What a builder takes."""

    settings: dict[str, Setting]


def list_networks(framework: str) -> dict[str, NetworkSettings]:
    """The networks that recipes of a framework can name, in the order in which they are defined."""
    return _networks(*_FILES[framework])


def setting_value(recipe: Recipe, name: str) -> Any:
    """What a setting of the recipe's network is, whether set or defaulted; None where it is unknown."""
    if name in recipe.architecture:
        return recipe.architecture[name]
    network = list_networks(recipe.framework).get(recipe.architecture["name"])
    setting = network.settings.get(name) if network else None
    return setting.default if setting else None


def check_architecture(recipe: Recipe) -> None:
    """RecipeError for an unknown network or setting (the near one is named), a missing one or a wrong value."""
    networks, name = list_networks(recipe.framework), recipe.architecture["name"]
    if not isinstance(name, str) or name not in networks:
        raise RecipeError(
            f"{recipe.framework} has no architecture {quoted(name)}{near_names(str(name), networks)}"
        )
    network = networks[name]
    given = {key: value for key, value in recipe.architecture.items() if key != "name"}
    required = {key for key, setting in network.settings.items() if setting.required}
    refuse_settings(name, given, network.settings, required, given=GIVEN)
    for key, value in given.items():
        _check_value(f"architecture.{key}", value, network.settings.get(key))
    if name == "timm_model":
        refuse_foreign_model(given.get("model", ""))
    weights = given.get("weights")
    if isinstance(weights, str) and weights.lower().endswith(_PICKLED_WEIGHTS):
        raise RecipeError(
            f"architecture.weights is {weights}: such files can run code of their maker; give .safetensors or .h5."
        )
    if isinstance(weights, str) and weights != IMAGENET:
        own_file(weights)


def _check_value(key: str, value: Any, setting: Setting | None) -> None:
    if setting is None or (value is None and setting.optional):
        return
    if setting.choices:
        choose(key, value, setting.choices)
    if setting.kind == "list":
        return _check_list(key, value, setting)
    _check_type(key, value, setting.kind)
    if setting.kind == "int":
        between(key, value, 1 if setting.default or setting.required else 0, LARGEST_WIDTH)
    elif setting.kind == "float":
        between(key, value, *((0, 0.95) if key.endswith(_SHARES) else _RANGES.get(key, (0, 1))))


def _check_type(key: str, value: Any, kind: str) -> None:
    types, words = _TYPES[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise RecipeError(f"{key} is {quoted(value)}; it must be {words}.")


def _check_list(key: str, values: Any, setting: Setting) -> None:
    """A network's list holds filters or convolutions, none of them 0, or shares that are dropped."""
    if not isinstance(values, list) or not 0 < len(values) <= _LONGEST_LIST:
        raise RecipeError(
            f"{key} is {quoted(values)}; it must list 1 to {_LONGEST_LIST} values, each {_TYPES[setting.of][1]}."
        )
    for index, value in enumerate(values):
        _check_type(f"{key}[{index}]", value, setting.of)
        between(f"{key}[{index}]", value, *((1, LARGEST_WIDTH) if setting.of == "int" else (0, 0.95)))


@lru_cache
def _networks(decorator: str, files: tuple[str, ...]) -> dict[str, NetworkSettings]:
    found = {}
    for file in files:
        tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and decorator in map(ast.unparse, node.decorator_list):
                found[node.name] = _network(node.args)
    return found


def _network(arguments: ast.arguments) -> NetworkSettings:
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    settings = {
        argument.arg: _setting(argument.annotation, default)
        for argument, default in pairs
        if argument.arg not in GIVEN
    }
    return NetworkSettings(settings)


def _setting(annotation: ast.expr | None, default: ast.expr | None) -> Setting:
    kind = ast.unparse(annotation) if annotation else "str"
    optional = kind.endswith(" | None")
    kind = kind.removesuffix(" | None")
    choices: tuple[str, ...] = ()
    if kind.startswith("Literal["):
        choices, kind = ast.literal_eval(kind.removeprefix("Literal")), "str"
    value = None if default is None else ast.literal_eval(default)
    kind, _, inner = kind.partition("[")
    return Setting(kind, value, default is None, optional, tuple(choices), inner.rstrip("]"))
