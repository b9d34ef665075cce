"""The library of recipes, ``experiments/``."""

from __future__ import annotations

from pathlib import Path

from fer_core import paths
from fer_core.errors import RecipeError, near_names


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
