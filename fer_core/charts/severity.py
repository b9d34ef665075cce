"""How accuracy falls as faces are distorted more."""

from __future__ import annotations

import altair as alt
import pandas as pd

from fer_core.charts.frame import colour_scale, dash_scale, finish, model_legend, shape_scale
from fer_core.charts.palette import INK, ModelStyle


def severity_chart(
    frame: pd.DataFrame, title: str, unit: str, styles: dict[str, ModelStyle]
) -> alt.LayerChart:
    """Accuracy by severity, a line a model, for one distortion; severity 0 is the untouched test set.

    ``frame`` has ``variant, severity, level, accuracy``: fractions, and ``level`` as text in ``unit``; ``lo, hi``, the
    ends of intervals, are drawn where it has them. Of nearly equal accuracies only those are written for whose
    numbers there is room beside all points.
    """
    frame = frame.assign(number=_sides(frame))
    ids = list(dict.fromkeys(frame["variant"]))
    ticks = sorted(frame["severity"].unique())
    axis = alt.Axis(values=ticks, format="d", grid=False)
    in_percent = alt.Axis(labelExpr="round(datum.value * 1000) / 10")
    base = alt.Chart(frame).encode(
        x=alt.X("severity:Q", title="Severity (0: untouched)", axis=axis, scale=alt.Scale(padding=14)),
        y=alt.Y("accuracy:Q", title="Faces right out of 100 (accuracy)", axis=in_percent),
        color=alt.Color("variant:N", scale=colour_scale(styles, ids), legend=model_legend(of_shapes=True)),
        tooltip=[
            alt.Tooltip("variant:N", title="Model"),
            alt.Tooltip("severity:Q", title="Severity"),
            alt.Tooltip("level:N", title=unit.capitalize()),
            alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
        ],
    )
    dash = alt.StrokeDash("variant:N", scale=dash_scale(styles, ids), legend=None)
    shape = alt.Shape("variant:N", scale=shape_scale(styles, ids), legend=model_legend(of_shapes=True))
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dash)
    points = base.mark_point(filled=True, size=55, opacity=1).encode(shape=shape)
    numbers = [
        base.transform_filter(f"datum.number === {side}")
        .transform_calculate(word="format(datum.accuracy * 100, '.0f')")
        .mark_text(dy=-side * _OFF, fontSize=_WRITING)
        .encode(text=alt.Text("word:N"), color=alt.ColorValue(INK))
        for side in (_ABOVE, _BELOW)
    ]
    layers = [lines, points, *numbers] if len(ids) <= _MOST_NUMBERED else [lines, points]
    subtitle = [f"Levels: {unit}"]
    if "lo" in frame:
        layers = [*(_intervals(frame, name, styles[name].colour) for name in ids), *layers]
        subtitle.append("Bars: 95 % intervals")
    return finish(alt.layer(*layers).properties(height=_HEIGHT), title, tuple(subtitle))


def _sides(frame: pd.DataFrame) -> pd.Series:
    """Where each point's number stands, :data:`_ABOVE`, :data:`_BELOW` or 0 for nowhere: the higher point of a
    severity first, above where that is free."""
    pixels = frame["accuracy"] * _HEIGHT / frame["accuracy"].max()
    sides = pd.Series(0, frame.index)
    for _, column in pixels.groupby(frame["severity"]):
        taken: list[float] = []
        for at, height in column.sort_values(ascending=False, kind="stable").items():
            points = column.drop(at)
            for side in (_ABOVE, _BELOW):
                place = height + side * _OFF
                on_points = (points - place).abs() < _CLEAR
                if not on_points.any() and all(abs(place - other) >= _WRITING for other in taken):
                    sides[at] = side
                    taken.append(place)
                    break
    return sides


def _intervals(frame: pd.DataFrame, name: str, colour: str) -> alt.Chart:
    """One model's pale bars; coloured as a whole, so that they leave the legend's marks as they are."""
    return (
        alt.Chart(frame[frame["variant"] == name])
        .mark_rule(strokeWidth=2, opacity=0.35, color=colour)
        .encode(x="severity:Q", y="lo:Q", y2="hi:Q")
    )


_HEIGHT = 320  # pixels, as all below but the last
_WRITING = 11
_OFF = 11  # a number's middle from its point's
_CLEAR = 10  # and from any other point's
_ABOVE, _BELOW = 1, -1
_MOST_NUMBERED = 4  # lines; the numbers of more would lie over each other
