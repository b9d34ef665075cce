"""Charts as SVG that stands inside a page: its text takes the page's colour, and nothing is fetched for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fer_core.charts.palette import FAINT, INK

if TYPE_CHECKING:
    import altair as alt

#: Pixels; a page may draw it smaller.
WIDTH = 460
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_QUIET = {
    "axis": {
        "labelColor": INK, "titleColor": INK, "domainColor": FAINT, "tickColor": FAINT, "gridColor": FAINT,
        "gridOpacity": 0.3,
    },
    "legend": {"labelColor": INK, "titleColor": INK},
    "title": {"color": INK, "subtitleColor": INK},
    "text": {"color": INK},
    "font": "system-ui, sans-serif",
}  # fmt: skip


def drawn(chart: alt.LayerChart | alt.Chart, number: int, width: int = WIDTH) -> str:
    """The chart as one ``<svg>`` element, ``width`` pixels wide where it fits.

    ``number`` keeps its inner names distinct from those of other charts on the page.
    """
    import vl_convert

    specification: dict[str, Any] = chart.to_dict()
    specification["width"] = width
    config = specification.setdefault("config", {})
    for name, settings in _QUIET.items():
        known = config.get(name)
        config[name] = settings | known if isinstance(known, dict) else settings
    svg = vl_convert.vegalite_to_svg(specification)
    return _IDS.sub(rf"\g<1>f{number}-", svg)
