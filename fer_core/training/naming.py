"""What the variant of a training is called: never what another one is called already."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import count

from fer_core.recipes.changes import Change, text_of
from fer_core.recipes.recipe import Recipe
from fer_core.variants.facts import Status
from fer_core.variants.registry import list_variants

#: A name that spells its changes in more letters than this counts instead.
LONGEST_ID = 60


def trained_ids() -> set[str]:
    """The ids that variants have; those that are only recipes are free."""
    return {variant.id for variant in list_variants() if variant.status != Status.RECIPE_ONLY}


def free_ids(change: Change, epochs: int | None, taken: Collection[str]) -> Iterator[str]:
    """Names for the new variant, best first, without the taken ones.

    The recipe's own while nothing is changed; one that names the changes; then counted ones.
    """
    changes = {key: new for key, (_, new) in change.differences.items()}
    own = change.original.id
    candidates = [] if changes else [own]
    if epochs and epochs < change.recipe.epochs:
        changes["epochs"] = epochs
    words = "_".join(
        f"{key.removesuffix('.name').rpartition('.')[2]}_{text_of(value)}" for key, value in changes.items()
    )
    named = f"{own}_{re.sub('[^a-z0-9]+', '_', words.lower()).strip('_')}" if changes else own
    if len(named) > LONGEST_ID:
        named = own
    if changes and named != own:
        candidates.append(named)
    yield from (name for name in candidates if name not in taken)
    yield from (name for number in count(2) if (name := f"{named}_{number}") not in taken)


def with_free_ids(recipes: Collection[Recipe], epochs: int | None, taken: Collection[str]) -> list[Recipe]:
    """Each recipe under its own id where that is free, else as one made from it, under a free one."""
    unchanged = [Change(each, each) for each in recipes]
    return [each.under(next(free_ids(each, epochs, taken))) for each in unchanged]
