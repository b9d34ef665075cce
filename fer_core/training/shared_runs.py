"""One run, several variants: recipes that keep other epochs of a longer one's training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fer_core.errors import RecipeError
from fer_core.machine.plain_yaml import LARGEST_TEXT
from fer_core.recipes.changes import recipe_differences
from fer_core.recipes.recipe import Recipe, read_recipe

#: What recipes of one run may differ in: how far they look, what they keep, how often a sweep repeats them.
_OWN_KEYS = {"epochs", "checkpoint_on", "repeats"}


def recipes_of_run(recipe: Recipe, folder: Path) -> list[Recipe]:
    """The recipes in ``folder`` that say ``from_run: <id of recipe>``, checked, in the order of their files.

    Raises:
        RecipeError: one of them can't come out of this run; the message says why.
    """
    mark = f"from_run: {recipe.id}"
    files = [file for file in sorted(folder.glob("*.yaml")) if mark in _text(file)]
    others = [other for other in map(read_recipe, files) if other.from_run == recipe.id]
    for other in others:
        check_shares_run(recipe, other)
    return others


def _text(file: Path) -> str:
    """What stands in it; nothing where it is no text, or none that a recipe would fit in."""
    try:
        return file.read_text(encoding="utf-8") if file.stat().st_size <= LARGEST_TEXT else ""
    except (OSError, UnicodeDecodeError):
        return ""


def check_shares_run(recipe: Recipe, other: Recipe) -> None:
    """RecipeError unless ``other`` keeps an epoch that the training of ``recipe`` goes through."""
    says = f"{other.id} says from_run: {recipe.id}, but"
    differences = {
        key: values for key, values in recipe_differences(recipe, other).items() if key not in _OWN_KEYS
    }
    if differences:
        raise RecipeError(f"{says} {', '.join(differences)} differ: only epochs and checkpoint_on may.")
    if other.epochs > recipe.epochs:
        raise RecipeError(f"{says} has {other.epochs} epochs, more than the {recipe.epochs} of the run.")
    if other.epochs != recipe.epochs and recipe.schedule.name == "one_cycle":
        raise RecipeError(f"{says} has {other.epochs} epochs, and one_cycle depends on their number.")


def shortened(recipes: Sequence[Recipe], epochs: int | None) -> list[Recipe]:
    """The recipes with at most so many epochs each."""
    return [replace(recipe, epochs=min(epochs or recipe.epochs, recipe.epochs)) for recipe in recipes]
