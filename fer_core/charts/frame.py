"""What all charts have in common: models' scales and legend, title and background."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from fer_core.charts.palette import INK, ModelStyle


def colour_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The colours of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[styles[name].colour for name in ids])


def shape_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The point shapes of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[styles[name].shape for name in ids])


def dash_scale(styles: dict[str, ModelStyle], ids: Sequence[str]) -> alt.Scale:
    """The line dashes of these models, in this order."""
    return alt.Scale(domain=list(ids), range=[list(styles[name].dash) for name in ids])


def model_legend() -> alt.Legend:
    """Names below the plot, one a line, so that a telephone can take them."""
    return alt.Legend(
        title=None, orient="bottom", direction="vertical", columns=1, labelLimit=260, rowPadding=3, offset=8
    )


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
    return chart.properties(
        title=heading,
        background="transparent",
        padding={"left": 2, "right": 10, "top": 4, "bottom": 4},
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        usermeta={"embedOptions": {"renderer": "svg"}},
        config={
            "view": {"stroke": None},
            "axis": {"labelLimit": 230, "labelPadding": 6, "titlePadding": 10, "titleFontSize": 12},
        },
    )
