"""Lines to see by: how well people do, and the best networks known when the reports were written."""

from __future__ import annotations

import altair as alt
import pandas as pd

from fer_core.charts.palette import FAINT, INK

_HUMAN = "human"


def reference_layers(references: pd.DataFrame | None) -> list[alt.Chart]:
    """Upright lines over the accuracies of a chart, and bands where a margin is given; none without ``references``.

    ``references`` has ``kind`` (``"human"`` or another), ``name, quoted_in, protocol`` (texts), ``accuracy`` and
    ``margin`` (fractions).
    """
    if references is None or references.empty:
        return []
    rows = references.assign(
        low=references["accuracy"] - references["margin"], high=references["accuracy"] + references["margin"]
    )
    human = rows["kind"].eq(_HUMAN)
    tips = [
        alt.Tooltip("name:N", title="Line"),
        alt.Tooltip("accuracy:Q", format=".1%", title="Accuracy"),
        alt.Tooltip("quoted_in:N", title="Quoted in"),
        alt.Tooltip("protocol:N", title="Under"),
    ]
    band = alt.Chart(rows[rows["margin"] > 0]).mark_rect(color=FAINT, opacity=0.14)
    people = alt.Chart(rows[human]).mark_rule(color=INK, strokeDash=[1, 3], strokeWidth=1.6, opacity=0.6)
    best = alt.Chart(rows[~human]).mark_rule(color=FAINT, strokeDash=[7, 3, 1, 3], opacity=0.6)
    return [
        band.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), tooltip=tips),
        *(rule.encode(x=alt.X("accuracy:Q"), tooltip=tips) for rule in (people, best)),
    ]


def reference_key(references: pd.DataFrame | None) -> tuple[str, ...]:
    """The lines that explain them, with their figures; none without ``references``."""
    if references is None or references.empty:
        return ()
    human = references["kind"].eq(_HUMAN)
    return (
        f"Dotted and grey band: people ({_figures(references[human])} of 100)",
        f"Dash and dot: best known then ({_figures(references[~human])})",
    )


def _figures(rows: pd.DataFrame) -> str:
    ordered = rows.sort_values("accuracy")
    return ", ".join(
        f"{100 * row.accuracy:.3g}" + (f" ± {100 * row.margin:.3g}" if row.margin else "")
        for row in ordered.itertuples()
    )
