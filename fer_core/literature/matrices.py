"""The confusion matrices that a report prints: what follows from their sums alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.literature.checks import Check
from fer_core.literature.reported_values import SUPPORTS, matrices, matrix_entries, printed_value, rounding
from fer_core.recipes.recipe import Recipe

#: A diagonal within so many standard deviations of what chance gives says nothing about the faces.
_REACH = 3


def printed_matrices(recipe: Recipe) -> list[np.ndarray]:
    """Printed confusion matrices as int (7, 7) in EMOTIONS order, rows true."""
    sorted_by_emotion = []
    for entry, matrix in zip(matrix_entries(recipe), matrices(recipe), strict=True):
        order = [entry["order"].index(emotion) for emotion in EMOTIONS]
        sorted_by_emotion.append(matrix[np.ix_(order, order)])
    return sorted_by_emotion


def chance(matrix: np.ndarray) -> tuple[float, float]:
    """How many faces the diagonal of a matrix (k, k) with these sums would hold by chance, and the standard deviation.

    The answers are dealt out anew to the faces, every order as likely: the mean of n picked entries of the table of
    hits is the sum of row sum times column sum over n, its variance Hoeffding's (1951).
    """
    rows, columns = matrix.sum(axis=1).astype(float), matrix.sum(axis=0).astype(float)
    n = rows.sum()
    expected = float(rows @ columns / n)
    centred = np.eye(len(rows)) - columns[:, None] / n - rows[None, :] / n + expected / n
    variance = float((np.outer(rows, columns) * centred**2).sum() / (n - 1))
    return expected, math.sqrt(variance)


def against_accuracy(recipe: Recipe) -> Iterator[Check]:
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


def against_chance(recipe: Recipe) -> Iterator[Check]:
    """Does a matrix's diagonal hold more faces than its row and column sums give by chance?"""
    for matrix in matrices(recipe):
        right, n = int(matrix.trace()), int(matrix.sum())
        expected, sd = chance(matrix)
        holds = right > expected + _REACH * sd
        found = (
            "more than chance" if holds else "no more than chance: its labels and answers are out of order"
        )
        terms = [
            f"{row} × {column}" for row, column in zip(matrix.sum(axis=1), matrix.sum(axis=0), strict=True)
        ]
        yield Check(
            recipe.id,
            "matrix against chance",
            holds,
            f"The diagonal of its confusion matrix holds {right:,} faces. Dealt out at random, the same answers would "
            f"put {expected:.0f} ± {sd:.0f} there, which makes it {found}.",
            f"({' + '.join(terms)}) / {n} = {expected:.1f}; ({right} − {expected:.1f}) / {sd:.1f} = "
            f"{(right - expected) / sd:+.2f} standard deviations",
        )


def against_test_set(recipe: Recipe) -> Iterator[Check]:
    """Are a matrix's row sums the emotions of a test split?"""
    for entry, matrix in zip(matrix_entries(recipe), matrices(recipe), strict=True):
        rows = dict(zip(entry["order"], matrix.sum(axis=1).tolist(), strict=True))
        sums = tuple(rows[emotion] for emotion in EMOTIONS)
        splits = (SplitName.PUBLIC_TEST, SplitName.PRIVATE_TEST, "PublicTest and PrivateTest")
        same = next((name for name in splits if SUPPORTS[name] == sums), None)
        private = SUPPORTS[SplitName.PRIVATE_TEST]
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
