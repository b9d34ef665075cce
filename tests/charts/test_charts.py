"""Charts are valid Vega-Lite, name their unit, read in both themes and print the numbers they show."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from fer_core import charts
from fer_core.charts.palette import ACCENT, BETTER, DEEP_TINT, INK, WORSE
from fer_core.emotions import EMOTIONS
from fer_core.literature.references import references_frame

IDS = ["family.one", "family.two", "other.three"]
STYLES = charts.model_styles(IDS)
LIGHT, DARK = "#ffffff", "#11161d"


def scores() -> pd.DataFrame:
    """Three models: the second costs more than the first and is worse."""
    accuracy = np.array([0.6, 0.55, 0.7])
    return pd.DataFrame(
        {
            "id": IDS,
            "accuracy": accuracy,
            "lo": accuracy - 0.02,
            "hi": accuracy + 0.015,
            "clean_accuracy": accuracy - 0.01,
            "latency_ms": [0.5, 0.7, 2.0],
            "size_mb": [1.0, 8.0, 5.0],
            "parameters": [1e5, 8e6, 3e6],
        }
    )


def by_emotion(column: str, values: np.ndarray) -> pd.DataFrame:
    """``values`` (models, 7) as a long frame."""
    return pd.DataFrame(
        {
            "variant": np.repeat(IDS[: len(values)], len(EMOTIONS)),
            "emotion": np.tile(EMOTIONS, len(values)),
            column: values.ravel(),
        }
    )


def curves(x: str, y: str) -> pd.DataFrame:
    steps = np.linspace(0, 1, 9)
    return pd.concat([pd.DataFrame({"variant": name, x: steps, y: steps**0.5, "auc": 0.8}) for name in IDS])


def bins() -> pd.DataFrame:
    return pd.DataFrame(
        {"confidence": [0.3, 0.9], "accuracy": [0.2, 0.8], "lo": [0.1, 0.7], "hi": [0.3, 0.9], "n": [5, 50]}
    )


def histories() -> pd.DataFrame:
    epochs = range(1, 4)
    columns = {"train_loss": 1.2, "train_accuracy": 0.5, "val_loss": 1.3, "val_accuracy": 0.45}
    return pd.concat([pd.DataFrame({"variant": name, "epoch": epochs, **columns}) for name in IDS])


def pairs(count: int = 3) -> pd.DataFrame:
    """All pairs of models m1, m2, …, a point apart each; only those three points apart or more really differ."""
    rows = [
        {"first": f"m.m{first}", "second": f"m.m{second}", "difference": (second - first) / 100}
        for first, second in itertools.combinations(range(1, count + 1), 2)
    ]
    frame = pd.DataFrame(rows)
    frame["lo"], frame["hi"] = frame["difference"] - 0.02, frame["difference"] + 0.02
    frame["p_holm"] = np.where(frame["difference"] >= 0.03, 0.001, 0.7)
    return frame.assign(real=frame["p_holm"] < 0.05)


def counted() -> pd.DataFrame:
    """Two sets of ten and a thousand pictures an emotion; but forty, of the second, are happy."""
    count = np.repeat([10, 1000], len(EMOTIONS))
    count[len(EMOTIONS) + EMOTIONS.index("happy")] = 40
    series = np.repeat(["few", "many"], len(EMOTIONS))
    return pd.DataFrame({"series": series, "emotion": np.tile(EMOTIONS, 2), "count": count})


def pair_chart(count: int):
    ids = [f"m.m{number}" for number in range(1, count + 1)]
    return charts.pair_chart(pairs(count), ids, charts.model_styles(ids), "Pairs")


PROBS = by_emotion("prob", np.array([[0.9, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01], [0.1, 0, 0, 0.6, 0.3, 0, 0]]))
MATRIX = np.full((7, 7), 0.05) + np.eye(7) * 0.65

EVERY_CHART = {
    "interval": lambda: charts.interval_chart(scores(), STYLES, IDS[0]),
    "latency": lambda: charts.tradeoff_chart(scores(), "latency_ms", pd.Series([True, False, True]), STYLES),
    "size": lambda: charts.tradeoff_chart(scores(), "size_mb", pd.Series([True, False, True]), STYLES),
    "parameters": lambda: charts.tradeoff_chart(scores(), "parameters", pd.Series([True] * 3), STYLES),
    "heat": lambda: charts.heat_table(by_emotion("f1", np.full((3, 7), 0.5)), "f1", "F1, of 100", STYLES),
    "probabilities": lambda: charts.probability_table(PROBS, "Face 1", STYLES),
    "rows": lambda: charts.confusion_chart(MATRIX, "row", "a model"),
    "counts": lambda: charts.confusion_chart((MATRIX * 100).astype(int), "count", "a model"),
    "picker": lambda: charts.confusion_picker((MATRIX * 100).astype(int), "a model", ("sad", "fear")),
    "counts by split": lambda: charts.count_chart(counted(), "Counts", shares=True),
    "counts before and after": lambda: charts.count_chart(counted(), "Counts"),
    "pair picker": lambda: charts.pair_picker(
        np.arange(9).reshape(3, 3), IDS, STYLES, "Pairs", ["Faces"], (IDS[1], IDS[2])
    ),
    "difference": lambda: charts.confusion_difference_chart(MATRIX - 0.1, "row", "a model"),
    "roc": lambda: charts.roc_chart(curves("fpr", "tpr"), STYLES, "ROC"),
    "precision-recall": lambda: charts.precision_recall_chart(curves("recall", "precision"), STYLES, "PR"),
    "reliability": lambda: charts.reliability_chart(bins(), STYLES[IDS[0]], IDS[0]),
    "pairs": lambda: pair_chart(5),
    "many pairs": lambda: pair_chart(30),
    "weights": lambda: charts.weight_chart({IDS[0]: 0.25, IDS[1]: 0.75}, STYLES, "Weights"),
    "accuracy history": lambda: charts.learning_chart(histories(), "accuracy", STYLES),
    "printed epochs": lambda: charts.learning_chart(histories(), "loss", STYLES, histories()),
    "people and best known": lambda: charts.interval_chart(scores(), STYLES, None, references_frame()),
    "reproduced": lambda: charts.reproduced_chart(
        scores().assign(reported=[0.7, float("nan"), 0.5]), "Reported and reproduced"
    ),
    "severity": lambda: charts.severity_chart(
        pd.DataFrame(
            {
                "variant": np.repeat(IDS, 6),
                "severity": list(range(6)) * len(IDS),
                "level": ["untouched", "1", "2", "3", "4", "5"] * len(IDS),
                "accuracy": 0.5,
            }
        ),
        "Blur: accuracy by severity",
        "pixels",
        STYLES,
    ),
    "severity with intervals": lambda: charts.severity_chart(
        pd.DataFrame(
            {
                "variant": IDS[0],
                "severity": [0, 1],
                "level": ["untouched", "1"],
                "accuracy": 0.5,
                "lo": 0.4,
                "hi": 0.6,
            }
        ),
        "Blur: accuracy by severity",
        "pixels",
        STYLES,
    ),
    "claim": lambda: charts.claim_chart(
        pd.DataFrame(
            {
                "label": ["one over two", "one over three"],
                "advantage": [1.0, -2.0],
                "lo": [-0.5, -3.0],
                "hi": [2.5, -1.0],
                "text": ["+1.0", "−2.0"],
                "verdict": ["undecided", "does not hold"],
                "unit": "faces of 100",
            }
        ),
        "How far ahead",
    ),
    "timeline": lambda: charts.timeline_chart(
        charts.timeline_strips(PROBS.assign(time_s=1.0), 0.5),
        IDS[:2],
        STYLES,
        "Timeline",
        (0.0, 9.0),
        "Seconds",
    ),
    "loss history": lambda: charts.learning_chart(histories(), "loss", STYLES),
}


def rows_of(spec: dict) -> list[dict]:
    """All data rows in a chart."""
    return [row for rows in spec["datasets"].values() for row in rows]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG defines it."""
    channels = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blend(colour: str, background: str, opacity: float) -> str:
    """What is seen where ``colour`` lies over ``background``."""
    over, under = (np.array([int(hue[at : at + 2], 16) for at in (1, 3, 5)]) for hue in (colour, background))
    return "#" + "".join(f"{round(value):02x}" for value in opacity * over + (1 - opacity) * under)


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


