"""Every page runs on whatever variants there are, and says troubles in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import streamlit_webrtc.component
from PIL import Image
from skimage.data import astronaut

from dashboard import choices
from fer_core import paths
from fer_core.emotions import EMOTIONS
from tests.app_driver import APP, PAGES, TIMEOUT_S, go, in_link, make_five, models, open_app, texts
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def cards(tmp_path, monkeypatch) -> Path:
    """An empty folder that is the only source of variants."""
    return use_empty_folders(monkeypatch, tmp_path)[1]


@pytest.fixture
def five(cards) -> Path:
    """The variants of ``make_five``."""
    return make_five(cards)


def run_alone(code: str) -> None:
    """Run Python code in a process of its own; it must not fail."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(paths.REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(autouse=True)
def no_browser(monkeypatch) -> None:
    """Nobody is at the other end of a stream."""
    monkeypatch.setattr(streamlit_webrtc.component, "get_this_session_info", lambda: None)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_its_name_and_without_an_error(five, page):
    app = go(open_app(), page)
    assert [title.value for title in app.title] == [page]
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_to_do_when_there_is_no_variant(cards, page):
    app = go(open_app(), page)
    assert not app.exception
    assert "No trained model is here yet" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_when_nothing_has_been_trained(cards, page):
    make_variant(cards, "only.recipe", status="recipe-only")
    app = go(open_app(), page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", ["Compare", "Try a picture", "Live"])
def test_a_page_without_a_chosen_model_offers_the_best(five, page):
    app = go(open_app(models=""), page)
    assert "No model is chosen" in texts(app)
    app.button[0].click().run()
    assert models(app).value[0] == "first.good"
    assert "No model is chosen" not in texts(app)


def test_the_leaderboard_answers_in_one_sentence(five):
    said = texts(open_app())
    assert "**first.good** is the best: right on" in said
    assert "of 100 faces**, give or take" in said


def test_the_baseline_is_pinned_on_top_of_the_leaderboard(five):
    app = open_app(baseline="second.poor")
    assert app.dataframe[0].value["id"].iloc[0] == "second.poor"
    assert "Pinned on top" in texts(app)


def test_a_broken_folder_is_listed_with_its_reason_and_hides_nothing(five):
    app = open_app()
    assert "third.broken" in texts(app)
    assert "there is no README.md" in texts(app)
    assert set(app.dataframe[0].value["id"]) == {"first.good", "first.fair", "second.poor", "second.recipe"}


def test_a_recipe_is_listed_without_figures(five):
    rows = open_app().dataframe[0].value.set_index("id")
    assert rows.loc["second.recipe", ["accuracy", "macro_f1", "log_loss"]].isna().all()
    assert rows.loc["second.recipe", "reported_accuracy"] == pytest.approx(0.6)


def test_filters_that_keep_nothing_say_so(five):
    app = open_app(family="second", framework="keras")
    assert "No model passes these filters" in texts(app)


def test_compare_shows_only_the_recipe_keys_that_differ(five):
    app = go(open_app(models="first.good,first.fair"), "Compare")
    differing = app.dataframe[0].value.set_index("key")
    assert {"framework", "seed"} <= set(differing.index)
    assert "batch_size" not in differing.index


@pytest.mark.parametrize("cells", ["Rows", "Columns", "Counts"])
def test_confusion_differences_need_another_model_than_the_baseline(five, cells):
    app = go(open_app(models="first.good", baseline="first.good"), "Compare", difference="yes", cells=cells)
    assert not app.exception
    assert "is the baseline itself" in texts(app)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_drawn_sample_is_answered_at_once(five, emotion):
    app = go(open_app(), "Try a picture", sample=emotion)
    assert not app.exception
    assert "When this model says" in texts(app)


def test_a_picture_is_answered_without_being_stored(five, tmp_path):
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    app = go(open_app(), "Try a picture", source="Upload")
    app.file_uploader[0].set_value(("astronaut.jpg", file.getvalue(), "image/jpeg")).run()
    assert not app.error
    assert "1 face found" in texts(app)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_bad_picture_gets_one_sentence_and_the_page_stays_usable(five):
    app = go(open_app(), "Try a picture", source="Upload")
    app.file_uploader[0].set_value(("note.png", b"not a picture at all", "image/png")).run()
    assert [error.value for error in app.error] == [
        "note.png is not a picture; choose a JPEG, PNG or WebP file."
    ]
    app.button_group(key=choices.widget_key("source")).set_value("Sample").run()
    assert not app.error
    assert "When this model says" in texts(app)


def test_a_model_without_its_file_is_named_and_the_others_answer(five):
    make_variant(five, "third.large", seed=9, with_model=False, parameters=50_000_000)
    app = go(open_app(models="third.large,first.good"), "Try a picture")
    assert not app.exception
    assert "can't answer here: third.large" in texts(app)
    assert "**first.good**: When this model says" in texts(app)


@pytest.mark.parametrize(
    ("variant", "said"),
    [("first.good", "Intended use"), ("second.recipe", "A recipe only"), ("third.broken", "no README.md")],
)
def test_the_model_card_shows_trained_recipe_and_broken_variants(five, variant, said):
    app = go(open_app(), "Model card")
    app.selectbox(key=choices.widget_key("variant")).set_value(variant).run()
    assert not app.exception
    assert said in texts(app)
    assert in_link(app, "variant") == variant


def test_walking_all_pages_imports_no_training_framework(five):
    walk = f"""
import sys
from streamlit.testing.v1 import AppTest
from fer_core import paths
paths.SHIPPED_CARDS = paths.home() / "shipped"
app = AppTest.from_file({APP!r}, default_timeout={TIMEOUT_S}).run()
for page in {list(PAGES.values())!r}:
    app.switch_page(page)
    app.run()
    assert not app.exception, page
    assert app.title, page
assert not {{"tensorflow", "keras", "torch"}} & set(sys.modules), sorted(sys.modules)
"""
    run_alone(walk)


def test_only_the_page_live_brings_the_libraries_of_streams(five):
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
from fer_core import paths
paths.SHIPPED_CARDS = paths.home() / "shipped"
app = AppTest.from_file({APP!r}, default_timeout={TIMEOUT_S}).run()
for page in {[page for page in PAGES.values() if "live" not in page]!r}:
    app.switch_page(page)
    app.run()
assert not {{"av", "aiortc", "streamlit_webrtc"}} & set(sys.modules)
"""
    run_alone(code)


def test_unknown_speeds_can_be_measured_from_the_leaderboard(five):
    app = open_app()
    assert app.dataframe[0].value.set_index("id")["latency_ms"].isna()["second.poor"]
    button = next(button for button in app.button if button.label == "Measure the speed of 1 here")
    button.click().run()
    assert app.dataframe[0].value.set_index("id")["latency_ms"]["second.poor"] > 0
    assert "Measure the speed" not in [button.label for button in app.button]


@pytest.mark.parametrize(
    ("page", "damaged", "said"),
    [
        ("Compare", paths.PREDICTIONS, "is not a readable Parquet file"),
        ("Try a picture", paths.MODEL, "is not a model that ONNX Runtime can load"),
    ],
)
def test_a_damaged_file_takes_only_its_own_model_off_the_page(five, page, damaged, said):
    (five / "first.good" / damaged).write_bytes(b"damaged")
    app = go(open_app(models="first.good,first.fair"), page)
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert app.get("vega_lite_chart")
