"""Charts as pure Altair functions: a frame in, a chart out; no file, no page, no state.

Every chart names its unit, takes the theme's text colour (so it reads in light and dark), tells models
apart by colour and by shape or dash, and prints numbers where a reader would want them.
"""

from fer_core.charts.confusion import confusion_chart, confusion_difference_chart
from fer_core.charts.curves import precision_recall_chart, reliability_chart, roc_chart
from fer_core.charts.heat import heat_table, probability_table
from fer_core.charts.history import learning_chart
from fer_core.charts.palette import EMOTION_COLOURS, ModelStyle, model_styles
from fer_core.charts.scores import interval_chart, tradeoff_chart

__all__ = [
    "EMOTION_COLOURS",
    "ModelStyle",
    "confusion_chart",
    "confusion_difference_chart",
    "heat_table",
    "interval_chart",
    "learning_chart",
    "model_styles",
    "precision_recall_chart",
    "probability_table",
    "reliability_chart",
    "roc_chart",
    "tradeoff_chart",
]
