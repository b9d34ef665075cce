"""The rows of the five reports, and what of them is still missing here."""

from __future__ import annotations

import csv

from fer_core import paths
from fer_core.recipes.library import list_recipes
from fer_core.variants.facts import Status
from fer_core.variants.registry import list_variants

#: One line per variant that the reports train: the only place where the rows are listed.
ROWS = paths.EXPERIMENTS / "rows.csv"


def list_rows() -> list[dict[str, str]]:
    """The reports' variants: id, family, framework, reported_accuracy, reported_n, needs_weights as texts."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def missing_rows() -> dict[str, tuple[str, ...]]:
    """What each incomplete row lacks, ``"recipe"`` or ``"card"`` or both; complete rows are left out."""
    recipes = list_recipes()
    cards = {variant.id for variant in list_variants() if variant.status != Status.BROKEN}
    lacks = {
        row["id"]: tuple(
            what for what, found in (("recipe", recipes), ("card", cards)) if row["id"] not in found
        )
        for row in list_rows()
    }
    return {name: what for name, what in lacks.items() if what}
