"""The page Leaderboard: one sentence, places and groups, and what is left out said."""

from __future__ import annotations

import pytest

from fer_core import paths
from fer_core.variants.card import read_card, write_card
from tests.app_driver import go, in_link, open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


def test_the_leaderboard_answers_in_one_sentence(five):
    said = texts(open_app())
    assert "**first.good** is the best: right on" in said
    assert "of 100 faces**, give or take" in said


def test_the_baseline_is_pinned_on_top_of_the_leaderboard(five):
    app = open_app(baseline="second.poor")
    assert app.dataframe[0].value["id"].iloc[0] == "second.poor"
    assert "Pinned on top" in texts(app)


def test_the_leaderboard_names_groups_places_and_what_copies_add(five):
    rows = open_app().dataframe[0].value.set_index("id")
    assert rows.loc[["first.good", "first.fair", "second.poor"], "group"].tolist() == [1, 2, 3]
    assert rows["place"]["first.good"] == "1"
    assert -0.1 < rows["inflation"]["first.good"] < 0.1
    assert "difference" not in rows and "p_accuracy" not in rows


def test_with_a_baseline_the_leaderboard_tests_every_difference_to_it(five):
    rows = open_app(baseline="second.poor").dataframe[0].value.set_index("id")
    assert rows["p_accuracy"]["first.good"] < 0.001
    assert rows["difference"]["first.good"].startswith("+")
    assert rows["difference"]["second.poor"] == "–"


def test_models_that_are_equally_good_are_not_called_different(five):
    make_variant(five, "first.twin", seed=1, skill=3.0)
    said = texts(open_app())
    assert "It **can't be told apart** from first.twin" in said
    app = open_app("Compare", models="first.good,first.twin", section="All of it")
    assert "They are right equally often" in texts(app)


def test_models_measured_on_other_faces_stand_in_no_pair_with_these(five):
    make_variant(five, "third.other", seed=8, skill=2.9, faces_per_split=70)
    app = open_app(baseline="first.good")
    assert "1 model was measured on other faces" in texts(app)
    assert "so not ranked, and not in the pictures: third.other" in texts(app)
    rows = app.dataframe[0].value.set_index("id")
    measured = rows.index[rows["accuracy"].notna()]
    assert measured[-1] == "third.other", "it stands below all that can be ranked"
    assert not app.exception
    app = open_app("Compare", models="first.good,first.fair,third.other", section="All of it")
    assert "Measured on other faces, so not in any pair: third.other" in texts(app)
    assert not app.exception


def test_a_damaged_file_is_named_on_the_leaderboard_and_the_others_keep_their_places(five):
    (five / "first.good" / paths.PREDICTIONS).write_bytes(b"damaged")
    app = open_app(baseline="first.good")
    assert not app.exception
    assert "is not a readable Parquet file" in app.error[0].value
    assert app.dataframe[0].value.set_index("id")["group"]["first.fair"] == 1


def test_a_broken_folder_is_listed_with_its_reason_and_hides_nothing(five):
    app = open_app()
    assert "third.broken" in texts(app)
    assert "there is no README.md" in texts(app)
    assert set(app.dataframe[0].value["id"]) == {"first.good", "first.fair", "second.poor"}


def test_figures_that_the_predictions_do_not_give_are_told_and_never_crowned(five):
    facts = read_card(five / "second.poor").faceoff
    better = {"accuracy": 0.99, "accuracy_ci95": [0.98, 1.0]}
    metrics = {split: block | better for split, block in facts["metrics"].items()}
    write_card(five / "second.poor", facts | {"metrics": metrics})
    app = open_app()
    assert "second.poor: its card says accuracy 0.99 on PrivateTest" in texts(app)
    assert "first.good" in texts(app) and "**second.poor** is the best" not in texts(app)
    assert "second.poor" not in app.dataframe[0].value["id"].tolist()
    assert "its predictions give" in texts(go(app, "Model card", variant="second.poor"))
    assert "its predictions give" not in texts(go(app, "Model card", variant="first.good"))


def test_recipes_stand_behind_one_switch_with_their_count_which_the_link_keeps(five):
    app = open_app()
    switch = next(toggle for toggle in app.toggle if "not trained" in toggle.label)
    assert switch.label == "Also show 1 recipe not trained yet"
    switch.set_value(True).run()
    assert "second.recipe" in set(app.dataframe[0].value["id"])
    assert in_link(app, "recipes") == "yes"


def test_a_recipe_is_listed_without_figures(five):
    rows = open_app(recipes="yes").dataframe[0].value.set_index("id")
    assert rows["training"]["second.recipe"].strip("\u2007") == "–"
    assert rows.loc["second.recipe", ["accuracy", "macro_f1", "log_loss"]].isna().all()
    assert rows.loc["second.recipe", "reported_accuracy"] == pytest.approx(0.6)


def test_filters_that_keep_nothing_say_so(five):
    app = open_app(family="second", framework="keras")
    assert "No model passes these filters" in texts(app)


def test_repeats_of_a_recipe_can_be_left_out_of_the_leaderboard(five):
    for seed in (1, 2, 3):
        make_variant(five, f"fourth.net_{seed}", seed=seed, recipe={"seed": seed, "epochs": 9})
    shown = {once: set(open_app(once=once, recipes="yes").dataframe[0].value["id"]) for once in ("no", "yes")}
    assert {"fourth.net_2", "fourth.net_3"} <= shown["no"] - shown["yes"]
    assert {"fourth.net_1", "first.good", "second.recipe"} <= shown["yes"]


def test_unknown_speeds_can_be_measured_from_the_leaderboard(five, trainer):
    app = open_app()
    assert app.dataframe[0].value.set_index("id")["latency_ms"].isna()["second.poor"]
    button = next(button for button in app.button if button.label == "Measure the speed of 1 here")
    button.click().run()
    assert app.dataframe[0].value.set_index("id")["latency_ms"]["second.poor"] > 0
    assert "Measure the speed" not in [button.label for button in app.button]
