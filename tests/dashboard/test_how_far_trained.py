"""How far each model was trained stands wherever its figures do."""

from __future__ import annotations

import pytest

from dashboard.shell import choices
from tests.app_driver import go, models, open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


@pytest.fixture
def lengths(five):
    """Beside the five: models cut short, stopped by their rule, continued, of members, and trained elsewhere."""
    make_variant(five, "third.cut", seed=5, skill=4.0, epochs_run=4, epochs_planned=150)
    make_variant(five, "third.ruled", seed=6, epochs_run=61, epochs_planned=200,
                 deviations=["Early stopping ended the training after epoch 61."])  # fmt: skip
    make_variant(five, "third.continued", seed=7, deviations=["It began with the weights of first.good."])
    for name, members in (("whole", ("first.good", "first.fair")), ("cut", ("first.good", "third.cut"))):
        made = {"members": [{"id": member, "weight": 0.5} for member in members], "chosen": "equal weights"}
        make_variant(five, f"together.{name}", framework="ensemble", epochs_run=None, ensemble=made)
    make_variant(five, "elsewhere.net", framework="onnx", epochs_run=None, epochs_planned=None)
    return five


def test_the_leaderboard_says_how_far_each_model_was_trained(lengths):
    app = open_app()
    rows = app.dataframe[0].value.set_index("id")
    shown = rows["training"].str.strip("\u2007")
    assert shown["third.cut"] == "4 of 150 epochs" and shown["third.ruled"] == "61 of at most 200 epochs"
    assert shown["together.whole"].strip() == "2 models as one" and shown["elsewhere.net"] == "elsewhere"
    said = texts(app)
    assert "**third.cut** is the best" in said
    assert "Of the 5 trained to their end the best is **first.good**" in said
    assert "1 was cut short and may improve" in said
    assert "Not trained to its end: longer training may improve it." in said


def test_the_filter_keeps_what_was_trained_to_the_end(lengths):
    app = open_app(to_end="yes", recipes="yes")
    assert set(app.dataframe[0].value["id"]) == {
        "first.good", "first.fair", "second.poor", "third.ruled", "together.whole", "elsewhere.net",
    }  # fmt: skip
    assert "Not trained to its end" not in texts(app)
    app = go(app, "Try a picture", source="Upload")
    assert not app.toggle(key=choices.widget_key("whole")).value, "a choice of that name is another page's"


def test_a_chip_says_how_far_its_model_was_trained(lengths):
    app = open_app("Compare", models="third.cut,first.good", baseline="first.good")
    chips = next(element.proto.body for element in app.get("html") if "fo-chips" in element.proto.body)
    assert "<small>4 of 150 epochs</small>" in chips
    assert "<small>baseline · 5 of 5 epochs</small>" in chips
    assert chips.count('class="fo-chip fo-short"') == 1
    assert "third.cut ◌" in models(app).options and "first.good" in models(app).options


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("third.cut", "Trained for **4 of 150 epochs**, cut short; longer training may improve it."),
        ("third.ruled", "Trained for **61 of at most 200 epochs**, stopped by its rule."),
        ("third.continued", "Trained for **5 of 5 epochs**, begun with another model's weights; longer"),
        ("first.good", "Trained for **5 of 5 epochs**."),
    ],
)
def test_the_head_of_a_card_says_how_far_the_model_was_trained(lengths, name, sentence):
    assert sentence in texts(open_app("Model card", variant=name))


@pytest.mark.parametrize("name", ["together.whole", "elsewhere.net"])
def test_a_model_without_epochs_says_nothing_of_its_length(lengths, name):
    app = open_app("Model card", variant=name)
    assert not app.exception
    assert "Trained for" not in texts(app)
