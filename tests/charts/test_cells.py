"""Charts made of cells print the numbers that they tint, and frame what was clicked."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fer_core import charts
from fer_core.emotions import EMOTIONS
from tests.charts.examples import EVERY_CHART, IDS, STYLES, by_emotion, pair_chart, pairs, rows_of


def test_a_heat_table_prints_percent_and_a_dash_for_the_unknown():
    values = np.array([[0.5, 0.126, 1.0, 0.0, np.nan, 0.994, 0.005]])
    spec = charts.heat_table(by_emotion("recall", values), "recall", "Recall, of 100", STYLES).to_dict()
    printed = [row["text"] for row in rows_of(spec) if row.get("column", "").endswith(EMOTIONS)]
    assert printed[:7] == ["50", "13", "100", "0", "–", "99", "0"]


def test_a_heat_table_keeps_the_order_of_emotions():
    spec = charts.heat_table(by_emotion("f1", np.full((1, 7), 0.5)), "f1", "F1, of 100", STYLES).to_dict()
    orders = [
        layer["encoding"]["x"]["sort"]
        for layer in json_layers(spec)
        if isinstance(layer.get("encoding", {}).get("x", {}).get("sort"), list)
    ]
    assert orders
    assert all([name.split()[-1] for name in order] == list(EMOTIONS) for order in orders)


def json_layers(spec: dict) -> list[dict]:
    """The innermost layers of a spec."""
    inner = spec.get("layer")
    return [spec] if inner is None else list(itertools.chain.from_iterable(map(json_layers, inner)))


def test_the_probability_table_marks_each_models_first_choice():
    rows = rows_of(EVERY_CHART["probabilities"]().to_dict())
    first = {(row["variant"], row["column"].split()[-1]) for row in rows if row.get("first")}
    assert first == {(IDS[0], "angry"), (IDS[1], "happy")}


def test_confusion_cells_print_whole_percent_or_faces():
    rows = rows_of(EVERY_CHART["rows"]().to_dict())
    assert {row["text"] for row in rows if row["true"] == row["answered"]} == {"70"}
    rows = rows_of(EVERY_CHART["counts"]().to_dict())
    assert {row["text"] for row in rows if row["true"] != row["answered"]} == {"5"}


def test_the_picker_frames_the_chosen_cell_and_tells_what_is_clicked():
    spec = EVERY_CHART["picker"]().to_dict()
    (selection,) = spec["params"]
    assert selection["name"] == charts.CELL
    rows = rows_of(spec)
    assert set(selection["select"]["fields"]) == set(charts.CELL_FIELDS) <= set(rows[0])
    assert [(row["true_emotion"], row["answered_emotion"]) for row in rows if row["chosen"]] == [
        ("sad", "fear")
    ]
    assert sum(row["tint"] for row in rows) == pytest.approx(len(EMOTIONS))  # each row's shares


def test_the_pair_picker_frames_the_chosen_pair_and_tells_what_is_clicked():
    spec = EVERY_CHART["pair picker"]().to_dict()
    (selection,) = spec["params"]
    assert selection["name"] == charts.PAIR
    cells = {tuple(row[name] for name in charts.PAIR_FIELDS): row for row in rows_of(spec) if "count" in row}
    assert set(selection["select"]["fields"]) == set(charts.PAIR_FIELDS)
    assert [pair for pair, row in cells.items() if row["chosen"]] == [(IDS[1], IDS[2])]
    assert {pair: row["text"] for pair, row in cells.items() if row["count"]}[(IDS[2], IDS[0])] == "6"
    assert all(row["text"] == "" for (row_id, other), row in cells.items() if row_id == other)


def test_more_on_the_diagonal_is_better_and_more_beside_it_is_worse():
    difference = np.full((7, 7), 0.02)
    rows = rows_of(charts.confusion_difference_chart(difference, "row", "a model").to_dict())
    assert all(row["better"] == (row["true"] == row["answered"]) for row in rows)
    assert {row["text"] for row in rows} == {"+2"}


def test_only_real_differences_are_tinted_and_the_others_stand_in_brackets():
    cells = {
        (row["variant"], row["other"]): row for row in rows_of(pair_chart(5).to_dict()) if "other" in row
    }
    assert len(cells) == 25
    better, worse, chance = cells["m.m1", "m.m5"], cells["m.m5", "m.m1"], cells["m.m1", "m.m2"]
    assert (better["text"], worse["text"], chance["text"]) == ("+4.0", "−4.0", "(+1.0)")
    assert better["tint"] == worse["tint"] == 1 and chance["tint"] == 0
    assert better["better"] and not worse["better"]
    assert (worse["lo"], worse["hi"]) == (-better["hi"], -better["lo"])
    assert cells["m.m3", "m.m3"]["text"] == ""


def test_pairs_of_equals_have_no_tint_anywhere():
    frame = pairs(2).assign(difference=0.0, real=False)
    spec = charts.pair_chart(
        frame, ["m.m1", "m.m2"], charts.model_styles(["m.m1", "m.m2"]), "Pairs"
    ).to_dict()
    assert {row["tint"] for row in rows_of(spec) if "tint" in row} == {0.0}
