"""The rows of the five reports, the recipes of ``experiments/``, and what of them is still missing."""

from __future__ import annotations

import csv
from pathlib import Path

from fer_core import paths
from fer_core.errors import RecipeError, near_names
from fer_core.variants.registry import BROKEN, list_variants

#: One line per variant that the reports train: the only place where the rows are listed.
ROWS = paths.EXPERIMENTS / "rows.csv"


def list_rows() -> list[dict[str, str]]:
    """The reports' variants: id, family, framework, reported_accuracy, reported_n, needs_weights as texts."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def list_recipes() -> dict[str, Path]:
    """The recipe file of every experiment by its id, sorted; an id says where its file stands."""
    files = paths.EXPERIMENTS.glob("*/*.yaml")
    return {name: path for name, path in sorted((f"{path.parent.name}.{path.stem}", path) for path in files)}


def get_recipe_path(variant_id: str) -> Path:
    """The recipe file of one id; RecipeError names the near ones."""
    recipes = list_recipes()
    if variant_id not in recipes:
        raise RecipeError(f"There is no recipe {variant_id!r}{near_names(variant_id, recipes)}")
    return recipes[variant_id]


def missing_rows() -> dict[str, tuple[str, ...]]:
    """What each incomplete row lacks, ``"recipe"`` or ``"card"`` or both; complete rows are left out."""
    recipes = list_recipes()
    cards = {variant.id for variant in list_variants() if variant.status != BROKEN}
    lacks = {
        row["id"]: tuple(
            what for what, found in (("recipe", recipes), ("card", cards)) if row["id"] not in found
        )
        for row in list_rows()
    }
    return {name: what for name, what in lacks.items() if what}
