"""Charts on a page, each made once for the same arguments.

Writing a chart down costs more than its figures do; a page of fifteen would take half a second at every
click. So the finished specification is cached, by the chart's name and what it shows, with its data as they travel to
the browser. It is not checked against Vega-Lite's schema, which would double the time: the charts' tests do that.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import altair as alt
import pyarrow as pa
import streamlit as st
from altair.utils import schemapi

from fer_core import charts

if TYPE_CHECKING:
    import pandas as pd


def draw(chart: Callable[..., alt.LayerChart], *arguments: Any, **options: Any) -> None:
    """Draw one of ``fer_core.charts`` with these arguments, as wide as the place it stands in."""
    _show(_kept_specification(chart.__name__, arguments, options))


def draw_unkept(chart: Callable[..., alt.LayerChart], *arguments: Any, **options: Any) -> None:
    """The same for what is a viewer's own: nothing of it stays in the server's memory."""
    _show(_specification(chart.__name__, arguments, options))


def draw_clickable(
    key: str, on_click: Callable[[dict[str, Any]], None], chart: Callable, *arguments: Any
) -> None:
    """``chart(*arguments)``, whose selections call ``on_click`` with what they hold, by their names.

    ``key`` names the chart as it stands: with another key it begins anew, without a selection.
    """
    specification = _kept_specification(chart.__name__, arguments, {})
    st.vega_lite_chart(
        specification,
        width="stretch",
        alt=specification["title"]["text"],
        key=key,
        on_select=lambda: on_click(st.session_state[key].selection),
    )


def draw_own_clickable(
    key: str, on_click: Callable[[dict[str, Any]], None], alt: str, chart: Callable, *arguments: Any
) -> None:
    """The same in its own size, for what is a viewer's own: nothing of it stays in the server's memory.

    ``alt`` says what it is; it has no title.
    """
    st.vega_lite_chart(
        _specification(chart.__name__, arguments, {}),
        width="content",
        alt=alt,
        key=key,
        on_select=lambda: on_click(st.session_state[key].selection),
    )


def draw_changing(chart: Callable[..., alt.LayerChart], data: pd.DataFrame, *arguments: Any) -> None:
    """``chart(data, *arguments)``, of one data set only, to be drawn again and again with other ``data``.

    Specification and data go to the browser apart: it keeps the drawing and replaces the data in it, without a
    flicker and at little cost. Nothing of the data stays in the server's memory.
    """
    specification = _kept_specification(chart.__name__, (data.head(0), *arguments), {})
    frame = {key: value for key, value in specification.items() if key not in ("data", "datasets")}
    st.vega_lite_chart(data, frame, width="stretch", alt=frame["title"]["text"])


def _show(specification: dict[str, Any]) -> None:
    st.vega_lite_chart(specification, width="stretch", alt=specification["title"]["text"])


# Streamlit's own hashing looks at each cell and each style by itself, and takes longer than drawing does.
@st.cache_data(max_entries=500, show_spinner=False, hash_funcs={tuple: pickle.dumps, dict: pickle.dumps})
def _kept_specification(name: str, arguments: tuple, options: dict[str, Any]) -> dict[str, Any]:
    return _specification(name, arguments, options)


def _specification(name: str, arguments: tuple, options: dict[str, Any]) -> dict[str, Any]:
    """The chart in Vega-Lite's words, its data as Arrow tables."""
    with schemapi.debug_mode(False):  # no check of each part either
        specification = getattr(charts, name)(*arguments, **options).to_dict(validate=False)
    tables = specification.get("datasets", {})
    specification["datasets"] = {key: pa.Table.from_pylist(rows) for key, rows in tables.items()}
    for size in ("continuousWidth", "continuousHeight"):  # of Altair's own theme; the page's rules here
        specification["config"]["view"].pop(size, None)
    return specification