def test_no_name_of_a_point_lies_on_another_and_the_more_accurate_is_named():
    close = scores().assign(accuracy=[0.6, 0.6, 0.605], latency_ms=[1.0, 40.0, 41.0])
    spec = charts.tradeoff_chart(close, "latency_ms", pd.Series([True] * 3), STYLES).to_dict()
    (rows,) = spec["datasets"].values()
    assert [row["id"] for row in rows if row["named"]] == [IDS[0], IDS[2]]


def test_people_and_the_best_known_are_lines_with_their_figures_in_the_key():
    spec = EVERY_CHART["people and best known"]().to_dict()
    told = " ".join(spec["title"]["subtitle"])
    assert "people (65 ± 5, 65.8 of 100)" in told and "best known then (71.2, 73, 75.2, 75.8)" in told
    band, people, best = (spec["datasets"][layer["data"]["name"]] for layer in spec["layer"][:3])
    assert [(round(row["low"], 3), round(row["high"], 3)) for row in band] == [(0.6, 0.7)]
    assert (len(people), len(best)) == (2, 4)


def test_printed_epochs_are_drawn_apart_from_ours():
    ours, both = (EVERY_CHART[name]().to_dict() for name in ("loss history", "printed epochs"))
    assert len(rows_of(both)) == 2 * len(rows_of(ours))
    assert "Faint" in both["title"]["subtitle"][-1] and "Faint" not in json.dumps(ours)
    assert charts.learning_chart(histories().iloc[:0], "loss", STYLES, histories()).to_dict()["layer"]


