"""Mean, least, greatest, deviation and variance of a report's repeats, held against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fer_core.literature.checks import Check
from fer_core.literature.lines import CUT_OFF, IN_WORDS
from fer_core.literature.reported_values import is_number, plain, printed_value, rounding, unit
from fer_core.recipes.recipe import Recipe


def extremes_around_mean(recipe: Recipe) -> Iterator[Check]:
    """Does a mean over repeats lie between their least and their greatest value?"""
    for name, least, most, cut in _extremes(recipe):
        mean = printed_value(recipe, name)
        if mean is not None:
            slack = min(rounding(least), rounding(most))  # one table prints both to the same digit
            holds = least - slack <= mean <= most + max(slack, cut)
            place = "lies between" if holds else "does not lie between"
            yield Check(
                recipe.id,
                "mean within its extremes",
                holds,
                f"The mean {_words(name)}, {mean:g}, {place} the least, {least:g}, and the greatest, "
                f"{_most(most, cut)}.",
                f"{least:g} ≤ {mean:g} ≤ {_most(most, cut)} {'is true' if holds else 'is false'}",
            )


def spread_within_extremes(recipe: Recipe) -> Iterator[Check]:
    """Can repeats between these extremes have this standard deviation?

    Of n values the standard deviation is greatest where half lie at either end: the range times
    sqrt(floor(n/2) ceil(n/2) / (n (n - 1))) (Popoviciu's inequality for samples).
    """
    n = recipe.repeats
    if n < 2:
        return
    share = math.sqrt((n // 2) * (n - n // 2) / (n * (n - 1)))
    for name, least, most, cut in _extremes(recipe):
        sd = printed_value(recipe, f"{name}_sd")
        if sd is None:
            continue
        slack = 2 * min(rounding(least), rounding(most))
        greatest = share * (most + cut - least)
        holds = sd - rounding(sd) <= greatest + share * slack
        yield Check(
            recipe.id,
            "spread within its extremes",
            holds,
            f"A standard deviation {_words(name)} of {sd:g} {'is possible' if holds else 'is impossible'} for {n} "
            f"repeats between {least:g} and {_most(most, cut)}: it is at most {greatest:.4f}.",
            f"({most + cut:g} − {least:g}) × {share:.3f} = {greatest:.4f}",
        )


def variance_of_spread(recipe: Recipe) -> Iterator[Check]:
    """Is a printed variance the square of the printed standard deviation?"""
    for entry in recipe.reported:
        if is_number(entry) and entry["metric"].endswith("_var"):
            variance, name = entry["value"], entry["metric"].removesuffix("_var")
            sd = printed_value(recipe, f"{name}_sd")
            if sd is not None:
                low, high = ((sd + sign * rounding(sd)) ** 2 for sign in (-1, 1))
                slack = 0.5 * unit(variance)
                yield Check(
                    recipe.id,
                    "variance against deviation",
                    low - slack <= variance <= high + slack,
                    f"The variance {_words(name)} that it prints is {plain(variance)}; its standard deviation, "
                    f"{sd:g}, gives {plain(sd * sd)}.",
                    f"{sd:g}² = {plain(sd * sd)}",
                )


def _extremes(recipe: Recipe) -> Iterator[tuple[str, float, float, float]]:
    """Each figure with its least and greatest value, and by how much cut-off digits may make the latter more."""
    for entry in recipe.reported:
        metric, note = entry["metric"], entry.get("note", "")
        if is_number(entry) and metric.endswith("_max") and not note.startswith(IN_WORDS):
            name = metric.removesuffix("_max")
            least = printed_value(recipe, f"{name}_min")
            if least is not None:
                yield name, least, entry["value"], unit(entry["value"]) if note.startswith(CUT_OFF) else 0.0


def _words(name: str) -> str:
    """``"of its repeats"`` for accuracy, which is what most know of a run; else of which figure."""
    return "of its repeats" if name == "accuracy" else f"of its repeats' {name}"


def _most(most: float, cut: float) -> str:
    return f"{most:g} (cut off in print: up to {most + cut:g})" if cut else f"{most:g}"
