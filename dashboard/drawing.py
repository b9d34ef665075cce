"""Charts on a page, each made once for the same arguments.

Checking a chart against Vega-Lite's schema costs more than its figures do; a page of fifteen would take a
second at every click. So the finished specification is cached, by the chart's name and what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import streamlit as st

from fer_core import charts


def draw(chart: Callable[..., alt.LayerChart], *arguments: Any, **options: Any) -> None:
    """Draw one of ``fer_core.charts`` with these arguments, as wide as the place it stands in."""
    specification = _specification(chart.__name__, arguments, options)
    st.vega_lite_chart(specification, width="stretch", alt=specification["title"]["text"])


@st.cache_data(max_entries=500, show_spinner=False)
def _specification(name: str, arguments: tuple, options: dict[str, Any]) -> dict[str, Any]:
    specification = getattr(charts, name)(*arguments, **options).to_dict()
    for size in ("continuousWidth", "continuousHeight"):  # of Altair's own theme; the page's rules here
        specification["config"]["view"].pop(size, None)
    return specification
