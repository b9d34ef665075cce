"""Charts are valid Vega-Lite, leave the page its theme, and name their unit."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.charts.examples import EVERY_CHART


@pytest.mark.parametrize("name", EVERY_CHART)
def test_every_chart_is_valid_and_has_a_title(name):
    spec = EVERY_CHART[name]().to_dict()  # Altair checks it against the schema
    assert spec["title"]["text"]


@pytest.mark.parametrize("name", EVERY_CHART)
def test_every_chart_leaves_background_and_text_to_the_theme(name):
    spec = EVERY_CHART[name]().to_dict()
    assert spec["background"] == "transparent"
    assert spec["usermeta"]["embedOptions"]["renderer"] == "svg"  # where currentColor is known
    text = json.dumps(spec)
    assert "#000" not in text
    assert '"black"' not in text


@pytest.mark.parametrize(
    "name",
    [
        "interval",
        "latency",
        "roc",
        "precision-recall",
        "reliability",
        "weights",
        "reproduced",
        "claim",
        "severity",
        "loss history",
    ],
)
def test_every_axis_says_what_it_counts(name):
    spec = EVERY_CHART[name]().to_dict()
    titles = {
        definition["title"]
        for layer in spec["layer"]
        for channel, definition in layer.get("encoding", {}).items()
        if channel in ("x", "y") and definition.get("title")
    }
    assert titles
    assert not {"accuracy", "latency_ms", "fpr", "tpr", "value"} & titles


def test_charts_need_no_streamlit():
    code = "import sys, fer_core.charts; assert 'streamlit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
