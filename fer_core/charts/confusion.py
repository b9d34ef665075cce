"""Confusion matrices: which emotion is taken for which."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from fer_core.charts.frame import finish
from fer_core.charts.heat_tables import framed, tint_opacity, word_colour
from fer_core.charts.palette import ACCENT, BETTER, FAINT, WORSE, emotion_label
from fer_core.emotions import EMOTIONS

SUBTITLES = {
    "row": ("Of 100 faces of a row's emotion,", "how many are answered as the column's"),
    "column": ("Of 100 answers of a column's emotion,", "how many are faces of the row's"),
    "count": ("Number of faces", ""),
}
CELL_HEIGHT = 38
#: The selection that a click on a cell of :func:`confusion_picker` makes, and the fields it holds.
CELL = "cell"
CELL_FIELDS = ("true_emotion", "answered_emotion")


def confusion_chart(matrix: np.ndarray, by: str, title: str) -> alt.LayerChart:
    """A 7 x 7 matrix with true emotions as rows; ``by`` says what it holds.

    ``"row"`` and ``"column"``: fractions 0–1, printed as whole percent; ``"count"``: faces.
    """
    deepest = float(matrix.max()) if by == "count" else 1.0
    words = matrix.astype(int).astype(str) if by == "count" else _percents(matrix)
    cells = _cells(matrix, words, matrix / (deepest or 1.0))
    base = _base(cells, "Value", ",d" if by == "count" else ".1%")
    chart = _rectangles(base).encode(fill=alt.FillValue(ACCENT)) + _words(base)
    return finish(chart.properties(height=CELL_HEIGHT * len(EMOTIONS)), title, SUBTITLES[by])


def confusion_picker(matrix: np.ndarray, title: str, chosen: tuple[str, str] | None = None) -> alt.LayerChart:
    """Counts (7, 7) whose cells can be clicked: the selection CELL holds the true and the answered emotion.

    Each cell is tinted by its share of its row. ``chosen`` (true, answered) is framed.
    """
    words = matrix.astype(int).astype(str)
    cells = _cells(matrix, words, matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))
    cells["true_emotion"], cells["answered_emotion"] = np.repeat(EMOTIONS, 7), np.tile(EMOTIONS, 7)
    cells["chosen"] = [pair == chosen for pair in zip(*(cells[name] for name in CELL_FIELDS), strict=True)]
    base = _base(cells, "Faces", ",d")
    picked = alt.selection_point(name=CELL, fields=list(CELL_FIELDS), toggle=False, empty=False)
    rectangles = _rectangles(base).encode(fill=alt.FillValue(ACCENT)).add_params(picked)
    chart = rectangles + _words(base) + framed(base)
    subtitle = ("Number of faces; the tint is the share of the row", "Click a cell to see its faces")
    return finish(chart.properties(height=CELL_HEIGHT * len(EMOTIONS)), title, subtitle)


def confusion_difference_chart(matrix: np.ndarray, by: str, title: str) -> alt.LayerChart:
    """This model's matrix minus the baseline's, in the unit of ``by``; blue is better, orange is worse.

    More on the diagonal is better, more off it is worse; each cell carries its sign.
    """
    unit = 1 if by == "count" else 100
    words = np.vectorize(_signed)(np.rint(matrix * unit).astype(int))
    deepest = float(np.abs(matrix).max()) or 1.0
    cells = _cells(matrix, words, np.abs(matrix) / deepest)
    cells["better"] = (cells["value"] > 0) == (cells["true"] == cells["answered"])
    base = _base(cells, "Difference", "+,d" if by == "count" else "+.1%")
    fill = alt.Fill("better:N", scale=alt.Scale(domain=[True, False], range=[BETTER, WORSE]), legend=None)
    chart = _rectangles(base).encode(fill=fill) + _words(base)
    unit_words = "faces" if by == "count" else "percentage points"
    subtitle = (f"Minus the baseline, in {unit_words}", "Blue is better, orange is worse")
    return finish(chart.properties(height=CELL_HEIGHT * len(EMOTIONS)), title, subtitle)


def _cells(matrix: np.ndarray, words: np.ndarray, tint: np.ndarray) -> pd.DataFrame:
    labels = [emotion_label(name) for name in EMOTIONS]
    return pd.DataFrame(
        {
            "true": np.repeat(labels, len(labels)),
            "answered": np.tile(labels, len(labels)),
            "value": matrix.ravel().astype(float),
            "text": words.ravel(),
            "tint": tint.ravel().astype(float),
        }
    )


def _base(cells: pd.DataFrame, value_title: str, value_format: str) -> alt.Chart:
    order = [emotion_label(name) for name in EMOTIONS]
    across = alt.Axis(
        title="Answered", labelAngle=-50, labelExpr="split(datum.label, ' ')[1]", labelOverlap=False
    )
    down = alt.Axis(title="True emotion", labelOverlap=False)
    scale = alt.Scale(paddingInner=0.05, paddingOuter=0)
    return alt.Chart(cells).encode(
        x=alt.X("answered:N", sort=order, axis=across, scale=scale),
        y=alt.Y("true:N", sort=order, axis=down, scale=scale),
        tooltip=[
            alt.Tooltip("true:N", title="True"),
            alt.Tooltip("answered:N", title="Answered"),
            alt.Tooltip("value:Q", title=value_title, format=value_format),
        ],
    )


def _rectangles(base: alt.Chart) -> alt.Chart:
    return base.mark_rect(cornerRadius=2, stroke=FAINT, strokeOpacity=0.3, strokeWidth=1).encode(
        fillOpacity=tint_opacity()
    )


def _words(base: alt.Chart) -> alt.Chart:
    return base.mark_text(fontSize=12).encode(text=alt.Text("text:N"), color=word_colour())


def _percents(matrix: np.ndarray) -> np.ndarray:
    return np.rint(matrix * 100).astype(int).astype(str)


def _signed(number: int) -> str:
    return "0" if number == 0 else f"{number:+d}".replace("-", "−")
