"""How much each member of an ensemble has to say."""

from __future__ import annotations

import altair as alt
import pandas as pd

from fer_core.charts.frame import colour_scale, finish
from fer_core.charts.palette import INK, ModelStyle

_ROW_HEIGHT = 44


def weight_chart(weights: dict[str, float], styles: dict[str, ModelStyle], title: str) -> alt.LayerChart:
    """A bar for each member's weight (fractions, sum 1), the number at its end and the name above it."""
    rows = pd.DataFrame({"id": list(weights), "weight": list(weights.values())})
    rows = rows.sort_values("weight", ascending=False, ignore_index=True)
    rows["text"] = [f"{100 * weight:.0f}" for weight in rows["weight"]]
    ids = rows["id"].tolist()
    place = alt.Y("id:N", sort=ids, axis=None, scale=alt.Scale(paddingInner=0.55, paddingOuter=0.4))
    base = alt.Chart(rows).encode(
        y=place,
        tooltip=[alt.Tooltip("id:N", title="Model"), alt.Tooltip("weight:Q", title="Weight", format=".1%")],
    )
    across = alt.X("weight:Q", title="Weight, percent", axis=alt.Axis(labelExpr="round(datum.value * 100)"))
    bar = base.mark_bar(cornerRadius=2).encode(
        x=across, color=alt.Color("id:N", scale=colour_scale(styles, ids), legend=None)
    )
    number = base.mark_text(align="left", dx=5, color=INK, fontSize=12).encode(
        x=across, text=alt.Text("text:N")
    )
    name = base.mark_text(align="left", dy=-17, color=INK, fontSize=13, fontWeight=600).encode(
        x=alt.XValue(2), text=alt.Text("id:N")
    )
    chart = alt.layer(bar, number, name).properties(height=_ROW_HEIGHT * len(ids))
    return finish(chart, title, ("A member without weight is left out of the file",))
