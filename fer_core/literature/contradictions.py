"""Where a report contradicts itself, found by arithmetic on the figures that it printed.

Nothing here needs a model: every check takes what stands in a recipe's ``reported`` entries and in the report's
``printed.csv``, allows for the rounding of the printed digits, and shows its calculation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.literature import matrices, spread_checks, statements
from fer_core.literature.checks import Check
from fer_core.literature.lines import IN_WORDS, with_printed
from fer_core.literature.reported_values import (
    MEASURES,
    harmonic,
    is_mean_of_repeats,
    is_number,
    per_emotion,
    printed_value,
    rounding,
    shares_of_emotions,
    weighted_sum,
)
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe

_TIE = 1e-6  # two roundings that touch in one point only are two values


def check_report(family: str) -> list[Check]:
    """Every check of a report: of its variants' figures, then of what it says of several or of the data set."""
    recipes = [read_recipe(path) for name, path in list_recipes().items() if name.startswith(f"{family}.")]
    return [check for recipe in recipes for check in check_recipe(recipe)] + list(
        statements.of_report(family)
    )


def check_recipe(recipe: Recipe) -> list[Check]:
    """Every check that the printed figures of one recipe allow, in the order of CHECKERS."""
    printed = with_printed(recipe)
    return [check for checker in CHECKERS for check in checker(printed)]


def two_values(recipe: Recipe) -> Iterator[Check]:
    """Is one thing given one value?"""
    values: dict[tuple[str, str], list[float]] = {}
    for entry in recipe.reported:
        if is_number(entry) and not entry.get("note", "").startswith(IN_WORDS):
            values.setdefault((entry["metric"], entry["protocol"]), []).append(entry["value"])
    for (metric, protocol), found in values.items():
        if len(found) > 1:
            apart = max(found) - min(found)
            holds = apart < sum(map(rounding, found[:2])) - _TIE
            printed = " and ".join(f"{value:g}" for value in found)
            yield Check(
                recipe.id,
                "two values for one thing",
                holds,
                f"The report gives {metric} as {printed}, for the same model and faces ({protocol}).",
                f"{max(found):g} − {min(found):g} = {apart:.4f}",
            )


def f1_of_precision_and_recall(recipe: Recipe) -> Iterator[Check]:
    """Is each emotion's F1 the harmonic mean of its precision and recall? Means over repeats need not be."""
    table = per_emotion(recipe)
    if table is None or is_mean_of_repeats(recipe, "f1_happy"):
        return
    for emotion, (precision, recall, f1) in zip(EMOTIONS, table.T, strict=True):
        ends = [
            harmonic(precision + sign * rounding(precision), recall + sign * rounding(recall))
            for sign in (-1, 1)
        ]
        exact = harmonic(precision, recall)
        yield Check(
            recipe.id,
            "F1 from precision and recall",
            ends[0] - rounding(f1) <= f1 <= ends[1] + rounding(f1),
            f"For {emotion}, the F1 that it prints is {f1:g}; its precision and recall give {exact:.3f}.",
            f"2 × {precision:g} × {recall:g} / ({precision:g} + {recall:g}) = {exact:.4f}",
        )


def averages_of_classes(recipe: Recipe) -> Iterator[Check]:
    """Are the macro averages the means of the seven emotions, and the weighted ones those by faces?"""
    table, weights = per_emotion(recipe), shares_of_emotions(recipe)
    if table is None:
        return
    for kind, shares in (("macro", np.full(len(EMOTIONS), 1 / len(EMOTIONS))), ("weighted", weights)):
        for measure, values in zip(MEASURES, table, strict=True):
            printed = printed_value(recipe, f"{kind}_{measure}")
            if printed is not None and shares is not None:
                exact = float(values @ shares)
                slack = rounding(printed) + max(map(rounding, values.tolist()))
                yield Check(
                    recipe.id,
                    "averages of the emotions",
                    abs(exact - printed) <= slack,
                    f"The {kind} {measure} that it prints is {printed:g}; its seven emotions give {exact:.3f}.",
                    weighted_sum(values, shares, exact),
                )


def recall_against_accuracy(recipe: Recipe) -> Iterator[Check]:
    """Recalls weighted by faces are the accuracy: are they?"""
    table, weights, accuracy = (
        per_emotion(recipe),
        shares_of_emotions(recipe),
        printed_value(recipe, "accuracy"),
    )
    if table is None or weights is None or accuracy is None:
        return
    exact = float(table[1] @ weights)
    slack = rounding(accuracy) + max(map(rounding, table[1].tolist()))
    yield Check(
        recipe.id,
        "recall against accuracy",
        abs(exact - accuracy) <= slack,
        f"The accuracy that it prints is {accuracy:g}; the recalls of its seven emotions give {exact:.4f}.",
        weighted_sum(table[1], weights, exact),
    )


CHECKERS: tuple[Callable[[Recipe], Iterator[Check]], ...] = (
    two_values,
    matrices.against_accuracy,
    matrices.against_chance,
    matrices.against_test_set,
    statements.overall_against_parts,
    spread_checks.extremes_around_mean,
    spread_checks.spread_within_extremes,
    spread_checks.variance_of_spread,
    f1_of_precision_and_recall,
    averages_of_classes,
    recall_against_accuracy,
    statements.count_against_share,
    statements.log_against_table,
    statements.differences,
)
