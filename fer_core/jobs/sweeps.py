"""Many jobs from few words: every recipe with every combination of values, repeated with other seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from fer_core.errors import JobError
from fer_core.jobs.submission import Wish
from fer_core.recipes.changes import changed_recipe
from fer_core.recipes.recipe import Recipe

#: More jobs than this at once are a slip of the pen.
MOST_JOBS = 500


def sweep_wishes(
    recipes: Sequence[Recipe], wish: Wish, repeats: int | None, grid: Mapping[str, Sequence[Any]]
) -> list[tuple[Recipe, Wish]]:
    """Each recipe with the wish of one of its jobs, in the order in which they are to run.

    Without a ``grid`` each recipe's own is taken, if it has one.

    Raises:
        RecipeError: a combination is wrong; none has been queued then.
        JobError: a name was wished for several jobs, or there would be none, or too many.
    """
    if wish.variant_id:
        raise JobError("A sweep makes several variants and can't give all of them one name.")
    wishes = []
    for recipe in recipes:
        own = grid or recipe.grid or {}
        for values in product(*own.values()):
            changes = {**wish.changes, **dict(zip(own, values, strict=True))}
            seed = changed_recipe(recipe, changes).seed
            for number in range(recipe.repeats if repeats is None else repeats):
                seeded = changes | ({"seed": seed + number} if number else {})
                changed_recipe(recipe, seeded)
                wishes.append((recipe, replace(wish, changes=seeded)))
    if not 0 < len(wishes) <= MOST_JOBS:
        raise JobError(f"The sweep has {len(wishes)} jobs; it must have 1 to {MOST_JOBS}.")
    return wishes
