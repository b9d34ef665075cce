"""Learning curves."""

from __future__ import annotations

import altair as alt
import pandas as pd

from fer_core.charts.frame import colour_scale, finish, model_legend, shape_scale
from fer_core.charts.palette import ModelStyle

_WORDS = {
    "accuracy": (
        "Faces right out of 100, epoch by epoch",
        "Faces right out of 100 (accuracy)",
        "higher is better",
    ),
    "loss": ("Loss, epoch by epoch", "Loss (nats per face)", "lower is better"),
}


_PRINTED = "as its report prints it"


def learning_chart(
    histories: pd.DataFrame,
    measure: str,
    styles: dict[str, ModelStyle],
    printed: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Training and validation by epoch: ``variant`` and the columns of ``history.csv``.

    ``measure`` is ``"accuracy"`` (fractions) or ``"loss"``. Solid with points: validation; dotted: training.
    ``printed`` has the same columns, of epochs that a report prints: faint lines without points.
    """
    title, unit, direction = _WORDS[measure]
    columns = {f"train_{measure}": "training", f"val_{measure}": "validation"}
    printed_runs = [] if printed is None or printed.empty else [printed.assign(source=_PRINTED)]
    both = pd.concat([*([histories.assign(source="here")] if len(histories) else []), *printed_runs])
    keys = ["variant", "epoch", "source"]
    rows = both.melt(keys, list(columns), "set", "value").replace({"set": columns})
    ids = list(dict.fromkeys(both["variant"]))
    in_percent = measure == "accuracy"
    axis = alt.Axis(labelExpr="round(datum.value * 1000) / 10" if in_percent else "datum.label", grid=True)
    across = alt.Axis(tickMinStep=1, grid=False)
    base = alt.Chart(rows).encode(
        x=alt.X("epoch:Q", title="Epoch (one pass over the training faces)", axis=across),
        y=alt.Y("value:Q", title=unit, axis=axis, scale=alt.Scale(zero=False)),
        color=alt.Color("variant:N", scale=colour_scale(styles, ids), legend=model_legend(of_shapes=True)),
        tooltip=[
            alt.Tooltip("variant:N", title="Model"),
            alt.Tooltip("set:N", title="Faces"),
            alt.Tooltip("source:N", title="Trained"),
            alt.Tooltip("epoch:Q", title="Epoch"),
            alt.Tooltip("value:Q", title=measure.capitalize(), format=".1%" if in_percent else ".3f"),
        ],
    )
    subtitle = ["Solid: faces held back for choosing (validation)", f"Dotted: training faces; {direction}"]
    if printed_runs:
        subtitle.append(f"Faint: {_PRINTED}, on its own validation faces")
    shape = alt.Shape("variant:N", scale=shape_scale(styles, ids), legend=model_legend(of_shapes=True))
    layers = _two_lines(base.transform_filter("datum.source == 'here'"), shape)
    if printed_runs:
        layers = _faint_lines(base.transform_filter(f"datum.source == '{_PRINTED}'")) + layers
    return finish(layers.properties(height=340), title, subtitle)


def _faint_lines(base: alt.Chart) -> alt.LayerChart:
    """The same two lines, thin, pale and without points."""
    training = base.transform_filter("datum.set == 'training'").mark_line(strokeDash=[2, 3], strokeWidth=1.2)
    validation = base.transform_filter("datum.set == 'validation'").mark_line(strokeWidth=1.2)
    return training.encode(opacity=alt.OpacityValue(0.75)) + validation.encode(opacity=alt.OpacityValue(0.75))


def _two_lines(base: alt.Chart, shape: alt.Shape) -> alt.LayerChart:
    """Training dotted, validation solid with a point an epoch."""
    training = base.transform_filter("datum.set == 'training'")
    validation = base.transform_filter("datum.set == 'validation'")
    points = validation.mark_point(filled=True, size=28, opacity=1).encode(shape=shape)
    dotted = training.mark_line(strokeDash=[2, 3], strokeWidth=1.5, opacity=0.8)
    return dotted + validation.mark_line(strokeWidth=2.2) + points
