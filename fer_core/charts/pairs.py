"""Every model against every other: how far apart they are, and whether that is real."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from fer_core.charts.frame import finish
from fer_core.charts.heat_tables import ROW_HEIGHT, at_cells, framed, names, tint_opacity, words
from fer_core.charts.palette import ACCENT, BETTER, FAINT, WORSE, ModelStyle

#: More models than this get tints without numbers: there is no room for them.
MOST_WITH_NUMBERS = 14
_DENSE_ROW_HEIGHT = 14
_PALEST = 0.15
_KEY = ("The row's model minus the column's, in points of 100", "Blue: really better; orange: really worse")
_CHANCE, _DENSE_CHANCE = "In brackets: could be chance", "No colour: could be chance"
#: The selection that a click on a cell of :func:`pair_picker` makes, and the fields it holds.
PAIR = "pair"
PAIR_FIELDS = ("variant", "other")


def pair_chart(
    frame: pd.DataFrame, ids: Sequence[str], styles: dict[str, ModelStyle], title: str
) -> alt.LayerChart:
    """The matrix of a :func:`fer_core.comparison.standings.pair_frame` for ``ids``; columns bear the rows' numbers.

    Each cell is the row's accuracy minus the column's. Only real differences are tinted, the deeper the
    larger. Beyond MOST_WITH_NUMBERS models the numbers stand in the tooltips alone.
    """
    cells = _cells(frame, list(ids))
    base = _base(cells, list(ids))
    if len(ids) > MOST_WITH_NUMBERS:
        chart = alt.layer(_rectangles(base, line=0).encode(y=_dense_axis()))
        return finish(chart.properties(height=_DENSE_ROW_HEIGHT * len(ids)), title, (*_KEY, _DENSE_CHANCE))
    size = 13 if len(ids) <= 8 else 10
    chart = at_cells(_rectangles(base, line=1)) + words(base, size) + names(cells, styles, list(ids), "label")
    return finish(chart.properties(height=ROW_HEIGHT * len(ids)), title, (*_KEY, _CHANCE))


def pair_picker(
    counts: np.ndarray,
    ids: Sequence[str],
    styles: dict[str, ModelStyle],
    title: str,
    subtitle: Sequence[str],
    chosen: tuple[str, str] | None = None,
) -> alt.LayerChart:
    """Faces ``counts`` int (V, V) of each pair, whose cells can be clicked: the selection PAIR holds the two ids.

    Columns bear the rows' numbers; the pair ``chosen`` (row, column) is framed; the diagonal stays empty.
    """
    base = _numbered(_picker_cells(counts, list(ids), chosen), len(ids), "With the model of number")
    base = base.encode(
        tooltip=[
            alt.Tooltip("variant:N", title="Model"),
            alt.Tooltip("other:N", title="With"),
            alt.Tooltip("count:Q", title="Faces", format=",d"),
        ]
    )
    picked = alt.selection_point(name=PAIR, fields=list(PAIR_FIELDS), toggle=False, empty=False)
    rectangles = base.mark_rect(
        cornerRadius=2, fill=ACCENT, stroke=FAINT, strokeOpacity=0.3, strokeWidth=1
    ).encode(fillOpacity=tint_opacity())
    size = 13 if len(ids) <= 8 else 10
    chart = at_cells(rectangles.add_params(picked)) + words(base, size) + at_cells(framed(base))
    chart = chart + names(base.data, styles, list(ids), "label")
    return finish(chart.properties(height=ROW_HEIGHT * len(ids)), title, subtitle)


def _picker_cells(counts: np.ndarray, ids: list[str], chosen: tuple[str, str] | None) -> pd.DataFrame:
    own = np.eye(len(ids), dtype=bool).ravel()
    values = np.where(own, 0, counts.ravel())
    pairs = [(row, column) for row in ids for column in ids]
    return pd.DataFrame(
        {
            "variant": [row for row, _ in pairs],
            "other": [column for _, column in pairs],
            "column": np.tile(np.arange(1, len(ids) + 1), len(ids)),
            "label": [f"{ids.index(row) + 1}  {row}" for row, _ in pairs],
            "count": values,
            "text": np.where(own, "", values.astype(str)),
            "tint": values / max(values.max(), 1),
            "chosen": [pair == chosen for pair in pairs],
            "note": "",
        }
    )


def _cells(frame: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """Both directions of each pair, and the diagonal with the model's number."""
    columns = ["first", "second", "difference", "lo", "hi", "p_holm", "real"]
    forth = frame[columns].rename(columns={"first": "variant", "second": "other"})
    back = frame[columns].rename(columns={"first": "other", "second": "variant", "lo": "hi", "hi": "lo"})
    back[["difference", "lo", "hi"]] *= -1
    cells = pd.concat([forth, back], ignore_index=True)
    largest = cells["difference"].where(cells["real"]).abs().max()
    depth = _PALEST + (1 - _PALEST) * cells["difference"].abs() / largest
    cells["tint"] = depth.where(cells["real"], 0.0)
    cells["better"] = cells["difference"] > 0
    cells["text"] = [
        _signed(value) if real else f"({_signed(value)})"
        for value, real in zip(cells["difference"], cells["real"], strict=True)
    ]
    own = pd.DataFrame({"variant": ids, "other": ids, "text": "", "tint": 0.0, "better": True})
    cells = pd.concat([own, cells], ignore_index=True)  # its own cell first: rows keep the order of the ids
    number = {name: index for index, name in enumerate(ids, start=1)}
    cells["column"] = cells["other"].map(number)
    cells["label"] = [f"{number[name]}  {name}" for name in cells["variant"]]
    return cells.assign(note="")


def _base(cells: pd.DataFrame, ids: list[str]) -> alt.Chart:
    return _numbered(cells, len(ids), "Minus the model of number").encode(
        tooltip=[
            alt.Tooltip("variant:N", title="Model"),
            alt.Tooltip("other:N", title="Minus"),
            alt.Tooltip("difference:Q", title="Difference", format="+.1%"),
            alt.Tooltip("lo:Q", title="95 % from", format="+.1%"),
            alt.Tooltip("hi:Q", title="95 % to", format="+.1%"),
            alt.Tooltip("p_holm:Q", title="p (Holm)", format=".3~g"),
        ],
    )


def _numbered(cells: pd.DataFrame, count: int, title: str) -> alt.Chart:
    """Columns that bear the numbers of the rows."""
    axis = alt.Axis(orient="top", title=title, labelAngle=0, labelOverlap=True, titlePadding=6)
    scale = alt.Scale(paddingInner=0.05, paddingOuter=0)
    return alt.Chart(cells).encode(
        x=alt.X("column:O", sort=list(range(1, count + 1)), axis=axis, scale=scale)
    )


def _rectangles(base: alt.Chart, line: int) -> alt.Chart:
    fill = alt.Fill("better:N", scale=alt.Scale(domain=[True, False], range=[BETTER, WORSE]), legend=None)
    mark = base.mark_rect(cornerRadius=2, stroke=FAINT, strokeOpacity=0.3, strokeWidth=line)
    return mark.encode(fill=fill, fillOpacity=tint_opacity())


def _dense_axis() -> alt.Y:
    return alt.Y("label:N", sort=None, axis=alt.Axis(title=None, labelFontSize=10, labelOverlap=False))


def _signed(fraction: float) -> str:
    text = f"{100 * abs(fraction):.1f}"
    return "0.0" if text == "0.0" else f"{'+' if fraction > 0 else '−'}{text}"
