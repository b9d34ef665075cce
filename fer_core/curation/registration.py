"""Register your own model or recipe: checked, measured like any other, and listed among the variants.

A model is handled by a process of its own, :mod:`fer_core.curation.registration_task`, with a limit of memory and
time: neither onnx nor an unknown network is loaded where pages are served before it has passed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

import yaml

from fer_core import paths
from fer_core.adapting.hub_files import NAMES
from fer_core.adapting.kinds import TFJS_WEIGHTS, refuse_large, refuse_other_files, suffix_of
from fer_core.architectures.keywords import check_architecture
from fer_core.curation.editing import changing_variants, demand_free_id
from fer_core.data.store import read_manifest
from fer_core.errors import RecipeError
from fer_core.machine.plain_yaml import load_yaml, reason_of
from fer_core.machine.tasks import Task
from fer_core.recipes.recipe import parse_recipe
from fer_core.roles.permissions import Identity, for_trainers

RECIPE_SUFFIXES = (".yaml", ".yml")
LARGEST_RECIPE_BYTES = 100_000
#: Of the process that checks and measures a model.
TIME_LIMIT_S = 3600
#: The model's name in the folder that its process is given, before the end of its own.
GIVEN = "given"
LOOK, REGISTER = "look", "register"
_TASK = "fer_core.curation.registration_task"


@dataclass(frozen=True)
class ModelDescription:
    """What its owner says of a model.

    Attributes:
        id: of the new variant.
        summary: one sentence of what it is.
        source: where it comes from: who trained it, on what, a link.
        architecture: the network's name, where known.
        licence: under which it is given, where known.
        trained_on: on which pictures, as far as is said.
    """

    id: str
    summary: str = ""
    source: str = ""
    architecture: str = ""
    licence: str = ""
    trained_on: str = ""


@dataclass(frozen=True)
class ModelFile:
    """A model's file as it is description.

    Attributes:
        data: its bytes.
        name: what its owner calls it.
        settings: YAML of what it wants and answers, see :mod:`fer_core.adapting.adaptation`; what it lacks is guessed.
        beside: files of a model hub that lie beside it, by name.
    """

    data: bytes = field(repr=False)
    name: str = ""
    settings: str = ""
    beside: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def is_recipe(file_name: str) -> bool:
    """Whether a file is taken for a recipe, by its name."""
    return PurePath(file_name).suffix.lower() in RECIPE_SUFFIXES


@for_trainers("registered a recipe", "file_name")
def register_recipe(data: bytes, file_name: str, variant_id: str = "", by: Identity | None = None) -> str:
    """List your own recipe among the variants, to be trained; returns its id.

    Args:
        data: the YAML file.
        file_name: what its owner calls it.
        variant_id: takes the place of the file's ``id``.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        RecipeError: it is no sound recipe; the message names the key.
        CardError: its id is taken.
    """
    from fer_core.curation.planning import plan_variant  # which imports onnx

    content = _plain_yaml(data, file_name)
    recipe = parse_recipe(
        content | {"id": variant_id} if variant_id and isinstance(content, dict) else content
    )
    check_architecture(recipe)
    with changing_variants(by):
        demand_free_id(recipe.id)
        plan_variant(recipe, paths.local_cards())
    return recipe.id


@for_trainers("began to register a model", "description")
def start_registration(file: ModelFile, description: ModelDescription, by: Identity | None = None) -> Task:
    """Check, adapt and measure a model in a process of its own.

    Its result is ``id`` of the new variant, and ``findings``: sentences on what was found and what is doubtful.

    Raises:
        NotAllowedError: ``by`` may only look.
        ModelError: it is no model that is read by its name or first bytes, or too large.
        DataMissingError: there is no data to measure it on.
        CardError: the id is taken.
    """
    _refuse_early(file)
    with changing_variants(by):
        demand_free_id(description.id)
    return _sent(REGISTER, file, description, f"Registering {description.id}")


@for_trainers("looked at a model", "file")
def start_look(file: ModelFile, architecture: str = "", by: Identity | None = None) -> Task:
    """Find out in a process of its own what a model wants, and what it says of seven faces; nothing is kept.

    Its result is what :func:`fer_core.curation.model_registration.look_at` returns.

    Raises: as :func:`start_registration`.
    """
    _refuse_early(file)
    return _sent(LOOK, file, ModelDescription("", architecture=architecture), f"Looking at {file.name}")


def _refuse_early(file: ModelFile) -> None:
    refuse_other_files(file.name, file.data[:8])
    refuse_large(file.name, len(file.data))
    read_manifest()


def is_beside(name: str) -> bool:
    """Whether a file of that name belongs to a model beside it."""
    return name in NAMES or suffix_of(name) == TFJS_WEIGHTS


def _sent(what: str, file: ModelFile, description: ModelDescription, name: str) -> Task:
    """The process, with the files in a folder that is removed at its end."""
    parent = paths.home() / "registering"
    parent.mkdir(parents=True, exist_ok=True)
    holds = tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True)
    folder = Path(holds.name).absolute()
    (folder / f"{GIVEN}{suffix_of(file.name)}").write_bytes(file.data)
    for beside, data in file.beside.items():
        if is_beside(beside):
            (folder / PurePath(beside).name).write_bytes(data)
    order = {
        "what": what,
        "folder": str(folder),
        "name": file.name,
        "settings": file.settings,
        "description": asdict(description),
    }
    return Task(_TASK, order, name=name, limit_s=TIME_LIMIT_S, holds=holds)


def _plain_yaml(data: bytes, name: str) -> Any:
    """The YAML's content, read within bounds."""
    if len(data) > LARGEST_RECIPE_BYTES:
        raise RecipeError(f"{name} has {len(data):,} bytes; a recipe has at most {LARGEST_RECIPE_BYTES:,}.")
    try:
        text = data.decode("utf-8")
        return load_yaml(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{name} can't be read as YAML: {reason_of(error)}.") from error
