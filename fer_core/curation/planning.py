"""Recipe-only cards: a variant that has not been trained shows what it would be and what its report gave."""

from __future__ import annotations

from pathlib import Path

from fer_core import paths
from fer_core.errors import CardError
from fer_core.machine.files import building_folder
from fer_core.recipes.recipe import Recipe, write_recipe
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.training.finish import recipe_facts
from fer_core.variants.card import read_card, write_card
from fer_core.variants.facts import Status


@for_trainers("planned a variant", "recipe")
def plan_variant(
    recipe: Recipe, cards: Path, parameters: int | None = None, *, by: Identity | None = None
) -> Path | None:
    """Write ``cards/<id>/`` with the recipe and its card, or write anew what an earlier plan left.

    Args:
        recipe: what would be trained.
        cards: parent of the variant's folder.
        parameters: size of its network, where it has been counted.
        by: the requester.

    Returns:
        The folder, or None where one stands that holds more than a plan: nothing is changed then.
    """
    target = cards / recipe.id
    if target.exists() and not _is_plan(target):
        return None
    facts = recipe_facts(recipe) | {
        "status": Status.RECIPE_ONLY,
        "recipe_sha256": recipe.sha256,
        "protocol": recipe.data.protocol,
        "epochs_planned": recipe.epochs,
        "parameters": parameters,
    }
    with building_folder(target) as folder:
        write_recipe(recipe, folder / paths.RECIPE)
        write_card(folder, {key: value for key, value in facts.items() if value not in (None, "")})
    return target


def _is_plan(folder: Path) -> bool:
    """Whether nothing but a recipe-only card and its recipe would be lost."""
    if {file.name for file in folder.iterdir()} - {paths.CARD, paths.RECIPE}:
        return False
    try:
        return read_card(folder).status != Status.TRAINED
    except CardError:
        return False
