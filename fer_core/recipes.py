"""A recipe: everything that decides what a training does, in one YAML file.

Each section is a dataclass with its defaults; an unknown key is refused and the near one named. Which
settings an architecture takes is checked by its builder, in the process that has the framework.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from fer_core.data.augmentation import Augmentation
from fer_core.errors import RecipeError, near_names
from fer_core.paths import VARIANT_ID

FRAMEWORKS = ("keras", "torch", "timm")
PREPARATIONS = ("raw", "class_weight")
MONITORS = ("val_loss", "val_accuracy")

#: ``value = pixel * multiplier + offset`` for raw pixels 0-255; applied inside every exported graph.
SCALES: dict[str, tuple[float, float]] = {
    "none": (1.0, 0.0),
    "unit": (1 / 255, 0.0),
    "symmetric": (1 / 127.5, -1.0),
}


@dataclass(frozen=True)
class InputSpec:
    """What the graph makes of a raw grey face before the network sees it.

    Attributes:
        channels: 1, or 3 to repeat the grey channel.
        size: side in pixels after bilinear resizing.
        scale: a key of SCALES.
        flip_average: answer the mean of the probabilities of the face and of its mirror image.
    """

    channels: int = 1
    size: int = 48
    scale: str = "unit"
    flip_average: bool = False

    def check(self) -> None:
        _choose("data.input.scale", self.scale, SCALES)
        if self.channels not in (1, 3):
            raise RecipeError(f"data.input.channels is {self.channels}; it must be 1 or 3.")
        _between("data.input.size", self.size, 16, 512)


@dataclass(frozen=True)
class Loss:
    """``cross_entropy``, or ``focal`` (Lin et al. 2017) with its ``gamma``."""

    name: str = "cross_entropy"
    label_smoothing: float = 0.0
    gamma: float = 2.0

    def check(self) -> None:
        _choose("loss.name", self.name, ("cross_entropy", "focal"))
        _between("loss.label_smoothing", self.label_smoothing, 0, 0.9)
        _between("loss.gamma", self.gamma, 0, 20)


@dataclass(frozen=True)
class Optimizer:
    """``adam``, ``rmsprop`` or ``sgd``; ``ema_decay`` > 0 averages the weights over steps."""

    name: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    ema_decay: float = 0.0

    def check(self) -> None:
        _choose("optimizer.name", self.name, ("adam", "rmsprop", "sgd"))
        if self.learning_rate == 0:
            raise RecipeError("optimizer.learning_rate is 0; nothing would be learnt.")
        _between("optimizer.learning_rate", self.learning_rate, 0, 10)
        _between("optimizer.momentum", self.momentum, 0, 0.9999)
        _between("optimizer.weight_decay", self.weight_decay, 0, 1)
        _between("optimizer.ema_decay", self.ema_decay, 0, 0.99999)


@dataclass(frozen=True)
class ScheduleSpec:
    """How the learning rate moves; see :class:`fer_core.training.schedules.Schedule`."""

    name: str = "constant"
    decay: float = 0.0
    warmup: float = 0.25
    factor: float = 0.5
    patience: int = 5
    floor: float = 1e-7

    def check(self) -> None:
        _choose("schedule.name", self.name, ("constant", "inverse_time", "one_cycle", "plateau"))
        _between("schedule.warmup", self.warmup, 0, 0.95)
        _between("schedule.factor", self.factor, 0.001, 0.999)
        _between("schedule.decay", self.decay, 0, 1)


@dataclass(frozen=True)
class EarlyStopping:
    """Stop after ``patience`` epochs without a better ``monitor``."""

    monitor: str = "val_loss"
    patience: int = 10

    def check(self) -> None:
        _choose("early_stopping.monitor", self.monitor, MONITORS)
        _between("early_stopping.patience", self.patience, 1, 10_000)


@dataclass(frozen=True)
class DataSpec:
    """Which pictures are trained on, and how they are changed on the way."""

    preparation: str = "raw"
    augmentation: Augmentation = field(default_factory=Augmentation)
    input: InputSpec = field(default_factory=InputSpec)

    def check(self) -> None:
        _choose("data.preparation", self.preparation, PREPARATIONS)
        self.input.check()


@dataclass(frozen=True)
class Recipe:
    """One complete recipe; ``architecture`` holds ``name`` and the settings of its builder.

    ``summary`` says in one sentence what it is; ``reported`` holds what a report printed of it, and
    ``deviations`` how the recipe itself departs from that report.
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

    @property
    def family(self) -> str:
        return self.id.split(".")[0]

    @property
    def sha256(self) -> str:
        """Hash of everything that decides the training (not of what a report says about it)."""
        content = recipe_mapping(self)
        for told_only in ("reported", "deviations", "summary"):
            content.pop(told_only, None)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


