"""What each model said, moment by moment: a strip a model."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from fer_core.charts.frame import colour_scale, finish, shape_scale
from fer_core.charts.palette import EMOTION_COLOURS, INK, ModelStyle, emotion_label
from fer_core.emotions import EMOTIONS, GLYPHS

STRIP_HEIGHT = 52
_NAME, _STRIP = 0.22, 0.42
_COLUMNS = ("variant", "start_s", "end_s", "emotion", "prob", "glyph")
_LASTING = 4  # strips, for a glyph to have room
_FRAMED = "Colour: the answer; stronger: surer"


def of_one_face(answers: pd.DataFrame, face: int) -> pd.DataFrame:
    """The rows about ``face`` of ``time_s, face, …``; of moments without it, those about the first face there.

    So a timeline goes on where a face was lost and came back under another number.
    """
    other = (answers["face"] != face).rename("other")
    order = answers.assign(other=other).sort_values(["time_s", "other", "face"], kind="stable")
    kept = order["face"] == order.groupby("time_s")["face"].transform("first")
    return order[kept].drop(columns="other")


def timeline_strips(answers: pd.DataFrame, step_s: float) -> pd.DataFrame:
    """What :func:`timeline_chart` draws, of ``time_s, variant, emotion, prob`` about one face.

    Columns ``variant, start_s, end_s, emotion, prob, glyph``: the surest answer of each model in the first
    moment of every ``step_s`` seconds; a strip lasts until the next one, and no longer than two steps. ``glyph``
    is that of an answer that begins here and lasts, else empty.
    """
    if answers.empty:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    answers = answers.reset_index(drop=True)
    tops = answers.loc[answers.groupby(["variant", "time_s"], sort=False)["prob"].idxmax()]
    step = np.floor(tops["time_s"] / step_s)
    tops = tops[~pd.DataFrame({"variant": tops["variant"], "step": step}).duplicated()]
    starts = tops["time_s"]
    following = tops.groupby("variant", sort=False)["time_s"].shift(-1)
    ends = np.minimum(following.fillna(starts + step_s), starts + 2 * step_s)
    columns = {"variant": tops["variant"], "start_s": starts, "end_s": ends}
    columns |= {"emotion": tops["emotion"].map(emotion_label), "prob": tops["prob"].astype(float)}
    return pd.DataFrame(columns | {"glyph": _glyphs(tops)}).reset_index(drop=True)


def timeline_chart(
    strips: pd.DataFrame,
    ids: list[str],
    styles: dict[str, ModelStyle],
    title: str,
    span_s: tuple[float, float],
    unit: str,
) -> alt.LayerChart:
    """A strip for each model of ``ids`` over ``span_s`` seconds, from :func:`timeline_strips`.

    ``unit`` names the horizontal axis. The emotion gives the colour (named in the legend and on hovering),
    its probability the strength. All layers draw one data set, so that a page may replace it in place.
    """
    x = alt.X("start_s:Q", title=unit, scale=alt.Scale(domain=list(span_s)), axis=alt.Axis(grid=False))
    base = alt.Chart(strips)
    strip = base.mark_rect(clip=True).encode(
        x=x,
        x2=alt.X2("end_s:Q"),
        y=_band(ids, _STRIP),
        y2=alt.Y2("variant:N", bandPosition=1),
        color=alt.Color("emotion:N", scale=_emotion_scale(), legend=_emotion_legend()),
        fillOpacity=alt.FillOpacity("prob:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 1]), legend=None),
        tooltip=[
            alt.Tooltip("variant:N", title="Model"),
            alt.Tooltip("start_s:Q", title="Seconds", format=".1f"),
            alt.Tooltip("emotion:N", title="Answer"),
            alt.Tooltip("prob:Q", title="Probability", format=".0%"),
        ],
    )
    glyph = base.mark_text(align="left", dx=2, fontSize=13, clip=True).encode(
        x=x, y=_band(ids, (1 + _STRIP) / 2), text=alt.Text("glyph:N")
    )
    chart = strip + glyph + _names(base, ids, styles)
    height = STRIP_HEIGHT * max(1, len(ids))
    return finish(chart.resolve_scale(color="independent").properties(height=height), title, [_FRAMED])


def _glyphs(tops: pd.DataFrame) -> pd.Series:
    """The glyph where a model's answer changes to one that it gives several times on end."""
    by_model = tops.groupby("variant", sort=False)["emotion"]
    begins = by_model.shift() != tops["emotion"]
    run = begins.groupby(tops["variant"], sort=False).cumsum()
    lasts = tops.groupby([tops["variant"], run])["emotion"].transform("size") >= _LASTING
    return tops["emotion"].map(GLYPHS).where(begins & lasts, "")


def _band(ids: list[str], position: float) -> alt.Y:
    scale = alt.Scale(domain=ids, padding=0)
    return alt.Y("variant:N", axis=None, bandPosition=position, scale=scale)


def _names(base: alt.Chart, ids: list[str], styles: dict[str, ModelStyle]) -> alt.LayerChart:
    """Each model's mark and name above its strip."""
    one = base.transform_aggregate(groupby=["variant"]).encode(y=_band(ids, _NAME))
    marker = one.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.XValue(6),
        color=alt.Color("variant:N", scale=colour_scale(styles, ids), legend=None),
        shape=alt.Shape("variant:N", scale=shape_scale(styles, ids), legend=None),
    )
    name = one.mark_text(align="left", color=INK, fontSize=13, fontWeight=600).encode(
        x=alt.XValue(17), text=alt.Text("variant:N")
    )
    return marker + name


def _emotion_scale() -> alt.Scale:
    labels = [emotion_label(name) for name in EMOTIONS]
    return alt.Scale(domain=labels, range=[EMOTION_COLOURS[name] for name in EMOTIONS])


def _emotion_legend() -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", direction="horizontal", columns=4, symbolType="square")
