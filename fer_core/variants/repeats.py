"""Runs of one recipe that differ in nothing but their seed: what chance alone does to a figure.

The hust report gives every figure as mean and standard deviation over five such runs; a single run is one draw
from that spread. Repeats are variants of their own, found by their recipes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.data.split import Measured
from fer_core.errors import RecipeError
from fer_core.machine.stamped import Stamped
from fer_core.recipes.changes import NAMING_KEYS
from fer_core.recipes.recipe import read_recipe, recipe_mapping
from fer_core.variants.facts import Status
from fer_core.variants.length import made_of
from fer_core.variants.registry import Variant

#: The figures of a card whose spread is shown.
FIGURES = ("accuracy", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro")

# What may differ between repeats: names, descriptions of a recipe, and chance.
_FREE = (*NAMING_KEYS, "seed", "repeats")


@dataclass(frozen=True)
class Repeats:
    """Trained variants that are repeats of each other, by seed; ``ids`` and ``seeds`` belong together."""

    ids: tuple[str, ...]
    seeds: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)


def list_repeats(variants: Iterable[Variant]) -> list[Repeats]:
    """Every group of two or more repeats, the largest first.

    Repeats have the same recipe but for its seed, the same data and the same protocol. A variant without a
    readable recipe has none.
    """
    groups: dict[str, list[tuple[int, str]]] = {}
    for variant in variants:
        key = _key(variant)
        if key is not None:
            groups.setdefault(key[0], []).append((key[1], variant.id))
    found = [sorted(group) for group in groups.values() if len(group) > 1]
    return [
        Repeats(tuple(name for _, name in group), tuple(seed for seed, _ in group))
        for group in sorted(found, key=lambda group: (-len(group), group[0][1]))
    ]


def further_runs(variants: Iterable[Variant]) -> set[str]:
    """The repeats that are not the first of their group, by id: without them each recipe stands once."""
    return {name for repeats in list_repeats(variants) for name in repeats.ids[1:]}


def parts_of(variants: Iterable[Variant], known: Iterable[Variant]) -> list[Variant]:
    """Those of ``known`` that ensembles and models in int8 among the variants are made of, and their own parts; without
    the variants themselves."""
    by_id, own = {each.id: each for each in known}, {each.id: each for each in variants}
    found: dict[str, Variant] = {}
    left = list(own.values())
    while left:
        card = left.pop().card
        for name in made_of(card.faceoff) if card else ():
            if name in by_id and name not in own and name not in found:
                found[name] = by_id[name]
                left.append(by_id[name])
    return list(found.values())


def made_of_others(variants: Iterable[Variant]) -> set[str]:
    """The variants made of others of these, by id: one of them in int8, or several put together.

    The first answers nearly as the other does, the second takes as long as all its members do.
    """
    known = {variant.id: variant.card.faceoff for variant in variants if variant.card}
    return {name for name, facts in known.items() if any(part in known for part in made_of(facts))}


def repeats_of(variant_id: str, variants: Iterable[Variant]) -> Repeats | None:
    """The repeats that this variant is one of, or None."""
    return next((repeats for repeats in list_repeats(variants) if variant_id in repeats.ids), None)


def spread(repeats: Repeats, variants: Iterable[Variant], split: Measured = Measured.ALL) -> pd.DataFrame:
    """Mean, sample standard deviation, least and greatest of each of FIGURES over the repeats.

    Rows by figure; columns ``mean, sd, least, most, runs``. All fractions, but ``log_loss`` in nats.
    """
    known = {variant.id: variant for variant in variants}
    cards = [known[name].metrics(split) for name in repeats.ids]
    values = np.array([[card[figure] for figure in FIGURES] for card in cards], float)
    return pd.DataFrame(
        {
            "mean": values.mean(axis=0),
            "sd": values.std(axis=0, ddof=1),
            "least": values.min(axis=0),
            "most": values.max(axis=0),
            "runs": len(repeats),
        },
        index=pd.Index(FIGURES, name="figure"),
    )


def _key(variant: Variant) -> tuple[str, int] | None:
    """What repeats share, as text, and the seed; None where the variant can't be one."""
    if variant.status != Status.TRAINED or variant.recipe_path is None:
        return None
    try:
        shared, seed = _of_recipe(variant.recipe_path)
    except (OSError, RecipeError):
        return None
    facts = variant.card.faceoff
    return json.dumps([shared, facts.get("data_sha256"), facts.get("protocol")]), seed


@Stamped
def _of_recipe(path: Path) -> tuple[str, int]:
    """What repeats share of a recipe, and its seed."""
    recipe = read_recipe(path)
    shared = {key: value for key, value in recipe_mapping(recipe).items() if key not in _FREE}
    return json.dumps(shared, sort_keys=True), recipe.seed
