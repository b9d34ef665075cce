"""Heat tables: one band of tinted cells a model, the number in each cell, the model's name above it.

The name stands above the cells, not beside them, so that seven emotions fit a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fer_core.charts.frame import colour_scale, finish, shape_scale
from fer_core.charts.palette import ACCENT, DEEP_TINT, FAINT, INK, ModelStyle, emotion_label
from fer_core.emotions import EMOTIONS

ROW_HEIGHT = 58
_CELL_TOP = 0.42
_MOST_ACROSS = 9  # columns whose headings can be read across on a telephone
_FRAMED = ("Percent of certainty, a line adds up to 100", "The framed cell is the model's answer")


def heat_table(
    frame: pd.DataFrame,
    value: str,
    title: str,
    styles: dict[str, ModelStyle],
    subtitle: Sequence[str] = (),
    columns: Sequence[str] = EMOTIONS,
    column: str = "emotion",
    low: float = 0.0,
    digits: int = 0,
) -> alt.LayerChart:
    """Models as rows, emotions (or ``columns``) as columns, of a long frame: ``variant, column, value``.

    ``value`` holds fractions 0–1, printed as percent with ``digits`` decimals (NaN as a dash); the tint
    runs from nothing at ``low`` to full at 1. A ``note`` column, if there is one, is printed at the right end
    of the model's line. Rows keep the order of the frame.
    """
    cells = _cells(frame, value, column, low, digits)
    rows = list(dict.fromkeys(cells["variant"]))
    base = _base(cells, [_heading(name) for name in columns], rows, value)
    chart = tinted(base) + names(cells, styles, rows)
    return finish(chart.properties(height=ROW_HEIGHT * len(rows)), title, subtitle)


def probability_table(frame: pd.DataFrame, title: str, styles: dict[str, ModelStyle]) -> alt.LayerChart:
    """What each model answers for one face: long frame ``variant, emotion, prob`` and optionally ``note``.

    Each model's first choice is framed.
    """
    cells = _cells(frame, "prob", "emotion", 0.0, 0)
    rows = list(dict.fromkeys(cells["variant"]))
    cells["first"] = cells.index.isin(cells.groupby("variant")["value"].idxmax())
    base = _base(cells, [emotion_label(name) for name in EMOTIONS], rows, "probability")
    first = base.transform_filter("datum.first").mark_rect(
        fillOpacity=0, stroke=INK, strokeWidth=2, cornerRadius=3
    )
    chart = tinted(base) + at_cells(first) + names(cells, styles, rows)
    return finish(chart.properties(height=ROW_HEIGHT * len(rows)), title, _FRAMED)


def tinted(base: alt.Chart) -> alt.LayerChart:
    """Rectangles and words from the columns ``tint`` (0–1) and ``text``, below the model's name."""
    rectangles = base.mark_rect(
        cornerRadius=3, fill=ACCENT, stroke=FAINT, strokeOpacity=0.3, strokeWidth=1
    ).encode(fillOpacity=tint_opacity())
    return at_cells(rectangles) + words(base, 13)


def words(base: alt.Chart, size: int) -> alt.Chart:
    """The column ``text`` in the middle of the cells below the model's name."""
    return base.mark_text(fontSize=size, baseline="middle").encode(
        y=alt.Y("variant:N", sort=None, axis=None, bandPosition=(1 + _CELL_TOP) / 2),
        text=alt.Text("text:N"),
        color=word_colour(),
    )


def framed(base: alt.Chart) -> alt.Chart:
    """An outline around the cells whose column ``chosen`` is true."""
    return base.transform_filter("datum.chosen").mark_rect(
        fillOpacity=0, stroke=INK, strokeWidth=2.5, cornerRadius=3
    )


def tint_opacity() -> alt.FillOpacity:
    """How strong a cell's colour is, from its ``tint`` 0–1."""
    return alt.FillOpacity("tint:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 1]), legend=None)


def word_colour() -> alt.ColorValue:
    """White on deep cells, else the page's text colour."""
    deep = {"test": f"datum.tint > {DEEP_TINT}", "value": "#ffffff"}
    return alt.ColorValue(INK, condition=deep)


def _cells(frame: pd.DataFrame, value: str, column: str, low: float, digits: int) -> pd.DataFrame:
    numbers = frame[value].astype(float).reset_index(drop=True)
    return pd.DataFrame(
        {
            "variant": frame["variant"].to_numpy(),
            "column": [_heading(name) for name in frame[column]],
            "value": numbers,
            "text": [_percent(number, digits) for number in numbers],
            "tint": ((numbers.fillna(low) - low) / (1 - low)).clip(0, 1),
            "note": frame["note"].to_numpy() if "note" in frame else "",
        }
    )


def _base(cells: pd.DataFrame, columns: list[str], rows: list[str], value: str) -> alt.Chart:
    upright = (
        {"labelAngle": -90, "labelAlign": "left", "labelBaseline": "middle", "labelLimit": 200}
        if len(columns) > _MOST_ACROSS
        else {"labelAngle": 0, "labelExpr": "split(datum.label, ' ')"}
    )
    axis = alt.Axis(
        orient="top",
        title=None,
        labelLineHeight=14,
        labelPadding=20,
        labelOverlap=False,
        labelFlush=False,
        labelFontSize=12 if len(columns) <= len(EMOTIONS) else 10,
        **upright,
    )
    return alt.Chart(cells).encode(
        x=alt.X("column:N", sort=columns, axis=axis, scale=alt.Scale(paddingInner=0.05, paddingOuter=0)),
        tooltip=[
            alt.Tooltip("variant:N", title="Model"),
            alt.Tooltip("column:N", title="Column"),
            alt.Tooltip("value:Q", title=value.replace("_", " ").capitalize(), format=".1%"),
        ],
    )


def at_cells(chart: alt.Chart) -> alt.Chart:
    """The chart's marks below the model's name, in the band of their ``variant``."""
    return chart.encode(
        y=alt.Y("variant:N", sort=None, axis=None, bandPosition=_CELL_TOP, scale=alt.Scale(padding=0)),
        y2=alt.Y2("variant:N", bandPosition=1),
    )


def names(
    cells: pd.DataFrame, styles: dict[str, ModelStyle], rows: list[str], text: str = "variant"
) -> alt.LayerChart:
    """Each model's mark, its name (from the column ``text``) and its ``note`` above its cells."""
    lines = alt.Chart(cells.drop_duplicates("variant")).encode(
        y=alt.Y("variant:N", sort=None, axis=None, bandPosition=_CELL_TOP / 2)
    )
    marker = lines.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.XValue(6),
        color=alt.Color("variant:N", scale=colour_scale(styles, rows), legend=None),
        shape=alt.Shape("variant:N", scale=shape_scale(styles, rows), legend=None),
    )
    name = lines.mark_text(align="left", color=INK, fontSize=13, fontWeight=600).encode(
        x=alt.XValue(17), text=alt.Text(f"{text}:N")
    )
    note = lines.mark_text(align="right", color=INK, fontSize=12).encode(
        x=alt.XValue("width"), text=alt.Text("note:N")
    )
    return marker + name + note


def _heading(name: str) -> str:
    return emotion_label(name) if name in EMOTIONS else name


def _percent(number: float, digits: int) -> str:
    return "–" if pd.isna(number) else f"{100 * number:.{digits}f}"
