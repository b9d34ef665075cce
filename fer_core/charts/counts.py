"""How many pictures of each emotion there are, in several sets beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fer_core.charts.frame import finish
from fer_core.charts.palette import ACCENT, FAINT, INK, WORSE, emotion_label
from fer_core.emotions import EMOTIONS

_BAR_HEIGHT = 15
_COLOURS = (ACCENT, WORSE, FAINT)


def count_chart(
    frame: pd.DataFrame, title: str, subtitle: Sequence[str] = (), shares: bool = False
) -> alt.LayerChart:
    """A bar for each emotion and set, its count in figures at its end; ``frame``: ``series, emotion, count``.

    At most three ``series``, in the order of the frame. With ``shares`` the bars' lengths are percent of their
    set, so that sets of unlike size can be compared; else they are pictures.
    """
    series = list(dict.fromkeys(frame["series"]))
    names = [emotion_label(name) for name in EMOTIONS]
    field, unit = ("share:Q", "Percent of its set") if shares else ("count:Q", "Pictures")
    length = alt.X(field, title=unit, axis=alt.Axis(tickCount=6))
    base = alt.Chart(_rows(frame)).encode(
        x=length,
        y=alt.Y("label:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False)),
        yOffset=alt.YOffset("series:N", sort=series),
        tooltip=_tooltip(),
    )
    legend = alt.Legend(title=None, orient="top", offset=2) if len(series) > 1 else None
    colour = alt.Color(
        "series:N", scale=alt.Scale(domain=series, range=list(_COLOURS[: len(series)])), legend=legend
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=colour)
    words = alt.Text("count:Q", format=",d")
    figures = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text=words)
    height = len(EMOTIONS) * (len(series) * _BAR_HEIGHT + 8)
    return finish(alt.layer(bars, figures).properties(height=height), title, subtitle)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("series:N", title="Set"),
        alt.Tooltip("label:N", title="Emotion"),
        alt.Tooltip("count:Q", title="Pictures", format=",d"),
        alt.Tooltip("share:Q", title="Percent of its set", format=".1f"),
    ]


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    totals = frame.groupby("series")["count"].transform("sum").clip(lower=1)
    return pd.DataFrame(
        {
            "series": frame["series"].to_numpy(),
            "label": [emotion_label(name) for name in frame["emotion"]],
            "count": frame["count"].to_numpy(),
            "share": (100 * frame["count"] / totals).to_numpy(),
        }
    )