def test_text_takes_the_colour_of_the_page():
    assert INK == "currentColor"


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("colour", [*charts.EMOTION_COLOURS.values(), ACCENT, BETTER, WORSE])
def test_every_fixed_colour_stands_out_in_both_themes(colour, background):
    assert contrast(colour, background) >= 2.9


@pytest.mark.parametrize("background", [LIGHT, DARK])
def test_every_model_colour_stands_out_in_both_themes(background):
    for style in charts.model_styles([f"family.model{number}" for number in range(16)]).values():
        assert contrast(style.colour, background) >= 2.9


@pytest.mark.parametrize(("background", "text"), [(LIGHT, "#1e2733"), (DARK, "#e4e9f0")])
@pytest.mark.parametrize("fill", [ACCENT, WORSE])
def test_numbers_can_be_read_on_cells_of_every_tint(fill, background, text):
    for tint in np.linspace(0, 1, 51):
        opacity = np.interp(tint, [0, 1], [0.03, 1])
        ink = "#ffffff" if tint > DEEP_TINT else text
        assert contrast(ink, blend(fill, background, opacity)) >= 3


def test_the_first_eight_models_have_eight_colours():
    styles = charts.model_styles([f"family.model{number}" for number in range(8)])
    assert len({style.colour for style in styles.values()}) == 8


def test_fifty_models_all_look_different():
    styles = charts.model_styles([f"family.model{number}" for number in range(50)])
    assert len({(style.colour, style.shape, style.dash) for style in styles.values()}) == 50


def test_a_child_never_has_its_parents_colour():
    ids = [f"family.model{number}" for number in range(40)]
    parents = {ids[number]: ids[number * 7 % number] for number in range(1, 40)}
    styles = charts.model_styles(ids, parents)
    assert all(styles[child].colour != styles[parent].colour for child, parent in parents.items())
    assert len({(style.colour, style.shape) for style in styles.values()}) == len(ids)


def test_a_model_keeps_its_style_when_others_come_after_it():
    before = charts.model_styles(IDS)
    after = charts.model_styles([*IDS, "new.one", "new.two"])
    assert {name: after[name] for name in IDS} == before


def test_emotions_have_one_colour_each_in_the_one_order():
    assert tuple(charts.EMOTION_COLOURS) == EMOTIONS
    assert len(set(charts.EMOTION_COLOURS.values())) == len(EMOTIONS)


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


def test_counts_stand_at_bars_that_may_be_shares_of_their_set():
    rows = rows_of(EVERY_CHART["counts by split"]().to_dict())
    happy = {row["series"]: row for row in rows if row["label"].endswith("happy")}
    assert (happy["few"]["count"], happy["many"]["count"]) == (10, 40)
    assert happy["few"]["share"] == pytest.approx(100 / 7)
    assert happy["many"]["share"] == pytest.approx(100 * 40 / 6040)


def test_more_on_the_diagonal_is_better_and_more_beside_it_is_worse():
    difference = np.full((7, 7), 0.02)
    rows = rows_of(charts.confusion_difference_chart(difference, "row", "a model").to_dict())
    assert all(row["better"] == (row["true"] == row["answered"]) for row in rows)
    assert {row["text"] for row in rows} == {"+2"}


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


def test_charts_need_no_streamlit():
    code = "import sys, fer_core.charts; assert 'streamlit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


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


def test_a_picture_in_which_a_box_can_be_drawn_keeps_its_form_and_tells_pixels():
    chart = charts.box_picker(np.zeros((300, 600, 3), np.uint8)).to_dict()
    assert chart["width"] == 2 * chart["height"]
    assert chart["encoding"]["x"]["scale"]["domain"] == [0, 600]
    assert chart["encoding"]["y"]["scale"]["domain"] == [0, 300]
    assert [each["name"] for each in chart["params"]] == [charts.BOX]
