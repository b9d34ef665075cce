"""What the most accurate model costs, in a sentence."""

import pandas as pd
import pytest

from fer_core.comparison.decision import decision
from tests.app_driver import make_five, open_app, texts
from tests.fixtures_variants import use_empty_folders


def frame(*rows):
    return pd.DataFrame(rows, columns=["id", "accuracy", "group", "latency_ms", "size_mb"])


def test_the_dear_best_is_weighed_against_the_quickest():
    said = decision(
        frame(("a.big", 0.70, 1, 8.4, 6.0), ("a.tiny", 0.60, 2, 0.6, 0.3), ("a.mid", 0.65, 3, 4.0, 2.0))
    )
    assert said == (
        "**a.big** is right on 10.0 of 100 faces more than **a.tiny**, for 14 times the time (8.4 against 0.6 ms a "
        "face) and 20 times the size."
    )


def test_a_quicker_model_that_can_t_be_told_apart_is_the_bargain():
    said = decision(
        frame(("a.big", 0.70, 1, 8.0, 6.0), ("a.mid", 0.69, 1, 2.0, 9.0), ("a.tiny", 0.60, 2, 0.5, None))
    )
    assert said.startswith(
        "**a.mid** can't be told apart from a.big and is 4 times as fast (2.0 instead of 8.0 ms"
    )
    assert said.endswith("**a.mid** is right on 9.0 of 100 faces more than **a.tiny**, for 4 times the time (2.0 "
                         "against 0.5 ms a face).")  # fmt: skip


def test_accuracy_that_costs_nothing_is_said():
    said = decision(frame(("a.best", 0.70, 1, 0.5, 1.0), ("a.poor", 0.60, 2, 0.5, 1.0)))
    assert said == "No other is much quicker than **a.best**: its accuracy costs no time."


ONE, OTHER = ("a.one", 0.7, 1, 1.0, 1.0), ("b.other", 0.6, 2, 1.0, 1.0)
APART, UNTIMED = ("b.apart", 0.6, None, 1.0, 1.0), ("b.untimed", 0.6, 2, None, 1.0)


@pytest.mark.parametrize("rows", [[], [ONE], [ONE, APART], [OTHER, UNTIMED]])
def test_with_one_model_of_known_price_there_is_nothing_to_decide(rows):
    assert decision(frame(*rows)) == ""


@pytest.mark.usefixtures("no_browser")
def test_compare_opens_with_the_verdict_the_decision_and_a_row_a_model(tmp_path, monkeypatch):
    make_five(use_empty_folders(monkeypatch, tmp_path)[1])
    app = open_app("Compare", models="first.good,first.fair", baseline="second.poor")
    assert not app.exception
    said = texts(app)
    assert "**first.good** is the best" in said
    assert "for 2.0 times the time" in said
    rows = app.dataframe[0].value
    assert rows["id"].tolist() == ["second.poor", "first.good", "first.fair"], "the baseline is pinned"
    assert {"accuracy", "interval", "training", "latency_ms", "size_mb", "macro_f1", "log_loss"} <= set(rows)
    labels = [button.label for button in app.get("download_button")]
    assert labels.index("Handout as HTML") < labels.index("Precision, recall and F1 as CSV")


@pytest.mark.usefixtures("no_browser")
@pytest.mark.parametrize(
    ("section", "heading", "other"),
    [
        ("Curves", "ROC and precision-recall curves", "Emotion by emotion"),
        ("Training", "How they learned", "On which faces?"),
    ],
)
def test_a_link_leads_to_one_section_and_draws_no_other(tmp_path, monkeypatch, section, heading, other):
    make_five(use_empty_folders(monkeypatch, tmp_path)[1])
    app = open_app("Compare", models="first.good,first.fair", section=section)
    headings = [title.value for title in app.subheader]
    assert heading in headings and other not in headings


def test_a_quick_one_of_a_lower_group_that_is_right_more_often_is_held_against_the_best():
    said = decision(
        frame(
            ("a.best", 0.60, 1, 10.0, 1.0), ("a.bargain", 0.55, 1, 5.0, 1.0), ("a.quick", 0.56, 2, 1.0, 1.0)
        )
    )
    assert said.endswith("**a.best** is right on 4.0 of 100 faces more than **a.quick**, for 10 times the time (10.0 "
                         "against 1.0 ms a face).")  # fmt: skip


def test_of_several_about_as_quick_the_most_accurate_is_the_price():
    said = decision(
        frame(("a.big", 0.71, 1, 34.0, 6.0), ("a.tiny", 0.66, 2, 0.6, 0.1), ("a.poor", 0.51, 3, 0.58, 0.2))
    )
    assert said.startswith("**a.big** is right on 5.0 of 100 faces more than **a.tiny**")
