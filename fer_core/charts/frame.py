"""What all charts have in common: models' scales and legend, title and background."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fer_core.charts.palette import INK, ModelStyle
from fer_core.formats import NOTHING


def colour_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The colours of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[styles[name].colour for name in ids])


def shape_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The point shapes of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[styles[name].shape for name in ids])


def dash_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The line dashes of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[list(styles[name].dash) for name in ids])


def with_lengths(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a bool column ``short``, models known not to have been trained to their end, by its column
    ``whole``, and ``training`` as texts; both columns may be missing."""
    known = frame.reindex(columns=["whole", "training"]).astype(object)
    training = known["training"].where(known["training"].notna(), NOTHING)
    return frame.assign(short=known["whole"].eq(False), training=training)


def hollow_if_short(styles: dict[str, ModelStyle], ids: Sequence[str]) -> dict[str, alt.SchemaBase]:
    """Encodings of a point in its model's colour, its outline alone where ``short``."""
    scale = colour_scale(styles, ids)
    return {
        "stroke": alt.Stroke("id:N", scale=scale, legend=None),
        "fill": alt.Fill("id:N", scale=scale, legend=None),
        "color": alt.ColorValue(None),
        "fillOpacity": opaque_unless_short(),
    }


def opaque_unless_short() -> alt.FillOpacityValue:
    """The opacity of a point's filling: none where ``short``."""
    return alt.FillOpacityValue(1, condition={"test": "datum.short", "value": 0})


def dashed_if_short() -> alt.StrokeDashValue:
    """The dashes of a whisker."""
    return alt.StrokeDashValue([1, 0], condition={"test": "datum.short", "value": [3, 3]})


def short_key(rows: pd.DataFrame) -> tuple[str, ...]:
    """The line that explains hollow marks; none where there are none."""
    return ("Hollow: not trained to its end, may improve",) if rows["short"].any() else ()


def hundred() -> alt.Axis:
    """The axis of accuracies: fractions, printed of 100."""
    return alt.Axis(labelExpr="round(datum.value * 1000) / 10", grid=True, tickCount=6)


def model_legend(of_shapes: bool = False) -> alt.Legend:
    """Names below the plot, one a line, so that a telephone can take them; ``of_shapes``: beside the models' marks, not
    their lines."""
    legend = alt.Legend(
        title=None, orient="bottom", direction="vertical", columns=1, labelLimit=260, rowPadding=3, offset=8
    )
    if of_shapes:  # the frame of a mark would be dashed as the model's line is
        legend.symbolStrokeWidth = 0
    return legend


def finish(
    chart: alt.LayerChart | alt.Chart, title: str, subtitle: Sequence[str] = ()
) -> alt.LayerChart | alt.Chart:
    """The common frame: title and subtitle lines on the left, no background of its own, drawn as SVG.

    The height of a chart is that of its plot; its width that of the page.
    """
    heading = alt.TitleParams(title, anchor="start", offset=14, fontSize=15, fontWeight=600)
    if subtitle:
        heading.subtitle = list(subtitle)
        heading.subtitleColor = INK
        heading.subtitleFontSize = 12
        heading.subtitlePadding = 6
    # Set one by one: ``properties`` would hold each against the whole schema, which takes longer than the chart.
    framed = chart.copy(deep=False)
    framed.title = heading
    framed.background = "transparent"
    framed.padding = {"left": 2, "right": 10, "top": 4, "bottom": 4}
    framed.autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    framed.usermeta = {"embedOptions": {"renderer": "svg"}}
    framed.config = {
        "view": {"stroke": None},
        "axis": {"labelLimit": 230, "labelPadding": 6, "titlePadding": 10, "titleFontSize": 12},
    }
    return framed
