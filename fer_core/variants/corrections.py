"""What has been corrected in a recipe of ``experiments/`` since a variant was trained with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fer_core.errors import RecipeError
from fer_core.machine.stamped import Stamped
from fer_core.recipes.changes import recipe_differences, text_of
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

#: Preparations that have changed themselves: on which day, and how.
_PREPARATIONS = {
    "balanced": ("2026-11-26", "data.preparation balanced shears its copies by up to 0.15 degrees, was 8.5"),
}
_read = Stamped(read_recipe)


def recipe_corrections(variant: Variant) -> tuple[str, ...]:
    """How the recipe of that id differs from the one the variant was trained with, one phrase a key.

    Empty where it is the same, where there is none of that id, and where nothing has been trained. That fewer
    epochs were run than planned is no correction, nor is the seed of a repeat, which is held against its
    parent's recipe. Cheap: a file is read again only when it has changed.
    """
    if variant.status != Status.TRAINED or variant.recipe_path is None:
        return ()
    facts = variant.card.faceoff
    path = list_recipes().get(facts.get("parent") or variant.id)
    stored, now = _recipe_in(variant.recipe_path), path and _recipe_in(path)
    if stored is None or now is None:
        return ()
    stored = replace(
        stored,
        epochs=facts.get("epochs_planned", stored.epochs),
        seed=now.seed if facts.get("parent") else stored.seed,
    )
    sentences = [
        f"{key} is {text_of(new)}, was {text_of(old)}"
        for key, (old, new) in recipe_differences(stored, now).items()
    ]
    day, sentence = _PREPARATIONS.get(stored.data.preparation, ("", ""))
    if str(facts.get("trained_at", "")) < day:
        sentences.append(sentence)
    return tuple(sentences)


def _recipe_in(path: Path) -> Recipe | None:
    """The recipe in a file, or None where it can't be read."""
    try:
        return _read(path)
    except (OSError, RecipeError):
        return None
