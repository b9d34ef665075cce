"""What reports printed beside what came out here, and how their findings stand."""

from __future__ import annotations

import altair as alt
import pandas as pd

from fer_core.charts.frame import (
    dashed_if_short,
    finish,
    hundred,
    opaque_unless_short,
    short_key,
    with_lengths,
)
from fer_core.charts.palette import BETTER, FAINT, INK, WORSE
from fer_core.charts.references import reference_key, reference_layers

_ROW = 26  # pixels
_SPLIT_ID = "split(datum.label, '.')[1]"
_VERDICT_COLOURS = {
    "holds": BETTER,
    "does not hold": WORSE,
    "undecided": FAINT,
    "at equal length": FAINT,
    "not comparable yet": FAINT,
}
_OF_SHORT_RUNS = ("at equal length", "not comparable yet")


def reproduced_chart(
    frame: pd.DataFrame, title: str, references: pd.DataFrame | None = None
) -> alt.LayerChart:
    """One row a variant: a tick for the reported accuracy, a dot with its 95 % interval for ours.

    ``frame`` has ``id, reported, accuracy, lo, hi`` (fractions; NaN where unknown), in the order of the rows. Where it
    has ``training`` ("4 of 150 epochs") and ``whole``, models that were not trained to their end are hollow.
    ``references``: see :func:`fer_core.charts.references.reference_layers`.
    """
    frame = with_lengths(frame).assign(
        ends=frame[["reported", "hi"]].max(axis=1),
        words=[_words(row.reported, row.accuracy) for row in frame.itertuples()],
    )
    ids = frame["id"].tolist()
    y = alt.Y("id:N", sort=ids, axis=alt.Axis(title=None, labelExpr=_SPLIT_ID, labelLimit=230))
    x = {
        "title": "Faces right of 100 (accuracy), each under its own protocol",
        "axis": hundred(),
        "scale": alt.Scale(zero=False, nice=True, padding=14),
    }
    tooltips = [
        alt.Tooltip("id:N", title="Model"),
        alt.Tooltip("reported:Q", format=".1%", title="Reported"),
        alt.Tooltip("accuracy:Q", format=".1%", title="Reproduced"),
        alt.Tooltip("lo:Q", format=".1%", title="95 % from"),
        alt.Tooltip("hi:Q", format=".1%", title="to"),
        alt.Tooltip("training:N", title="Trained"),
    ]
    base = alt.Chart(frame).encode(y=y, tooltip=tooltips)
    link = base.mark_rule(color=FAINT, strokeDash=[2, 3]).encode(
        x=alt.X("reported:Q", **x), x2=alt.X2("accuracy:Q")
    )
    whisker = base.mark_rule(color=BETTER, strokeWidth=3, opacity=0.6).encode(
        x=alt.X("lo:Q", **x), x2=alt.X2("hi:Q"), strokeDash=dashed_if_short()
    )
    reported_tick = base.mark_tick(thickness=3, size=16, color=INK).encode(x=alt.X("reported:Q", **x))
    ours = base.mark_point(size=70, opacity=1, stroke=BETTER, fill=BETTER).encode(
        x=alt.X("accuracy:Q", **x), fillOpacity=opaque_unless_short()
    )
    number = base.mark_text(align="left", dx=9, fontSize=11, color=INK).encode(
        x=alt.X("ends:Q", **x), text=alt.Text("words:N")
    )
    key = ("Tick: as the report prints it", "Dot: reproduced, with its 95 % interval", *short_key(frame))
    key += reference_key(references)
    layers = (*reference_layers(references), link, whisker, reported_tick, ours, number)
    return finish(alt.layer(*layers).properties(height=_ROW * len(ids)), title, key)


def claim_chart(frame: pd.DataFrame, title: str) -> alt.LayerChart:
    """How far the variant that a report has ahead is ahead here, one row a comparison.

    ``frame`` has ``label`` (text, unique), ``advantage, lo, hi`` in ``unit`` (text, one for all), the
    advantage as a ``text`` to print, and ``verdict``. Where that is of runs that were not trained to their end, the
    row is hollow.
    """
    frame = frame.assign(short=frame["verdict"].isin(_OF_SHORT_RUNS))
    colours = {"domain": list(_VERDICT_COLOURS), "range": list(_VERDICT_COLOURS.values())}
    labels, unit = frame["label"].tolist(), frame["unit"].iloc[0]
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=labels, axis=alt.Axis(title=None, labelLimit=330)),
        color=alt.Color(
            "verdict:N",
            scale=alt.Scale(**colours),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Comparison"),
            alt.Tooltip("text:N", title=f"Advantage, {unit}"),
            alt.Tooltip("lo:Q", format="+.2f", title="95 % from"),
            alt.Tooltip("hi:Q", format="+.2f", title="to"),
            alt.Tooltip("verdict:N", title="Verdict"),
        ],
    )
    x = {"title": f"Advantage of the first, {unit}", "scale": alt.Scale(padding=16)}
    whisker = base.mark_rule(strokeWidth=3, opacity=0.7).encode(
        x=alt.X("lo:Q", **x), x2=alt.X2("hi:Q"), strokeDash=dashed_if_short()
    )
    dot = base.mark_point(size=70, opacity=1).encode(
        x=alt.X("advantage:Q", **x),
        fill=alt.Fill("verdict:N", scale=alt.Scale(**colours), legend=None),
        fillOpacity=opaque_unless_short(),
    )
    number = base.mark_text(dy=-11, fontSize=11).encode(
        x=alt.X("advantage:Q", **x), text=alt.Text("text:N"), color=alt.ColorValue(INK)
    )
    zero = (
        alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=INK, strokeDash=[4, 3]).encode(x=alt.X("x:Q"))
    )
    return finish(
        alt.layer(zero, whisker, dot, number).properties(height=max(2, len(labels)) * 34),
        title,
        ("Right of the dashed line: as the report says.", *short_key(frame)),
    )


def _words(reported: float, reproduced: float) -> str:
    """``"64.0 → 57.4"``, with a dash for what is unknown."""
    printed, ours = ("–" if pd.isna(value) else f"{100 * value:.1f}" for value in (reported, reproduced))
    return f"{printed} → {ours}"
