"""The leaderboard's table: what each column is called, and how its cells are printed and tinted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard.compare.columns import NUMBERS, Column
from fer_core import formats
from fer_core.comparison.leaderboard import HIGHER_IS_BETTER
from fer_core.comparison.standings import UNTESTED
from fer_core.variants.facts import BROUGHT
from fer_core.variants.length import SHORT_MARK

_BETTER, _WORSE = "rgba(47,111,222,.17)", "rgba(217,102,31,.17)"
# As wide as a digit, and sorted before all of them.
_FIGURE_SPACE = "\u2007"
_PINNED = "font-weight:650;background-color:rgba(135,145,160,.16)"

_TEXTS = {
    "id": "Model",
    "family": "Family",
    "framework": "Framework",
    "status": "State",
    "protocol": "Protocol",
}
_ORDER = ["id", *NUMBERS, *list(_TEXTS)[1:]]

_WITH_BASELINE = ("difference", "p_accuracy")

SORTS: dict[str, tuple[str, bool]] = {
    "Right of 100": ("accuracy", False),
    "Clean": ("clean_accuracy", False),
    "Copies add": ("inflation", True),
    "Macro F1": ("macro_f1", False),
    "Log loss": ("log_loss", True),
    "Calibration error": ("ece", True),
    "Speed": ("latency_ms", True),
    "Size": ("size_mb", True),
    "Name": ("id", True),
}


def arranged(frame: pd.DataFrame, sort: str, baseline_id: str | None) -> pd.DataFrame:
    """The rows in the order of ``sort``, the baseline on top; index from 0.

    Figures are ranked among those measured on the same faces; after these come the ones measured on others,
    and at last those whose figure is not known.
    """
    column, ascending = SORTS[sort]
    apart = measured_apart(frame) & (column not in (*UNTESTED, "id"))
    rows = frame.assign(_last=apart + 2 * frame[column].isna())
    rows = rows.sort_values(["_last", column, "id"], ascending=[True, ascending, True]).drop(columns="_last")
    if baseline_id is not None:
        rows = pd.concat([rows[rows["id"] == baseline_id], rows[rows["id"] != baseline_id]])
    rows = rows.reset_index(drop=True)
    rows["interval"] = _texts(rows, formats.interval, "lo", "hi")
    rows["place"] = _place(rows)
    rows["training"] = _training(rows)
    if "from_accuracy" in rows:
        rows["difference"] = _texts(rows, formats.difference, "from_accuracy", "to_accuracy")
    return rows


def measured_apart(frame: pd.DataFrame) -> pd.Series:
    """Which rows have figures of other test faces than most variants answered: bool, with the frame's index."""
    return frame["accuracy"].notna() & frame["group"].isna()


def styled(rows: pd.DataFrame, baseline_id: str | None, columns: Sequence[str] = _ORDER) -> Styler:
    """Arranged rows as a table of these ``columns``.

    With a baseline, each figure carries its difference, tinted blue where better and orange where worse; a difference
    that was tested is tinted only where it is real.
    """
    shown = [name for name in columns if name in rows and (baseline_id or name not in _WITH_BASELINE)]
    style = rows[shown].style
    printed = {name: _printer(rows, name, NUMBERS[name], baseline_id) for name in shown if name in NUMBERS}
    short = set(rows.loc[rows["whole"].eq(False), "id"])
    texts = dict.fromkeys(set(_TEXTS) & set(shown), lambda text: text or formats.NOTHING)
    texts["id"] = lambda name: f"{name} {SHORT_MARK}" if name in short else name
    style = style.format(printed | texts)
    if baseline_id is None:
        return style
    for name in shown:
        if f"delta_{name}" in rows:
            style = style.apply(lambda _, name=name: _tints(rows, name), subset=[name])
    pinned = [_PINNED if name == baseline_id else "" for name in rows["id"]]
    return style.apply(lambda _: pinned, axis=0)


def column_config() -> dict[str, st.column_config.Column]:
    """Headings, tooltips and widths of the table that :func:`styled` makes."""
    texts = {name: st.column_config.TextColumn(heading) for name, heading in _TEXTS.items()}
    texts["id"] = st.column_config.TextColumn("Model", pinned=True, width=215)
    numbers = {
        name: st.column_config.Column(column.heading, help=column.explanation, alignment=column.alignment)
        for name, column in NUMBERS.items()
    }
    numbers["training"]["width"] = 170
    return texts | numbers


def without_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Arranged rows as numbers alone, to download."""
    return rows.drop(columns=["interval", "place", "training", "difference"], errors="ignore")


def _texts(rows: pd.DataFrame, show: Callable[[float, float], str], lo: str, hi: str) -> list[str]:
    return [show(first, last) for first, last in zip(rows[lo], rows[hi], strict=True)]


def _place(rows: pd.DataFrame) -> list[str]:
    """The places as texts, those of one digit moved right, so that a click on the heading sorts them."""
    texts = _texts(rows, formats.span, "place_from", "place_to")
    return _aligned(texts, "–")


def _training(rows: pd.DataFrame) -> list[str]:
    """How far each was trained, as a click on the heading sorts it."""
    elsewhere = rows["framework"].isin(BROUGHT)
    texts = (
        rows["training"]
        .astype(object)
        .where(rows["training"].notna() | ~elsewhere, "elsewhere")
        .fillna(formats.NOTHING)
        .tolist()
    )
    return _aligned(texts, " ")


def _aligned(texts: list[str], after: str) -> list[str]:
    """Texts whose first number ends before ``after``, the shorter ones moved right; what begins with none stays."""
    lengths = [len(text.partition(after)[0]) if text[:1].isdecimal() else 0 for text in texts]
    widest = max(lengths, default=0)
    return [
        _FIGURE_SPACE * (widest - length) * bool(length) + text
        for text, length in zip(texts, lengths, strict=True)
    ]


def _printer(
    rows: pd.DataFrame, name: str, column: Column, baseline_id: str | None
) -> Callable[[float], str]:
    """Value to text. Equal values have equal differences, so the text can be looked up by value."""
    if baseline_id is None or column.show_difference is None or f"delta_{name}" not in rows:
        return column.show
    others = rows[rows["id"] != baseline_id]
    texts = {
        value: f"{column.show(value)}  {_arrow(name, delta)}{column.show_difference(delta)}"
        for value, delta in zip(others[name], others[f"delta_{name}"], strict=True)
        if not pd.isna(delta) and delta != 0
    }
    return lambda value: texts.get(value) or column.show(value)


def _arrow(name: str, delta: float) -> str:
    if _is_none(name, delta):
        return ""
    return "▲ " if (delta > 0) == HIGHER_IS_BETTER[name] else "▼ "


def _is_none(name: str, delta: float) -> bool:
    """Whether a difference is printed as none."""
    show = NUMBERS[name].show_difference
    return pd.isna(delta) or delta == 0 or (show is not None and show(delta).startswith("±"))


def _tints(rows: pd.DataFrame, name: str) -> list[str]:
    tested = rows[f"real_{name}"] if f"real_{name}" in rows else [name in UNTESTED] * len(rows)
    return [
        _tint(name, delta) if real is True else ""
        for delta, real in zip(rows[f"delta_{name}"], tested, strict=True)
    ]


def _tint(name: str, delta: float) -> str:
    if _is_none(name, delta):
        return ""
    return f"background-color:{_BETTER if (delta > 0) == HIGHER_IS_BETTER[name] else _WORSE}"
