"""What a training can begin with: every recipe, and every variant whose recipe is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.reads import catalogue
from fer_core import paths
from fer_core.architectures.keywords import check_architecture
from fer_core.data.store import is_imported, read_manifest
from fer_core.errors import RecipeError
from fer_core.formats import of_100
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.training.pace import Pace, Trace, find_pace, list_traces, pace_key
from fer_core.variants import tested_on
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

#: The name of the choice, in the link.
CHOICE = "recipe"


@dataclass(frozen=True)
class Sources:
    """One look at recipes and variants, made at the start of a run of the page.

    Attributes:
        files: recipe file by id, sorted: those of ``experiments/``, and variants' own.
        variants: all of them.
        trained: those with figures, by id.
        manifest: of the imported data, or None.
        traces: what earlier trainings took.
    """

    files: dict[str, Path]
    variants: list[Variant]
    trained: dict[str, Variant]
    manifest: dict[str, Any] | None
    traces: list[Trace]

    def recipe(self, name: str) -> Recipe:
        """The checked recipe; RecipeError says what is wrong with its file. Not to be changed."""
        return _recipe(catalogue.stamp(self.files[name]))

    def label(self, name: str) -> str:
        """``"pisa.cnn1 – recipe"``, or with what the trained one reaches."""
        variant = self.trained.get(name)
        if variant is None:
            return f"{name} – recipe, not trained here"
        return f"{name} – trained, right on {of_100(variant.metrics()['accuracy'])} of 100{tested_on.apart(variant)}"

    def best(self) -> str:
        """The most accurate trained variant that can be trained again, else the first recipe."""
        ranked = sorted(self.trained.values(), key=lambda each: -each.metrics()["accuracy"])
        return next((each.id for each in ranked if self._can_be_built(each.id)), next(iter(self.files)))

    def has_weights(self, name: str) -> bool:
        """Whether a training can go on from the variant's own weights."""
        variant = self.trained.get(name)
        return variant is not None and (variant.folder / paths.WEIGHTS).is_file()

    def pace(self, recipe: Recipe) -> Pace | None:
        """What is known of the recipe's seconds an epoch on the imported data, or on FER2013 without any."""
        return find_pace(recipe, self.traces, self.manifest)

    def paces(self, recipes: Sequence[Recipe]) -> list[Pace | None]:
        """The same for many that differ in little: what costs the same is looked up once."""
        kinds = [pace_key(each) for each in recipes]
        found = {kind: self.pace(recipe) for kind, recipe in dict(zip(kinds, recipes, strict=True)).items()}
        return [found[kind] for kind in kinds]

    def _can_be_built(self, name: str) -> bool:
        if name not in self.files:
            return False
        try:
            check_architecture(self.recipe(name))
        except RecipeError:
            return False
        return True


def read_sources() -> Sources:
    """As things stand now."""
    variants = catalogue.variants()
    own = {each.id: each.recipe_path for each in variants if each.recipe_path and each.card}
    return Sources(
        dict(sorted((own | list_recipes()).items())),
        variants,
        {each.id: each for each in variants if each.status == Status.TRAINED},
        read_manifest() if is_imported() else None,
        list_traces(variants),
    )


@st.cache_resource(max_entries=500, show_spinner=False)
def _recipe(file: tuple[str, int]) -> Recipe:
    return read_recipe(Path(file[0]))
