"""What the variant of a training is called: never what another one is called already."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import count

from fer_core.recipes.changes import derived_recipe, recipe_differences, text_of
from fer_core.recipes.recipe import Recipe
from fer_core.variants.registry import RECIPE_ONLY, list_variants

#: A name that tells its changes in more letters than this counts instead.
LONGEST_ID = 60


def trained_ids() -> set[str]:
    """The ids that variants have; those that are only recipes are free."""
    return {variant.id for variant in list_variants() if variant.status != RECIPE_ONLY}


def free_ids(recipe: Recipe, changed: Recipe, epochs: int | None, taken: Collection[str]) -> Iterator[str]:
    """Names for the new variant, best first, without the taken ones.

    The recipe's own while nothing is changed; one that tells the changes; then counted ones.
    """
    told = {key: new for key, (_, new) in recipe_differences(recipe, changed).items()}
    candidates = [] if told else [recipe.id]
    if epochs and epochs < changed.epochs:
        told["epochs"] = epochs
    words = "_".join(
        f"{key.removesuffix('.name').rpartition('.')[2]}_{text_of(value)}" for key, value in told.items()
    )
    named = f"{recipe.id}_{re.sub('[^a-z0-9]+', '_', words.lower()).strip('_')}" if told else recipe.id
    if len(named) > LONGEST_ID:
        named = recipe.id
    if told and named != recipe.id:
        candidates.append(named)
    yield from (name for name in candidates if name not in taken)
    yield from (name for number in count(2) if (name := f"{named}_{number}") not in taken)


def named_recipe(recipe: Recipe, changed: Recipe, variant_id: str) -> Recipe:
    """``changed`` as the recipe of ``variant_id``: as it stands where id and values are those of ``recipe``."""
    if variant_id == recipe.id and not recipe_differences(recipe, changed):
        return changed
    return derived_recipe(changed, recipe, variant_id)


def with_free_ids(recipes: Collection[Recipe], epochs: int | None, taken: Collection[str]) -> list[Recipe]:
    """Each recipe under its own id where that is free, else as one made from it, under a free one."""
    return [named_recipe(each, each, next(free_ids(each, each, epochs, taken))) for each in recipes]
