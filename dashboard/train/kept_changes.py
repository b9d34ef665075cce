"""Changes that stay when another recipe is chosen, as far as it knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.train.fields import checked_change
from fer_core.errors import RecipeError
from fer_core.formats import counted, listed
from fer_core.recipes.recipe import Recipe


@dataclass(frozen=True)
class Carried:
    """What was typed for the recipe ``source``: changes that the new one takes, and keys that it does not."""

    source: str
    kept: dict[str, Any]
    lost: tuple[str, ...]

    def sentence(self) -> str:
        """``"Your 3 changes stay: epochs, loss.name and seed."`` (Markdown)."""
        count, kept = len(self.kept) + len(self.lost), listed(list(self.kept))
        if not self.lost:
            return f"Your change stays: {kept}." if count == 1 else f"Your {count} changes stay: {kept}."
        still = f"{listed(list(self.lost))} can't be set in this recipe; {self.source} keeps your changes."
        if not self.kept:
            return f"None of your changes stays: {still}"
        return f"{len(self.kept)} of your {counted(count, 'change')} stay: {kept}. {still}"


def carry(changes: Mapping[str, Any], source: str, recipe: Recipe) -> Carried:
    """Which of the ``changes`` that were made to ``source`` can be made to ``recipe`` too."""
    kept = {key: value for key, value in changes.items() if _fits(recipe, key, value)}
    return Carried(source, kept, tuple(key for key in changes if key not in kept))


def _fits(recipe: Recipe, key: str, value: Any) -> bool:
    try:
        checked_change(recipe, {key: value})
    except RecipeError:
        return False
    return True
