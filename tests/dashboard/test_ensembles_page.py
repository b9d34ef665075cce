"""The page Ensembles: what models are worth together, and saved as one."""

from __future__ import annotations

import pytest

from fer_core.__main__ import main
from fer_core.curation.recheck import rewrite_card
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.evaluation.predictions import write_predictions
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant
from fer_core.variants.test_splits import predict_splits
from tests.app_driver import PAGES, go, open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


def test_the_ensembles_page_says_what_the_models_are_worth_together(five):
    app = open_app("Ensembles", models="first.good,first.fair")
    said = texts(app)
    assert "Together they are right on **" in said and "first.good alone" in said
    rows = app.dataframe[0].value.set_index("Model")
    assert set(rows.index) == {
        "first.good",
        "first.fair",
        "together.fitted",
        "together.greedy",
        "together.equal",
    }
    assert rows["To the best member"]["first.good"] == "±0.0"


@pytest.mark.parametrize("weights", ["Fitted", "Greedy", "Equal"])
@pytest.mark.parametrize("average", ["Probabilities", "Logarithms"])
def test_every_way_to_weigh_and_average_can_be_followed_by_a_link(five, weights, average):
    app = open_app("Ensembles", models="first.good,second.poor", weights=weights, average=average)
    assert not app.exception and not app.error
    assert "Together they are right on" in texts(app)


def test_one_model_alone_or_models_of_other_faces_make_no_ensemble(five):
    assert "Choose a second model" in texts(open_app("Ensembles", models="first.good"))
    make_variant(five, "third.other", seed=8, faces_per_split=70)
    app = open_app("Ensembles", models="first.good,third.other")
    assert "third.other was measured on other faces than first.good" in app.error[0].value


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine.best", "**mine.best** is a model like any other now"),
        ("first.good", "a variant first.good already"),
    ],
)
def test_an_ensemble_is_saved_under_its_name_or_the_reason_is_told(five, trainer, name, said):
    app = open_app("Ensembles", models="first.good,first.fair")
    app.text_input[0].set_value(name)
    next(button for button in app.button if button.label == "Save as a model").click().run()
    app.session_state["saving"].error()  # waited for
    app.run()
    assert said in "\n".join([element.value for element in (*app.success, *app.error)])
    app = go(app, "Leaderboard")
    assert ("mine.best" in set(app.dataframe[0].value["id"])) == (name == "mine.best")


def test_int8_is_offered_where_the_pictures_are_and_halves_the_file(five, trainer):
    assert open_app("Ensembles", models="first.good,first.fair").checkbox(key="ensemble int8").disabled
    drawn = schematic_dataset(training=70, testing=35)
    store_dataset(drawn)
    for name in ("first.good", "first.fair"):
        variant = get_variant(name)
        write_predictions(variant.predictions_path, predict_splits(load_classifier(name), drawn))
        rewrite_card(variant, data_sha256=drawn.sha256)
    app = open_app("Ensembles", models="first.good,first.fair")
    app.checkbox(key="ensemble int8").check()
    app.text_input[0].set_value("mine.small")
    next(button for button in app.button if button.label == "Save as a model").click().run()
    app.session_state["saving"].error()  # waited for
    assert not app.run().error
    assert get_variant("mine.small").card.faceoff["ensemble"]["int8"]["calibration_faces"] == 70


def test_a_saved_ensemble_works_on_every_page(five):
    names = ["first.good", "first.fair"]
    assert main(["ensemble", *names, "--name", "mine.best"]) == 0
    app = open_app(models="mine.best,first.good", baseline="mine.best")
    for page in PAGES:
        app = go(app, page, models="mine.best,first.good", variant="mine.best")
        assert not app.exception and not app.error, page
        if page == "Model card":
            assert "How it was made" in texts(app)
        if page == "Try a picture":
            assert "**mine.best**: When this model says" in texts(app)
