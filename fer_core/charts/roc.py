"""ROC, precision-recall and reliability curves of several models."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fer_core.charts.frame import colour_scale, dash_scale, finish, model_legend
from fer_core.charts.palette import FAINT, ModelStyle

HEIGHT = 360


def roc_chart(frame: pd.DataFrame, styles: dict[str, ModelStyle], title: str) -> alt.LayerChart:
    """False alarms against finds of each model: ``variant, fpr, tpr, auc``, fractions; one curve a model."""
    chart = _lines(frame, styles, "fpr", "tpr", "False alarms of 100 other faces", "Found of 100 such faces")
    diagonal = pd.DataFrame({"x": [0, 1], "y": [0, 1]})
    guess = (
        alt.Chart(diagonal).mark_line(color=FAINT, strokeDash=[4, 4]).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    )
    return finish(
        (guess + chart).properties(height=HEIGHT),
        title,
        ["Higher and further left is better", "Straight dashes: guessing"],
    )


def precision_recall_chart(frame: pd.DataFrame, styles: dict[str, ModelStyle], title: str) -> alt.LayerChart:
    """Recall against precision: ``variant, recall, precision``, fractions; one curve a model."""
    chart = _lines(
        frame, styles, "recall", "precision", "Found of 100 such faces", "Right of 100 such answers"
    )
    return finish(
        alt.layer(chart).properties(height=HEIGHT), title, ["Higher and further right", "is better"]
    )


def reliability_chart(
    frame: pd.DataFrame, style: ModelStyle, title: str, subtitle: Sequence[str] = ()
) -> alt.LayerChart:
    """How often one model is right when it is so certain: ``confidence, accuracy, lo, hi, n`` a bin.

    Points on the dashed diagonal are honest; below it the model is too sure of itself. The area of a point
    grows with its faces; the whisker is the 95 % interval. Empty bins are left out.
    """
    rows = frame[frame["n"] > 0]
    ends = pd.DataFrame({"x": [0, 1], "y": [0, 1]})
    honest = alt.Chart(ends).mark_line(color=FAINT, strokeDash=[4, 4]).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    base = alt.Chart(rows).encode(
        x=_hundred("x", "confidence", "Certainty of the answer, percent"),
        tooltip=[
            alt.Tooltip("confidence:Q", title="Certainty", format=".1%"),
            alt.Tooltip("accuracy:Q", title="Right", format=".1%"),
            alt.Tooltip("n:Q", title="Faces"),
        ],
    )
    y = _hundred("y", "accuracy", "Right of 100 such answers")
    whisker = base.mark_rule(color=style.colour, strokeWidth=2, opacity=0.6).encode(
        y=_hundred("y", "lo", "Right of 100 such answers"), y2=alt.Y2("hi:Q")
    )
    line = base.mark_line(color=style.colour, strokeWidth=1.5).encode(y=y)
    dot = base.mark_point(filled=True, color=style.colour, shape=style.shape, opacity=1).encode(
        y=y, size=alt.Size("n:Q", scale=alt.Scale(range=[25, 220]), legend=None)
    )
    return finish((honest + whisker + line + dot).properties(height=300), title, subtitle)


def _lines(
    frame: pd.DataFrame, styles: dict[str, ModelStyle], x: str, y: str, x_title: str, y_title: str
) -> alt.Chart:
    ids = list(dict.fromkeys(frame["variant"]))
    tips = [alt.Tooltip("variant:N", title="Model")]
    if "auc" in frame:
        tips.append(alt.Tooltip("auc:Q", title="Area under the curve", format=".3f"))
    return (
        alt.Chart(frame)
        .mark_line(strokeWidth=2.4)
        .encode(
            x=_hundred("x", x, x_title),
            y=_hundred("y", y, y_title),
            order=alt.Order("step:Q"),
            color=alt.Color("variant:N", scale=colour_scale(styles, ids), legend=model_legend()),
            strokeDash=alt.StrokeDash("variant:N", scale=dash_scale(styles, ids), legend=model_legend()),
            tooltip=tips,
        )
        .transform_window(step="row_number()", groupby=["variant"])
    )


def _hundred(channel: str, field: str, title: str) -> alt.X | alt.Y:
    kind = alt.X if channel == "x" else alt.Y
    axis = alt.Axis(labelExpr="round(datum.value * 100)", tickCount=6, grid=True)
    return kind(f"{field}:Q", title=title, axis=axis, scale=alt.Scale(domain=[0, 1]))
