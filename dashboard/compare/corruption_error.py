"""Errors on distorted pictures as a share of the baseline's, where there is a baseline to share with."""

from __future__ import annotations

import pandas as pd

from fer_core.formats import of_100
from fer_core.variants.registry import Variant


def column(table: pd.DataFrame) -> dict[str, list[str]]:
    """The column of a table whose ``mce`` has each model's; none without a measured baseline."""
    if table["mce"].isna().all():
        return {}
    return {"Mean corruption error": [of_100(value) for value in table["mce"]]}


def sentence(table: pd.DataFrame, baseline: Variant | None) -> str:
    """What the column says, or why it is not there and how to have it."""
    if baseline is None:
        return (
            "A baseline, chosen in the sidebar, adds each model's mean corruption error: its errors as a share of the "
            "baseline's (Hendrycks and Dietterich 2019)."
        )
    if table["mce"].isna().all():
        return (
            f"There is no mean corruption error, because {baseline.id}, the baseline, has not been measured under "
            "distortions."
        )
    return (
        f"Mean corruption error: errors as a share of those of {baseline.id}, the baseline, averaged over the "
        "distortions (Hendrycks and Dietterich 2019); below 100 is better than it."
    )
