"""Every decimal that the five reports print, with the line it stands in: ``experiments/<report>/printed.csv``.

One row for each decimal of a report's text, in its order. What a recipe's ``reported`` entries or
``references.yaml`` say is not said again: the row names the figure and leaves its value empty. What stands nowhere
else has its value here. What is no figure of a network (a section's number, a setting) says so under ``aside``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.errors import RecipeError
from fer_core.literature.references import reference_value
from fer_core.literature.reports import list_reports
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe

COLUMNS = ("line", "where", "variant", "metric", "against", "epoch", "value", "note", "aside")
CURVES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
#: The first words of a note: digits are missing at the value's end; a bound or a range, no figure of a run.
CUT_OFF, IN_WORDS = "cut off in print", "in words"
OF_REFERENCES = "reference:"
_OF_REPEATS = ("_sd", "_min", "_max", "_var", "_se")
_PARTS = ("train", "val")


@dataclass(frozen=True)
class Line:
    """One decimal of a report.

    ``line`` of its text, from 1; ``where`` a reader of the report finds it; ``metric`` of ``variant``, as in recipes'
    ``reported`` entries, of one ``epoch`` where it is a log's, minus that of the variant ``against`` where it is a
    difference. ``value`` is a fraction or in nats, None where it stands elsewhere. ``aside`` is why it is no figure
    of a network ("" where it is one); ``text`` is then the decimal as printed.
    """

    family: str
    line: int
    where: str
    variant: str
    metric: str
    against: str
    epoch: int | None
    value: float | None
    text: str
    note: str
    aside: str


@cache
def list_lines(family: str) -> tuple[Line, ...]:
    """The decimals of one report in the order of its text; RecipeError where the file is wrong."""
    path = paths.EXPERIMENTS / family / "printed.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return tuple(_line(family, row) for row in rows)
    except (OSError, KeyError, ValueError) as error:
        raise RecipeError(f"{family}/{path.name} can't be read: {error}.") from error


def _line(family: str, row: dict[str, str]) -> Line:
    aside, value = row["aside"], row["value"]
    return Line(
        family=family,
        line=int(row["line"]),
        where=row["where"],
        variant=row["variant"],
        metric=row["metric"],
        against=row["against"],
        epoch=int(row["epoch"]) if row["epoch"] else None,
        value=float(value) if value and not aside else None,
        text=value if aside else "",
        note=row["note"],
        aside=aside,
    )


def with_printed(recipe: Recipe) -> Recipe:
    """The recipe with all that its report prints of it among its ``reported`` entries."""
    return replace(recipe, reported=(*recipe.reported, *printed_entries(recipe.id, recipe.reported)))


def printed_entries(variant_id: str, reported: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """What the report prints of a variant beyond its ``reported`` entries, as such entries.

    Of an epoch log, the epoch of lowest validation loss, unless an entry gives its accuracies.
    """
    family = variant_id.partition(".")[0]
    if family not in list_reports():
        return []
    figures = [
        (line.metric, line.value, line.note)
        for line in list_lines(family)
        if line.variant == variant_id and line.value is not None and line.epoch is None and not line.against
    ]
    known = {entry["metric"] for entry in reported}
    figures += [
        (metric, value, note) for metric, value, note in _best_of_log(variant_id) if metric not in known
    ]
    return [
        {"metric": metric, "value": value, "protocol": _protocol(metric, reported, family), "note": note}
        for metric, value, note in figures
    ]


def printed_history(variant_id: str) -> pd.DataFrame:
    """The epoch log that a report prints of a variant: ``epoch`` and CURVES, NaN where not printed, an epoch a row.

    Empty where none is printed. Accuracies are fractions, losses nats; validation is the report's own.
    """
    family = variant_id.partition(".")[0]
    if family not in list_reports():
        return pd.DataFrame(columns=["epoch", *CURVES])
    rows = [
        (line.epoch, line.metric, line.value)
        for line in list_lines(family)
        if line.variant == variant_id and line.value is not None and line.metric in CURVES and line.epoch
    ]
    table = pd.DataFrame(rows, columns=["epoch", "metric", "value"])
    wide = table.pivot_table(index="epoch", columns="metric", values="value").reindex(columns=list(CURVES))
    # A log has consecutive epochs; a single one that a sentence names is no curve.
    return wide.reset_index() if len(wide) > 1 else wide.iloc[:0].reset_index()


def printed_where(variant_id: str, metric: str, value: float) -> str:
    """Where a report prints a figure: ``"Table 1, line 246"``; "" where that is not known."""
    family = variant_id.partition(".")[0]
    found = [
        line
        for line in (list_lines(family) if family in list_reports() else ())
        if (line.variant, line.metric, line.against) == (variant_id, metric, "")
        and line.value in (None, value)
        and (line.epoch is None or line.value is not None)
    ]
    exact = [line for line in found if line.value is not None] or found
    numbers = [str(number) for number in dict.fromkeys(line.line for line in exact)]
    return f"{exact[0].where}, line{'s' * (len(numbers) > 1)} {', '.join(numbers)}" if exact else ""


def known_values(line: Line) -> list[float]:
    """Every value that Faceoff has for the figure of a line: fractions, or nats."""
    if line.metric.startswith(OF_REFERENCES):
        return [reference_value(line.metric.removeprefix(OF_REFERENCES))]
    same = [
        other.value
        for other in list_lines(line.family)
        if other.value is not None
        and (other.variant, other.metric, other.epoch, other.against)
        == (line.variant, line.metric, line.epoch, line.against)
    ]
    if line.epoch is None and not line.against:
        same += [
            entry["value"]
            for entry in reported_entries(line.variant)
            if entry["metric"] == line.metric and isinstance(entry.get("value"), (int, float))
        ]
    return same


@cache
def reported_entries(variant_id: str) -> tuple[dict[str, Any], ...]:
    """The ``reported`` entries of a recipe of the library; none for an id that is not there."""
    path = list_recipes().get(variant_id)
    return read_recipe(path).reported if path else ()


def _best_of_log(variant_id: str) -> Iterator[tuple[str, float, str]]:
    log = printed_history(variant_id).dropna()
    if not log.empty:
        best = log.loc[log["val_loss"].idxmin()]
        for metric in CURVES:
            yield (
                metric,
                float(best[metric]),
                f"epoch {best['epoch']:.0f} of its log, of lowest validation loss",
            )


def _protocol(metric: str, reported: tuple[dict[str, Any], ...], family: str) -> str:
    """What a figure was measured on: as another one of the same part says, or as the report does."""
    report = list_reports()[family]
    if metric.endswith("_distorted"):
        return report.parts.get("distorted", report.split)
    part = metric.partition("_")[0]
    if part in _PARTS:
        same = (entry["protocol"] for entry in reported if entry["metric"].startswith(f"{part}_"))
        return next(same, None) or report.parts.get(part, report.split)
    base = metric
    for end in _OF_REPEATS:
        base = base.removesuffix(end)
    of_test = [entry for entry in reported if entry["metric"].partition("_")[0] not in _PARTS]
    exact = (entry["protocol"] for entry in of_test if entry["metric"] == base)
    first = next((entry["protocol"] for entry in of_test), None)
    return next(exact, None) or first or report.parts.get("test", report.split)
