"""The figures that a recipe's ``reported`` entries hold, as numbers, with what their digits allow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.literature.reports import BOTH, list_reports
from fer_core.recipes.recipe import Recipe

#: Faces of each emotion in EMOTIONS order, in the test splits of FER2013 and in all of it.
SUPPORTS = {
    SplitName.PUBLIC_TEST: (467, 56, 496, 895, 607, 653, 415),
    SplitName.PRIVATE_TEST: (491, 55, 528, 879, 626, 594, 416),
    "PublicTest and PrivateTest": (958, 111, 1024, 1774, 1233, 1247, 831),
    "all of FER2013": (4953, 547, 5121, 8989, 6198, 6077, 4002),
}
MEASURES = ("precision", "recall", "f1")
OF_REPEATS = "repeats"  # in the protocol of figures that are means over runs


def is_number(entry: dict[str, Any]) -> bool:
    """Whether an entry of ``reported`` gives a number (and not a matrix, or nothing)."""
    return isinstance(entry.get("value"), (int, float))


def printed_value(recipe: Recipe, metric: str) -> float | None:
    """The first printed value of that metric."""
    found = (entry["value"] for entry in recipe.reported if entry["metric"] == metric and is_number(entry))
    return next(found, None)


def rounding(value: float) -> float:
    """Half a unit of the last digit that was printed, two digits at least: 0.005 for .6, 0.0005 for .687."""
    return min(0.005, 0.5 * unit(value)) + 1e-9


def unit(value: float) -> float:
    """One unit of the last digit that was printed: 0.01 for .69."""
    return 10.0 ** Decimal(str(value)).as_tuple().exponent


def matrix_entries(recipe: Recipe) -> list[dict[str, Any]]:
    """The entries that print a confusion matrix."""
    return [entry for entry in recipe.reported if entry["metric"] == "confusion_matrix"]


def matrices(recipe: Recipe) -> list[np.ndarray]:
    """Printed confusion matrices, int (7, 7), rows true, in the order that their entries name."""
    return [np.array(entry["matrix"]) for entry in matrix_entries(recipe)]


def per_emotion(recipe: Recipe) -> np.ndarray | None:
    """float (3, 7): precision, recall and F1 of each emotion; None unless all are printed."""
    rows = [[printed_value(recipe, f"{measure}_{emotion}") for emotion in EMOTIONS] for measure in MEASURES]
    return None if any(value is None for row in rows for value in row) else np.array(rows, float)


def shares_of_emotions(recipe: Recipe) -> np.ndarray | None:
    """The share of each emotion among the faces that the report tested on."""
    report = list_reports().get(recipe.family)
    if report is None:
        return None
    # A stratified split has the shares of the whole.
    support = SUPPORTS[
        "PublicTest and PrivateTest" if report.tested_on(recipe.id) == BOTH else "all of FER2013"
    ]
    return np.array(support) / sum(support)


def plain(value: float) -> str:
    """A figure without an exponent: ``"0.0000447"``, ``"0.69"``."""
    return f"{value:.7f}".rstrip("0").rstrip(".")


def is_mean_of_repeats(recipe: Recipe, metric: str) -> bool:
    """Whether that figure is printed as a mean over several runs."""
    return any(entry["metric"] == metric and OF_REPEATS in entry["protocol"] for entry in recipe.reported)


def harmonic(precision: float, recall: float) -> float:
    """F1 of a precision and a recall; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def weighted_sum(values: np.ndarray, shares: np.ndarray, total: float) -> str:
    """The sum of seven products written out."""
    terms: list[str] = [f"{share:.4f} × {value:g}" for share, value in zip(shares, values, strict=True)]
    return f"{' + '.join(terms)} = {total:.4f}"
