"""A recipe: everything that decides what a training does, in one YAML file.

Each section is a dataclass with its defaults; an unknown key is refused and the near one named. Which
settings an architecture takes is checked by its builder, in the process that has the framework.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from fer_core.data.augmentation import Augmentation
from fer_core.errors import RecipeError, quoted
from fer_core.machine.plain_yaml import dump_yaml, load_yaml, read_text, reason_of
from fer_core.paths import VARIANT_ID
from fer_core.recipes.checking import between, check_keys, check_types, choose, mapping_of, section_of
from fer_core.recipes.sections import (
    LATER,
    MONITORS,
    SCALES,
    DataSpec,
    Distillation,
    EarlyStopping,
    InputSpec,
    Loss,
    Optimizer,
    ScheduleSpec,
)

__all__ = [
    "SCALES",
    "InputSpec",
    "Recipe",
    "ScheduleSpec",
    "parse_recipe",
    "read_recipe",
    "recipe_mapping",
    "without_pretrained",
    "write_recipe",
]

FRAMEWORKS = ("keras", "torch", "timm")
#: Keys that name a recipe, quote its source or say where it stands among others: they train nothing.
DESCRIPTIVE = ("reported", "deviations", "summary", "from_run", "grid")


@dataclass(frozen=True)
class Recipe:
    """One complete recipe; ``architecture`` holds ``name`` and the settings of its builder.

    ``summary`` says in one sentence what it is; ``reported`` holds what a report printed of it, and
    ``deviations`` how the recipe itself departs from that report. ``from_run`` is the id of a longer recipe
    whose one training also makes this variant: the same but for its epochs and the epoch it keeps.
    ``grid`` holds the values of a search by dotted key, which ``sweep`` queues.
    """

    id: str
    framework: str
    architecture: dict[str, Any]
    data: DataSpec = field(default_factory=DataSpec)
    loss: Loss = field(default_factory=Loss)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: ScheduleSpec = field(default_factory=ScheduleSpec)
    batch_size: int = 64
    epochs: int = 20
    early_stopping: EarlyStopping | None = None
    checkpoint_on: str = "val_loss"
    seed: int = 1
    repeats: int = 1
    reported: tuple[dict[str, Any], ...] = ()
    deviations: tuple[str, ...] = ()
    summary: str = ""
    from_run: str = field(default="", metadata=LATER)
    grid: dict[str, list] | None = field(default=None, metadata=LATER)
    distill: Distillation | None = field(default=None, metadata=LATER)

    @property
    def family(self) -> str:
        return self.id.split(".")[0]

    @property
    def sha256(self) -> str:
        """Hash of everything that decides the training (not of what a report says about it)."""
        content = recipe_mapping(self)
        for key in DESCRIPTIVE:
            content.pop(key, None)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


_SECTIONS = {
    "loss": Loss,
    "optimizer": Optimizer,
    "schedule": ScheduleSpec,
    "early_stopping": EarlyStopping,
    "distill": Distillation,
}
#: Sections that a recipe may do without.
_OPTIONAL = ("early_stopping", "distill")


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe file; RecipeError names the file and the key."""
    path = Path(path)
    try:
        content = load_yaml(read_text(path))
    except FileNotFoundError as error:
        raise RecipeError(f"There is no recipe {path}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise RecipeError(f"{path} can't be read as YAML: {reason_of(error)}.") from error
    try:
        return parse_recipe(content)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from error


def parse_recipe(content: Any) -> Recipe:
    """Check a recipe given as plain mappings (as YAML or JSON hold it)."""
    content = mapping_of("a recipe", content)
    check_keys("a recipe", content, Recipe)
    for key in ("id", "framework", "architecture"):
        if key not in content:
            raise RecipeError(f"the recipe lacks {key!r}.")
    values = dict(content)
    values["data"] = _data(values.get("data") or {})
    for key, section in _SECTIONS.items():
        if values.get(key) is not None:
            values[key] = section_of(key, values[key], section)
        elif key not in _OPTIONAL:
            values.pop(key, None)
    for key in ("reported", "deviations"):
        values[key] = tuple(_list(key, values.get(key)))
    recipe = Recipe(**values)
    _check(recipe)
    return recipe


def recipe_mapping(recipe: Recipe, *, later: bool = False) -> dict[str, Any]:
    """The complete recipe as plain mappings, defaults written out; parses back to an equal one.

    Keys that came later are left out while they hold their defaults, unless ``later`` keeps them: so the hashes and
    recipes of cards outlive new keys.
    """
    mapping = _plain(recipe, later)
    for key in ("reported", "deviations"):
        mapping[key] = list(mapping[key])
    return mapping


def without_pretrained(recipe: Recipe) -> Recipe:
    """The recipe of the same network, built without its pre-trained weights: others are loaded next."""
    if "weights" not in recipe.architecture:
        return recipe
    return replace(recipe, architecture=recipe.architecture | {"weights": None})


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write the complete recipe as YAML."""
    path.write_text(dump_yaml(recipe_mapping(recipe)), encoding="utf-8")


def _plain(section: Any, later: bool) -> dict[str, Any]:
    content = {}
    for spec in fields(section):
        value = getattr(section, spec.name)
        if later or not (spec.metadata.get("later") and value == _default(spec)):
            content[spec.name] = _plain(value, later) if is_dataclass(value) else copy.deepcopy(value)
    return content


def _default(spec: Field) -> Any:
    return spec.default if spec.default_factory is MISSING else spec.default_factory()


_LATER_OF_DATA = ("protocol", "hold_out", "share", "mixup", "cutmix", "extra", "target_count", "strength")


def _data(content: Any) -> DataSpec:
    content = mapping_of("data", content)
    check_keys("data", content, DataSpec)
    plain = ("preparation", *_LATER_OF_DATA)
    check_types("data", content, DataSpec, plain)
    spec = DataSpec(
        preparation=content.get("preparation", "raw"),
        augmentation=Augmentation.from_recipe(
            mapping_of("data.augmentation", content.get("augmentation") or {})
        ),
        input=section_of("data.input", content.get("input") or {}, InputSpec),
        **{key: content[key] for key in _LATER_OF_DATA if key in content},
    )
    spec.check()
    return spec


def _list(key: str, value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list | tuple):
        raise RecipeError(f"{key} is {quoted(value)}; it must be a list.")
    return list(value or ())


def _check(recipe: Recipe) -> None:
    if not isinstance(recipe.id, str) or not VARIANT_ID.fullmatch(recipe.id):
        raise RecipeError(f"the id is {quoted(recipe.id)}; it must be family.variant in a-z, 0-9 and _.")
    choose("framework", recipe.framework, FRAMEWORKS)
    if "name" not in mapping_of("architecture", recipe.architecture):
        raise RecipeError("architecture lacks its 'name'.")
    texts = {"architecture.name": recipe.architecture["name"], "summary": recipe.summary}
    texts |= {f"deviations[{index}]": text for index, text in enumerate(recipe.deviations)}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise RecipeError(f"{key} is {quoted(value)}; it must be text.")
    choose("checkpoint_on", recipe.checkpoint_on, (*MONITORS, "last"))
    for key, least, most in (
        ("batch_size", 1, 65_536),
        ("epochs", 1, 100_000),
        ("seed", 0, 2**31 - 1),
        ("repeats", 1, 100),
    ):
        value = getattr(recipe, key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise RecipeError(f"{key} is {quoted(value)}; it must be a whole number.")
        between(key, value, least, most)
    _check_run(recipe)
    _check_framework(recipe)
    for entry in recipe.reported:
        if not isinstance(entry, dict) or not {"metric", "value", "protocol"} <= set(entry):
            raise RecipeError("each entry of reported needs metric, value and protocol.")
        if not isinstance(entry["metric"], str):
            raise RecipeError(f"reported has the metric {quoted(entry['metric'])}; it must be text.")


def _check_framework(recipe: Recipe) -> None:
    """Soft targets and growing pictures are learnt by PyTorch's trainer alone."""
    soft = [
        name
        for name, used in (
            ("distill", recipe.distill),
            ("data.mixup or data.cutmix", recipe.data.mixes),
            ("data.input.sizes", recipe.data.input.sizes),
        )
        if used
    ]
    if soft and recipe.framework == "keras":
        raise RecipeError(f"{soft[0]} works with torch and timm: this recipe's framework is keras.")


def _check_run(recipe: Recipe) -> None:
    run = recipe.from_run
    if not isinstance(run, str) or (run and not VARIANT_ID.fullmatch(run)):
        raise RecipeError(f"from_run is {quoted(run)}; it must be the id of another recipe.")
    if run == recipe.id:
        raise RecipeError("from_run names the recipe itself; it must be the id of another one.")
    for key, values in mapping_of("grid", recipe.grid or {}).items():
        if not isinstance(values, list) or not values:
            raise RecipeError(f"grid.{key} is {quoted(values)}; it must be a list of values.")
