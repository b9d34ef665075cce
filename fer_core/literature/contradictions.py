"""Where a report contradicts itself, found by arithmetic on the figures that it printed.

Nothing here needs a model: every check takes what stands in a recipe's ``reported`` entries, allows for the
rounding of the printed digits, and shows its calculation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.literature.printed import (
    MEASURES,
    SUPPORTS,
    harmonic,
    is_mean_of_repeats,
    is_number,
    matrices,
    matrix_entries,
    per_emotion,
    printed_value,
    rounding,
    shares_of_emotions,
    weighted_sum,
)
from fer_core.recipes.recipe import Recipe

_TIE = 1e-6  # two roundings that touch in one point only are two values


@dataclass(frozen=True)
class Check:
    """One check of one variant's printed figures.

    ``kind`` names the check, ``arithmetic`` shows it with its numbers, ``holds`` is whether the figures agree
    within their rounding, and ``sentence`` says what was found.
    """

    variant: str
    kind: str
    holds: bool
    sentence: str
    arithmetic: str


def check_recipe(recipe: Recipe) -> list[Check]:
    """Every check that the reported figures of one recipe allow, in the order of this file."""
    return [check for checker in CHECKERS for check in checker(recipe)]


def two_values(recipe: Recipe) -> Iterator[Check]:
    """Is one thing given one value?"""
    values: dict[tuple[str, str], list[float]] = {}
    for entry in recipe.reported:
        if is_number(entry):
            values.setdefault((entry["metric"], entry["protocol"]), []).append(entry["value"])
    for (metric, protocol), found in values.items():
        if len(found) > 1:
            apart = max(found) - min(found)
            holds = apart < sum(map(rounding, found[:2])) - _TIE
            told = " and ".join(f"{value:g}" for value in found)
            yield Check(
                recipe.id,
                "two values for one thing",
                holds,
                f"The report gives {metric} as {told}, for the same model and faces ({protocol}).",
                f"{max(found):g} − {min(found):g} = {apart:.4f}",
            )


def matrix_against_accuracy(recipe: Recipe) -> Iterator[Check]:
    """Is the share on a confusion matrix's diagonal the printed accuracy?"""
    accuracy = printed_value(recipe, "accuracy")
    for matrix in matrices(recipe):
        if accuracy is not None:
            right, total = int(matrix.trace()), int(matrix.sum())
            yield Check(
                recipe.id,
                "matrix against accuracy",
                abs(right / total - accuracy) <= rounding(accuracy),
                f"The diagonal of its confusion matrix holds {right:,} of {total:,} faces, "
                f"{100 * right / total:.1f} %; the accuracy it prints is {100 * accuracy:.1f} %.",
                f"{' + '.join(map(str, matrix.diagonal()))} = {right}; {right} / {total} = {right / total:.4f}, "
                f"not {accuracy:g}",
            )


def matrix_against_test_set(recipe: Recipe) -> Iterator[Check]:
    """Are a matrix's row sums the emotions of a test split?"""
    for entry, matrix in zip(matrix_entries(recipe), matrices(recipe), strict=True):
        rows = dict(zip(entry["order"], matrix.sum(axis=1).tolist(), strict=True))
        sums = tuple(rows[emotion] for emotion in EMOTIONS)
        splits = ("PublicTest", "PrivateTest", "PublicTest and PrivateTest")
        same = next((name for name in splits if SUPPORTS[name] == sums), None)
        private = SUPPORTS["PrivateTest"]
        sentence = (
            f"The rows of its confusion matrix add up to the faces of {same}."
            if same
            else "The rows of its confusion matrix add up to the faces of neither test split."
        )
        arithmetic = ", ".join(
            f"{emotion} {have} (PrivateTest {want})"
            for emotion, have, want in zip(EMOTIONS, sums, private, strict=True)
        )
        yield Check(recipe.id, "matrix against test set", same is not None, sentence, arithmetic)


def extremes_around_mean(recipe: Recipe) -> Iterator[Check]:
    """Does a mean over repeats lie between their least and their greatest value?"""
    mean, least, most = (printed_value(recipe, name) for name in ("accuracy", "accuracy_min", "accuracy_max"))
    if mean is not None and least is not None and most is not None:
        slack = min(rounding(least), rounding(most))  # one table prints both to the same digit
        holds = least - slack <= mean <= most + slack
        place = "lies between" if holds else "does not lie between"
        yield Check(
            recipe.id,
            "mean within its extremes",
            holds,
            f"The mean of its repeats, {mean:g}, {place} the least, {least:g}, and the greatest, {most:g}.",
            f"{least:g} ≤ {mean:g} ≤ {most:g} {'is true' if holds else 'is false'}",
        )


def spread_within_extremes(recipe: Recipe) -> Iterator[Check]:
    """Can repeats between these extremes have this standard deviation?

    Of n values the standard deviation is greatest where half lie at either end: the range times
    sqrt(floor(n/2) ceil(n/2) / (n (n - 1))) (Popoviciu's inequality for samples).
    """
    sd, least, most = (
        printed_value(recipe, name) for name in ("accuracy_sd", "accuracy_min", "accuracy_max")
    )
    n = recipe.repeats
    if sd is None or least is None or most is None or n < 2:
        return
    share = math.sqrt((n // 2) * (n - n // 2) / (n * (n - 1)))
    slack = 2 * min(rounding(least), rounding(most))
    greatest = share * (most - least)
    holds = sd - rounding(sd) <= share * (most - least + slack)
    can = "is possible" if holds else "is impossible"
    yield Check(
        recipe.id,
        "spread within its extremes",
        holds,
        f"A standard deviation of {sd:g} {can} for {n} repeats between {least:g} and {most:g}: "
        f"it is at most {greatest:.4f}.",
        f"({most:g} − {least:g}) × {share:.3f} = {greatest:.4f}",
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
            told = printed_value(recipe, f"{kind}_{measure}")
            if told is not None and shares is not None:
                exact = float(values @ shares)
                slack = rounding(told) + max(map(rounding, values.tolist()))
                yield Check(
                    recipe.id,
                    "averages of the emotions",
                    abs(exact - told) <= slack,
                    f"The {kind} {measure} that it prints is {told:g}; its seven emotions give {exact:.3f}.",
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
    matrix_against_accuracy,
    matrix_against_test_set,
    extremes_around_mean,
    spread_within_extremes,
    f1_of_precision_and_recall,
    averages_of_classes,
    recall_against_accuracy,
)