_SECTIONS = {
    "loss": Loss,
    "optimizer": Optimizer,
    "schedule": ScheduleSpec,
    "early_stopping": EarlyStopping,
}


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe file; RecipeError names the file and the key."""
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecipeError(f"There is no recipe {path}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise RecipeError(f"{path} can't be read as YAML: {' '.join(str(error).split())}.") from error
    try:
        return parse_recipe(content)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from error


def parse_recipe(content: Any) -> Recipe:
    """Check a recipe given as plain mappings (as YAML or JSON hold it)."""
    content = _mapping("a recipe", content)
    _known("a recipe", content, Recipe)
    for key in ("id", "framework", "architecture"):
        if key not in content:
            raise RecipeError(f"the recipe lacks {key!r}.")
    values = dict(content)
    values["data"] = _data(values.get("data") or {})
    for key, section in _SECTIONS.items():
        if values.get(key) is not None:
            values[key] = _section(key, values[key], section)
        elif key != "early_stopping":
            values.pop(key, None)
    values["reported"] = tuple(values.get("reported") or ())
    values["deviations"] = tuple(values.get("deviations") or ())
    recipe = Recipe(**values)
    _check(recipe)
    return recipe


def recipe_mapping(recipe: Recipe) -> dict[str, Any]:
    """The complete recipe as plain mappings, every default written out; parses back to an equal one."""
    mapping = asdict(recipe)
    for key in ("reported", "deviations"):
        mapping[key] = list(mapping[key])
    return mapping


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write the complete recipe as YAML."""
    path.write_text(
        yaml.safe_dump(recipe_mapping(recipe), sort_keys=False, allow_unicode=True), encoding="utf-8"
    )


def _data(content: Any) -> DataSpec:
    content = _mapping("data", content)
    _known("data", content, DataSpec)
    spec = DataSpec(
        preparation=content.get("preparation", "raw"),
        augmentation=Augmentation.from_recipe(
            _mapping("data.augmentation", content.get("augmentation") or {})
        ),
        input=_section("data.input", content.get("input") or {}, InputSpec),
    )
    spec.check()
    return spec


def _check(recipe: Recipe) -> None:
    if not isinstance(recipe.id, str) or not VARIANT_ID.fullmatch(recipe.id):
        raise RecipeError(f"the id is {recipe.id!r}; it must be family.variant in a-z, 0-9 and _.")
    _choose("framework", recipe.framework, FRAMEWORKS)
    if "name" not in _mapping("architecture", recipe.architecture):
        raise RecipeError("architecture lacks its 'name'.")
    _choose("checkpoint_on", recipe.checkpoint_on, (*MONITORS, "last"))
    for key, least, most in (
        ("batch_size", 1, 65_536),
        ("epochs", 1, 100_000),
        ("seed", 0, 2**31 - 1),
        ("repeats", 1, 100),
    ):
        value = getattr(recipe, key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise RecipeError(f"{key} is {value!r}; it must be a whole number.")
        _between(key, value, least, most)
    for entry in recipe.reported:
        if not isinstance(entry, dict) or not {"metric", "value", "protocol"} <= set(entry):
            raise RecipeError("each entry of reported needs metric, value and protocol.")


def _section(name: str, content: Any, section: type) -> Any:
    content = _mapping(name, content)
    _known(name, content, section)
    for spec in fields(section):
        if spec.name in content:
            _typed(f"{name}.{spec.name}", content[spec.name], spec)
    value = section(**content)
    value.check()
    return value


def _typed(name: str, value: Any, spec: Any) -> None:
    default = None if spec.default is MISSING else spec.default
    kind = (
        "text" if isinstance(default, str) else "true or false" if isinstance(default, bool) else "a number"
    )
    if isinstance(default, int) and not isinstance(default, bool):
        kind = "a whole number"
    right = {
        "text": isinstance(value, str),
        "true or false": isinstance(value, bool),
        "a number": isinstance(value, int | float) and not isinstance(value, bool),
        "a whole number": isinstance(value, int) and not isinstance(value, bool),
    }[kind]
    if not right:
        hint = (
            " (YAML reads 1e-4 as text: write 1.0e-4)"
            if isinstance(value, str) and kind == "a number"
            else ""
        )
        raise RecipeError(f"{name} is {value!r}; it must be {kind}{hint}.")


def _mapping(name: str, content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise RecipeError(f"{name} must be a mapping of keys to values, not {type(content).__name__}.")
    return content


def _known(name: str, content: dict[str, Any], section: type) -> None:
    known = [spec.name for spec in fields(section)]
    for key in content:
        if key not in known:
            raise RecipeError(f"{name} has no key {key!r}{near_names(str(key), known)}")


def _choose(name: str, value: Any, known: Any) -> None:
    if value not in known:
        raise RecipeError(f"{name} is {value!r}; choose one of {', '.join(known)}.")


def _between(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise RecipeError(f"{name} is {value}; it must lie between {least} and {most}.")
