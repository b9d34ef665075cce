"""Charts as pure Altair functions: a frame in, a chart out; no file, no page, no state.

Every chart names its unit, takes the theme's text colour (so it reads in light and dark), distinguishes models
by colour and by shape or dash, and prints numbers where a reader would want them.

Altair takes a quarter of a second to import, so a chart's file is read when the chart is first named: a
page shows its text and tables meanwhile.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fer_core.charts.palette import EMOTION_COLOURS, ModelStyle, model_styles

if TYPE_CHECKING:
    from fer_core.charts.confusion import (
        CELL,
        CELL_FIELDS,
        confusion_chart,
        confusion_difference_chart,
        confusion_picker,
    )
    from fer_core.charts.counts import count_chart
    from fer_core.charts.heat_tables import heat_table, probability_table
    from fer_core.charts.history import learning_chart
    from fer_core.charts.member_weights import weight_chart
    from fer_core.charts.over_time import of_one_face, timeline_chart, timeline_strips
    from fer_core.charts.pairs import PAIR, PAIR_FIELDS, pair_chart, pair_picker
    from fer_core.charts.picture import BOX, box_picker
    from fer_core.charts.reproduced import claim_chart, reproduced_chart
    from fer_core.charts.roc import precision_recall_chart, reliability_chart, roc_chart
    from fer_core.charts.scores import interval_chart, tradeoff_chart
    from fer_core.charts.severity import severity_chart

_FILES = {
    "BOX": "picture",
    "CELL": "confusion",
    "CELL_FIELDS": "confusion",
    "PAIR": "pairs",
    "PAIR_FIELDS": "pairs",
    "box_picker": "picture",
    "claim_chart": "reproduced",
    "confusion_chart": "confusion",
    "confusion_difference_chart": "confusion",
    "confusion_picker": "confusion",
    "count_chart": "counts",
    "heat_table": "heat_tables",
    "interval_chart": "scores",
    "learning_chart": "history",
    "of_one_face": "over_time",
    "pair_chart": "pairs",
    "pair_picker": "pairs",
    "precision_recall_chart": "roc",
    "probability_table": "heat_tables",
    "reliability_chart": "roc",
    "reproduced_chart": "reproduced",
    "roc_chart": "roc",
    "severity_chart": "severity",
    "timeline_chart": "over_time",
    "timeline_strips": "over_time",
    "tradeoff_chart": "scores",
    "weight_chart": "member_weights",
}

__all__ = [
    "BOX",
    "CELL",
    "CELL_FIELDS",
    "EMOTION_COLOURS",
    "PAIR",
    "PAIR_FIELDS",
    "ModelStyle",
    "box_picker",
    "claim_chart",
    "confusion_chart",
    "confusion_difference_chart",
    "confusion_picker",
    "count_chart",
    "heat_table",
    "interval_chart",
    "learning_chart",
    "model_styles",
    "of_one_face",
    "pair_chart",
    "pair_picker",
    "precision_recall_chart",
    "probability_table",
    "reliability_chart",
    "reproduced_chart",
    "roc_chart",
    "severity_chart",
    "timeline_chart",
    "timeline_strips",
    "tradeoff_chart",
    "weight_chart",
]


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
