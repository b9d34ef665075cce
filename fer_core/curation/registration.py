"""Bring a model or a recipe of one's own: checked, measured like any other, and listed among the variants.

A model is handled by a process of its own, :mod:`fer_core.curation.registration_task`, with a limit of memory and
time: neither onnx nor an unknown network is loaded where pages are served before it has passed.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

import yaml

from fer_core import paths
from fer_core.architectures.settings import check_architecture
from fer_core.curation.changes import changing_variants, demand_free_id
from fer_core.curation.onnx_checks import LARGEST_MODEL_BYTES, refuse_other_files
from fer_core.data.store import read_manifest
from fer_core.errors import ModelError, RecipeError
from fer_core.machine.plain_yaml import load_yaml, reason_of
from fer_core.machine.tasks import Errand
from fer_core.recipes.recipe import parse_recipe
from fer_core.roles import Identity, for_trainers

RECIPE_SUFFIXES = (".yaml", ".yml")
LARGEST_RECIPE_BYTES = 100_000
#: Of the process that checks and measures a model.
TIME_LIMIT_S = 1800
#: The model's name in the folder that its process is given.
GIVEN = "given.onnx"


@dataclass(frozen=True)
class Brought:
    """What its owner says of a model.

    Attributes:
        id: of the new variant.
        summary: one sentence of what it is.
        source: where it comes from: who trained it, on what, a link.
        architecture: the network's name, where known.
    """

    id: str
    summary: str = ""
    source: str = ""
    architecture: str = ""


def is_recipe(file_name: str) -> bool:
    """Whether a file is taken for a recipe, by its name."""
    return PurePath(file_name).suffix.lower() in RECIPE_SUFFIXES


@for_trainers("registered a recipe", "file_name")
def register_recipe(data: bytes, file_name: str, variant_id: str = "", by: Identity | None = None) -> str:
    """List a recipe of one's own among the variants, to be trained; returns its id.

    Args:
        data: the YAML file.
        file_name: what its owner calls it.
        variant_id: takes the place of the file's ``id``.
        by: who asks.

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


@for_trainers("began to register a model", "brought")
def start_registration(data: bytes, file_name: str, brought: Brought, by: Identity | None = None) -> Errand:
    """Check and measure a model in a process of its own; its result is the id of the new variant.

    Args:
        data: the ONNX file.
        file_name: what its owner calls it.
        brought: what they say of it.
        by: who asks.

    Raises:
        NotAllowedError: ``by`` may only look.
        ModelError: it is no ONNX file by its name or first bytes, or too large.
        DataMissingError: there is no data to measure it on.
        CardError: the id is taken.
    """
    refuse_other_files(file_name, data[:8])
    if len(data) > LARGEST_MODEL_BYTES:
        raise ModelError(
            f"{file_name} has {len(data) / 1e6:.0f} MB; at most {LARGEST_MODEL_BYTES / 1e6:.0f} can be."
        )
    read_manifest()
    with changing_variants(by):
        demand_free_id(brought.id)
        folder = paths.home() / "registering" / secrets.token_hex(8)
        folder.mkdir(parents=True)
        (folder / GIVEN).write_bytes(data)
    order = {"folder": str(folder.absolute()), "name": file_name, "brought": asdict(brought)}
    return Errand(
        "fer_core.curation.registration_task", order, name=f"Registering {brought.id}", limit_s=TIME_LIMIT_S
    )


def _plain_yaml(data: bytes, name: str) -> Any:
    """The YAML's content, read within bounds."""
    if len(data) > LARGEST_RECIPE_BYTES:
        raise RecipeError(f"{name} has {len(data):,} bytes; a recipe has at most {LARGEST_RECIPE_BYTES:,}.")
    try:
        text = data.decode("utf-8")
        return load_yaml(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{name} can't be read as YAML: {reason_of(error)}.") from error
