"""How good the models are, how sure that is, and what it costs."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from fer_core.charts.frame import (
    colour_scale,
    dashed_if_short,
    finish,
    hollow_if_short,
    hundred,
    shape_scale,
    short_key,
    with_lengths,
)
from fer_core.charts.palette import FAINT, INK, ModelStyle
from fer_core.charts.references import reference_key, reference_layers

_NARROW = (1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9)  # ticks where values lie close together
_SPLIT_ID = "split(datum.label, '.')"
_RIGHT = "Faces right out of 100 (accuracy)"
_KEY = (
    "Mark: all test faces, with the 95 % interval",
    "Tick: without faces that also stand in training (clean)",
)
# All that a chart shows of a row: the rest of a leaderboard would travel to the browser for nothing.
_SHOWN = ["id", "accuracy", "lo", "hi", "clean_accuracy", "training", "short"]
_FRONT = ("Dashed line: no other model is both", "better and cheaper (Pareto front)")
# Of so many points all are named, of more those on the front; a name takes about so much of the picture.
_ALL_NAMED, _NAME_WIDE, _NAME_HIGH = 9, 0.18, 0.06
_COST_WORDS = {
    "latency_ms": "Milliseconds per face (latency, log scale)",
    "size_mb": "Megabytes of the model file (size, log scale)",
    "parameters": "Parameters (log scale)",
}


def interval_chart(
    frame: pd.DataFrame,
    styles: dict[str, ModelStyle],
    baseline_id: str | None = None,
    references: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """A dot for each model's accuracy with a whisker for its 95 % interval, the best on top.

    ``frame`` has ``id, accuracy, lo, hi, clean_accuracy`` (fractions); rows without accuracy are left out. Where it
    has ``training`` ("4 of 150 epochs") and ``whole``, models that were not trained to their end are hollow with a
    dashed whisker. The tick is the accuracy without leaked pictures; a dashed line marks the baseline. ``references``:
    see :func:`fer_core.charts.references.reference_layers`.
    """
    rows = _scored(frame).dropna(subset=["accuracy"]).sort_values("accuracy", ascending=False)
    ids = rows["id"].tolist()
    base = alt.Chart(rows).encode(
        y=alt.Y(
            "id:N",
            sort=ids,
            axis=alt.Axis(title=None, labelExpr=_SPLIT_ID, labelLineHeight=14, labelOverlap=False),
        ),
        color=alt.Color("id:N", scale=colour_scale(styles, ids), legend=None),
        tooltip=_score_tooltips(),
    )
    x = {"title": _RIGHT, "axis": hundred(), "scale": alt.Scale(zero=False, nice=True, padding=12)}
    whisker = base.mark_rule(strokeWidth=3, opacity=0.75).encode(
        x=alt.X("lo:Q", **x), x2=alt.X2("hi:Q"), strokeDash=dashed_if_short()
    )
    dot = base.mark_point(size=70, opacity=1).encode(
        x=alt.X("accuracy:Q", **x),
        shape=alt.Shape("id:N", scale=shape_scale(styles, ids), legend=None),
        **hollow_if_short(styles, ids),
    )
    clean = base.mark_tick(thickness=2, size=14).encode(x=alt.X("clean_accuracy:Q"))
    layers = [*reference_layers(references), *_baseline_rule(rows, baseline_id), whisker, clean, dot]
    return finish(
        alt.layer(*layers).properties(height=38 * len(rows)),
        _RIGHT.split(" (")[0],
        _KEY + short_key(rows) + reference_key(references),
    )


def tradeoff_chart(
    frame: pd.DataFrame, cost: str, on_front: pd.Series, styles: dict[str, ModelStyle]
) -> alt.LayerChart:
    """Accuracy over a cost, ``latency_ms``, ``size_mb`` or ``parameters``; the line joins the Pareto front.

    ``on_front`` is a boolean series with the frame's index: no other model is both better and cheaper. Models that
    were not trained to their end are hollow, as in :func:`interval_chart`.
    """
    front = on_front.reindex(frame.index, fill_value=False)
    rows = _scored(frame, cost).assign(front=front).dropna(subset=["accuracy", cost])
    rows["named"] = _have_room(rows, cost, rows["front"] | (len(rows) <= _ALL_NAMED))
    ids = rows["id"].tolist()
    x = alt.X(
        f"{cost}:Q",
        title=_COST_WORDS[cost],
        scale=alt.Scale(type="log", nice=False, padding=30),
        axis=_log_axis(rows[cost], cost),
    )
    across = {"title": _RIGHT, "axis": hundred(), "scale": alt.Scale(zero=False, padding=18)}
    y = alt.Y("accuracy:Q", **across)
    base = alt.Chart(rows).encode(x=x, tooltip=_score_tooltips(cost))
    colour = alt.Color("id:N", scale=colour_scale(styles, ids), legend=None)
    whisker = base.mark_rule(strokeWidth=1.5, opacity=0.55).encode(
        y=alt.Y("lo:Q", **across), y2=alt.Y2("hi:Q"), color=colour
    )
    dot = base.mark_point(opacity=1).encode(
        y=y,
        shape=alt.Shape("id:N", scale=shape_scale(styles, ids), legend=None),
        size=alt.SizeValue(75, condition={"test": "datum.front", "value": 150}),
        **hollow_if_short(styles, ids),
    )
    layers = [_front(base, y), whisker, dot, _point_names(base, y)]
    return finish(alt.layer(*layers).properties(height=340), "What accuracy costs", _FRONT + short_key(rows))


def _scored(frame: pd.DataFrame, *more: str) -> pd.DataFrame:
    """Of a frame what a chart shows, with ``short``: whether a model was not trained to its end."""
    return with_lengths(frame)[[*_SHOWN, *more]]


def _front(base: alt.Chart, y: alt.Y) -> alt.Chart:
    """The steps that join what nothing beats."""
    line = base.transform_filter("datum.front").encode(y=y)
    return line.mark_line(interpolate="step-after", color=FAINT, strokeDash=[5, 4], strokeWidth=1.5)


def _point_names(base: alt.Chart, y: alt.Y) -> alt.Chart:
    named = base.transform_filter("datum.named").transform_calculate(name="split(datum.id, '.')[1]")
    return named.mark_text(align="center", dy=-14, color=INK, fontSize=11).encode(
        y=y, text=alt.Text("name:N")
    )


def _have_room(rows: pd.DataFrame, cost: str, wanted: pd.Series) -> pd.Series:
    """Which of the ``wanted`` points can be named without one name lying on another: the more accurate first."""
    across, up = np.log(rows[cost].to_numpy(float)), rows["accuracy"].to_numpy(float)
    wide, high = np.ptp(across), rows["hi"].max() - rows["lo"].min()
    kept: list[int] = []
    for at in np.argsort(-up, kind="stable"):
        apart = [
            abs(across[at] - across[other]) > _NAME_WIDE * wide or abs(up[at] - up[other]) > _NAME_HIGH * high
            for other in kept
        ]
        if wanted.iloc[at] and all(apart):
            kept.append(int(at))
    return pd.Series(np.isin(np.arange(len(rows)), kept), rows.index)


def _baseline_rule(rows: pd.DataFrame, baseline_id: str | None) -> list[alt.Chart]:
    baseline = rows[rows["id"] == baseline_id]
    if baseline.empty:
        return []
    return [alt.Chart(baseline).mark_rule(color=FAINT, strokeDash=[4, 4]).encode(x=alt.X("accuracy:Q"))]


def _log_axis(values: pd.Series, cost: str) -> alt.Axis:
    low, high = values.min() / 1.6, values.max() * 1.6
    steps = (1, 2, 5) if high > 20 * low else (1, 1.5, 2, 3, 5, 7) if high > 6 * low else _NARROW
    ticks = [step * 10.0**power for power in range(-3, 10) for step in steps]
    return alt.Axis(
        values=[tick for tick in ticks if low <= tick <= high],
        format="~s" if cost == "parameters" else ",~r",
        grid=True,
    )


def _score_tooltips(cost: str | None = None) -> list[alt.Tooltip]:
    tips = [
        alt.Tooltip("id:N", title="Model"),
        alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
        alt.Tooltip("lo:Q", title="95 % from", format=".1%"),
        alt.Tooltip("hi:Q", title="95 % to", format=".1%"),
        alt.Tooltip("clean_accuracy:Q", title="Clean accuracy", format=".1%"),
        alt.Tooltip("training:N", title="Trained"),
    ]
    if cost:
        tips.append(alt.Tooltip(f"{cost}:Q", title=_COST_WORDS[cost].split(" (")[0], format=",.3~f"))
    return tips
