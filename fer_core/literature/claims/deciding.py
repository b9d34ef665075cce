"""What would decide a claim: which trainings to their end, which measurements, and how many hours of one core."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from fer_core import paths
from fer_core.formats import listed
from fer_core.literature.claims.claim import (
    DISTORTION,
    FIGURES,
    HEAT,
    SPREADS,
    Claim,
)
from fer_core.literature.rows import list_rows
from fer_core.recipes.library import list_recipes
from fer_core.recipes.minutes import minutes_an_epoch
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant
from fer_core.variants.repeats import list_repeats


@dataclass(frozen=True)
class Needed:
    """What a claim waits for.

    ``runs`` are the recipes that are still to be trained to their end, each once where one makes several variants;
    ``trainings`` how often in all, where the claim is about repeats; ``core_hours`` what these take one core, NaN where
    the pace of one is unknown; ``at_most``: a stopping rule may end one of them sooner. ``weights`` are those of
    ``runs`` that begin with ImageNet weights; ``unmeasured`` the variants whose distorted faces were not measured,
    ``unmapped`` those whose heat maps over many faces were not made.
    """

    runs: tuple[str, ...] = ()
    trainings: int = 0
    core_hours: float = 0.0
    at_most: bool = False
    weights: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.runs or self.unmeasured or self.unmapped)

    @property
    def names(self) -> tuple[str, ...]:
        """The variants that it waits for: to be trained, or else measured."""
        return self.runs or tuple(dict.fromkeys(self.unmeasured + self.unmapped))

    @property
    def text(self) -> str:
        """``"2 trainings to their end; about 30 core-hours"``; nothing where nothing is needed."""
        parts = []
        if self.runs:
            count = (
                f"{self.trainings} trainings to their end" if self.trainings > 1 else "1 training to its end"
            )
            some = "" if len(self.weights) == len(self.runs) else f"{len(self.weights)} of them "
            parts += [f"{count}, {some}from ImageNet weights" if self.weights else count, self._hours()]
        for measured, names in (("robustness", self.unmeasured), ("heat maps", self.unmapped)):
            if names:
                parts.append(f"{measured} of {listed([name.partition('.')[2] for name in names])}")
        return "; ".join(parts)

    def _hours(self) -> str:
        if math.isnan(self.core_hours):
            return "core-hours not measured"
        amount = f"{self.core_hours:.0f}" if self.core_hours >= 2 else f"{self.core_hours:.1f}"
        return f"{'at most' if self.at_most else 'about'} {amount} core-hours"


def needed_for(claim: Claim, variants: Iterable[Variant]) -> Needed:
    """What has to be trained or measured before the claim holds or fails; nothing where all of it is there."""
    known = {variant.id: variant for variant in variants if variant.status == Status.TRAINED}
    repeats = {name for one in claim.comparisons if one.figure in SPREADS for name in (one.better, one.worse)}
    have: dict[str, int] = {}
    if any(name in known and _is_whole(known[name]) for name in repeats):
        have = {name: len(group) for group in list_repeats(known.values()) for name in group.ids}
    times: dict[str, int] = {}
    for name in claim.variants:
        recipe = _recipe(name)
        wanted = recipe.repeats if recipe and name in repeats else 1
        missing = wanted - have.get(name, 1) if _is_whole(known.get(name)) else wanted
        if missing > 0:
            root = recipe.from_run or name if recipe else name
            times[root] = max(times.get(root, 0), missing)
    hours = [count * core_hours(name) for name, count in times.items()]
    return Needed(
        runs=tuple(times),
        trainings=sum(times.values()),
        core_hours=sum(hours),
        at_most=any((recipe := _recipe(name)) is not None and recipe.early_stopping for name in times),
        weights=tuple(name for name in times if needs_weights(name)),
        unmeasured=_lacking(claim, known, lambda figure: DISTORTION in FIGURES[figure], paths.ROBUSTNESS),
        unmapped=_lacking(claim, known, HEAT.__contains__, paths.HEAT_MAPS),
    )


def core_hours(name: str) -> float:
    """Hours that the whole training of a recipe takes one core, its planned epochs at their known minutes; NaN where
    either is unknown."""
    recipe, known = _recipe(name), minutes_an_epoch().get(name)
    return math.nan if recipe is None or known is None else recipe.epochs * known.minutes / 60


def needs_weights(name: str) -> bool:
    """Whether the report's variant of that id begins with ImageNet weights."""
    return name in _with_weights()


def _lacking(
    claim: Claim, known: Mapping[str, Variant], is_of: Callable[[str], bool], file: str
) -> tuple[str, ...]:
    """Of the variants that it compares in such figures, those whose folder lacks the file of them."""
    names = dict.fromkeys(
        name for one in claim.comparisons if is_of(one.figure) for name in (one.better, one.worse)
    )
    return tuple(name for name in names if name not in known or not (known[name].folder / file).is_file())


def _is_whole(variant: Variant | None) -> bool:
    length = variant.training_length if variant else None
    return variant is not None and (length is None or length.whole is not False)


@cache
def _with_weights() -> frozenset[str]:
    return frozenset(row["id"] for row in list_rows() if row["needs_weights"])


@cache
def _recipe(name: str) -> Recipe | None:
    path = list_recipes().get(name)
    return read_recipe(path) if path else None
