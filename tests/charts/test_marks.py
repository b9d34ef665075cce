"""Points, bars and lines stand for the right models, and the key says what they mean."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from fer_core import charts
from tests.charts.examples import EVERY_CHART, IDS, STYLES, histories, rows_of, scores


def test_no_name_of_a_point_lies_on_another_and_the_more_accurate_is_named():
    close = scores().assign(accuracy=[0.6, 0.6, 0.605], latency_ms=[1.0, 40.0, 41.0])
    spec = charts.tradeoff_chart(close, "latency_ms", pd.Series([True] * 3), STYLES).to_dict()
    (rows,) = spec["datasets"].values()
    assert [row["id"] for row in rows if row["named"]] == [IDS[0], IDS[2]]


def test_no_number_of_a_line_lies_on_another_and_the_higher_point_has_its_own_above():
    rows = [(name, 0, "untouched", value) for name, value in zip(IDS, [0.70, 0.69, 0.695], strict=True)]
    rows += [(name, 1, "1", value) for name, value in zip(IDS, [0.2, 0.5, 0.35], strict=True)]
    frame = pd.DataFrame(rows, columns=["variant", "severity", "level", "accuracy"])
    spec = charts.severity_chart(frame, "Blur", "pixels", STYLES).to_dict()
    sides = [(row["severity"], row["variant"], row["number"]) for row in rows_of(spec)]
    assert sides == [(0, IDS[0], 1), (0, IDS[1], -1), (0, IDS[2], 0), *((1, name, 1) for name in IDS)]


@pytest.mark.parametrize("name", ["severity", "loss history"])
def test_the_key_shows_marks_without_a_frame_that_would_be_dashed_as_their_lines_are(name):
    encodings = [layer["encoding"] for layer in EVERY_CHART[name]().to_dict()["layer"]]
    keys = [
        each[kind]["legend"]
        for each in encodings
        for kind in ("color", "shape")
        if each.get(kind, {}).get("legend")
    ]
    assert len(keys) > 1 and {key["symbolStrokeWidth"] for key in keys} == {0}


def test_people_and_the_best_known_are_lines_with_their_figures_in_the_key():
    spec = EVERY_CHART["people and best known"]().to_dict()
    subtitle = " ".join(spec["title"]["subtitle"])
    assert "people (65 ± 5, 65.8 of 100)" in subtitle and "best known then (71.2, 73, 75.2, 75.8)" in subtitle
    band, people, best = (spec["datasets"][layer["data"]["name"]] for layer in spec["layer"][:3])
    assert [(round(row["low"], 3), round(row["high"], 3)) for row in band] == [(0.6, 0.7)]
    assert (len(people), len(best)) == (2, 4)


def test_printed_epochs_are_drawn_apart_from_ours():
    ours, both = (EVERY_CHART[name]().to_dict() for name in ("loss history", "printed epochs"))
    assert len(rows_of(both)) == 2 * len(rows_of(ours))
    assert "Faint" in both["title"]["subtitle"][-1] and "Faint" not in json.dumps(ours)
    assert charts.learning_chart(histories().iloc[:0], "loss", STYLES, histories()).to_dict()["layer"]


def test_counts_stand_at_bars_that_may_be_shares_of_their_set():
    rows = rows_of(EVERY_CHART["counts by split"]().to_dict())
    happy = {row["series"]: row for row in rows if row["label"].endswith("happy")}
    assert (happy["few"]["count"], happy["many"]["count"]) == (10, 40)
    assert happy["few"]["share"] == pytest.approx(100 / 7)
    assert happy["many"]["share"] == pytest.approx(100 * 40 / 6040)


def test_the_best_model_is_on_top_of_the_interval_chart():
    spec = EVERY_CHART["interval"]().to_dict()
    orders = [layer["encoding"]["y"]["sort"] for layer in spec["layer"] if "y" in layer.get("encoding", {})]
    assert orders[0] == ["other.three", "family.one", "family.two"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda frame: charts.interval_chart(frame, STYLES),
        lambda frame: charts.tradeoff_chart(frame, "latency_ms", pd.Series([True, False, True]), STYLES),
        lambda frame: charts.reproduced_chart(frame.assign(reported=0.6), "Reported and reproduced"),
    ],
    ids=["interval", "tradeoff", "reproduced"],
)
def test_models_that_were_not_trained_to_their_end_are_hollow_and_the_key_says_so(draw):
    frame = scores().assign(whole=[False, True, None], training=["4 of 150 epochs", "9 of 9 epochs", None])
    spec = draw(frame).to_dict()
    rows = {row["id"]: (row["short"], row["training"]) for row in rows_of(spec) if "short" in row}
    assert rows == {
        "family.one": (True, "4 of 150 epochs"),
        "family.two": (False, "9 of 9 epochs"),
        "other.three": (False, "–"),
    }
    hollow = {"condition": {"test": "datum.short", "value": 0}, "value": 1}
    assert hollow in [layer["encoding"].get("fillOpacity") for layer in spec["layer"] if "encoding" in layer]
    assert "Hollow: not trained to its end, may improve" in spec["title"]["subtitle"]
    whole = draw(frame.assign(whole=True)).to_dict()
    assert not any(line.startswith("Hollow") for line in whole["title"]["subtitle"])


def test_models_without_figures_are_left_out_of_the_interval_chart():
    frame = scores()
    frame.loc[1, "accuracy"] = np.nan
    rows = rows_of(charts.interval_chart(frame, STYLES).to_dict())
    assert {row["id"] for row in rows} == {"family.one", "other.three"}


def test_only_rows_on_the_front_are_joined():
    rows = rows_of(EVERY_CHART["latency"]().to_dict())
    assert {row["id"] for row in rows if row["front"]} == {"family.one", "other.three"}


def test_a_picture_in_which_a_box_can_be_drawn_keeps_its_form_and_tells_pixels():
    chart = charts.box_picker(np.zeros((300, 600, 3), np.uint8)).to_dict()
    assert chart["width"] == 2 * chart["height"]
    assert chart["encoding"]["x"]["scale"]["domain"] == [0, 600]
    assert chart["encoding"]["y"]["scale"]["domain"] == [0, 300]
    assert [each["name"] for each in chart["params"]] == [charts.BOX]
