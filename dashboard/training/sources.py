"""What a training can begin with: every recipe, and every variant whose recipe is known."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import catalogue
from dashboard.formats import of_100
from fer_core import paths
from fer_core.data.store import is_imported, read_manifest
from fer_core.experiments import list_recipes
from fer_core.recipes import Recipe, read_recipe
from fer_core.registry import Variant
from fer_core.training.pace import Pace, find_pace, list_traces

#: The name of the choice, in the link.
CHOICE = "recipe"


def list_sources() -> dict[str, Path]:
    """The recipe file of each by id, sorted: those of ``experiments/``, and variants' own."""
    own = {each.id: each.recipe_path for each in catalogue.variants() if each.recipe_path and each.card}
    return dict(sorted((own | list_recipes()).items()))


def recipe_of(file: Path) -> Recipe:
    """The checked recipe in a file; RecipeError says what is wrong with it. Not to be changed."""
    return _recipe(catalogue.stamp(file))


def trained(source: str) -> Variant | None:
    """The trained variant of that id, or None."""
    return next((each for each in catalogue.trained_variants() if each.id == source), None)


def has_weights(source: str) -> bool:
    """Whether a training can go on from the variant's own weights."""
    variant = trained(source)
    return variant is not None and (variant.folder / paths.WEIGHTS).is_file()


def label(source: str) -> str:
    """``"pisa.cnn1 – recipe"``, or with what the trained one reaches."""
    variant = trained(source)
    if variant is None:
        return f"{source} – recipe, not trained here"
    return f"{source} – trained, right on {of_100(variant.metrics()['accuracy'])} of 100"


def pace_of(recipe: Recipe) -> Pace | None:
    """What is known of the recipe's seconds an epoch on the imported data; None without any."""
    if not is_imported():
        return None
    return find_pace(recipe, list_traces(catalogue.variants()), read_manifest())


def paces(recipes: dict[str, Recipe]) -> dict[str, Pace | None]:
    """The same for many at once."""
    if not is_imported():
        return dict.fromkeys(recipes)
    traces, manifest = list_traces(catalogue.variants()), read_manifest()
    return {name: find_pace(recipe, traces, manifest) for name, recipe in recipes.items()}


@st.cache_resource(max_entries=500, show_spinner=False)
def _recipe(file: tuple[str, int]) -> Recipe:
    return read_recipe(Path(file[0]))
