"""Cells of a handout's tables that more than one section has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from fer_core.evaluation.predictions import Predictions
from fer_core.formats import NOTHING, nats, of_100, signed

_METRIC_IN_NATS = "loss"


def yes_no(value: Any) -> str:
    """``"yes"``, ``"no"``, or a dash where it is not known."""
    return NOTHING if value is None or pd.isna(value) else "yes" if value else "no"


def figure(metric: str, value: float) -> str:
    """A figure of a handout, by its metric's name: losses in nats, the others of 100."""
    return nats(value) if _METRIC_IN_NATS in metric else of_100(value)


def signed_figure(metric: str, value: float) -> str:
    """The same with its sign."""
    return signed(value, 3) if _METRIC_IN_NATS in metric else signed(100 * value)


def text(value: Any) -> str:
    """A fact as text; whole numbers that a table with gaps holds as 10.0 stay whole."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def of_each(answers: Mapping[str, Predictions], make: Callable[[Predictions], pd.DataFrame]) -> pd.DataFrame:
    """``make`` of each variant's answers below each other, with the column ``variant`` in front."""
    tables = []
    for name, predictions in answers.items():
        table = make(predictions)
        table.insert(0, "variant", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
