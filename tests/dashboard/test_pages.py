"""Every page runs on whatever variants there are, whatever their files hold."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fer_core import paths
from tests.app_driver import APP, PAGES, TIMEOUT_S, in_link, models, open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


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


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_its_name_and_without_an_error(five, page):
    app = open_app(page)
    assert [title.value for title in app.title] == [page]
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", [page for page in PAGES if page != "Train"])
def test_every_page_says_what_to_do_when_there_is_no_variant(cards, page):
    app = open_app(page)
    assert not app.exception
    assert "No trained model is here yet" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_when_nothing_has_been_trained(cards, page):
    make_variant(cards, "only.recipe", status="recipe-only")
    app = open_app(page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", ["Compare", "Try a picture", "Live"])
def test_a_page_without_a_chosen_model_offers_the_best(five, page):
    app = open_app(page, models="")
    assert "No model is chosen" in texts(app)
    next(button for button in app.button if button.label.startswith("Choose the best")).click().run()
    assert models(app).value[0] == "first.good"
    assert "No model is chosen" not in texts(app)


def test_walking_all_pages_imports_no_training_framework(five):
    walk = f"""
import sys
from streamlit.testing.v1 import AppTest
from fer_core import paths
from fer_core.__main__ import main
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


@pytest.mark.parametrize("page", ["Compare", "Try a picture"])
def test_a_calibrated_model_is_less_sure_and_the_choice_goes_along_in_the_link(five, page):
    link = {"models": "first.good,first.fair", "calibrated": "first.good", "section": "Certainty"}
    app = open_app(page, **link)
    assert not app.exception
    assert in_link(app, "calibrated") == "first.good"
    plain = open_app(page, models=link["models"], section="Certainty")
    shown, before = ([chart.proto.spec for chart in run.get("vega_lite_chart")] for run in (app, plain))
    assert len(shown) == len(before) and shown != before


@pytest.mark.parametrize(
    ("page", "damaged", "said"),
    [
        ("Compare", paths.PREDICTIONS, "is not a readable Parquet file"),
        ("Try a picture", paths.MODEL, "is not a model that ONNX Runtime can load"),
    ],
)
def test_a_damaged_file_takes_only_its_own_model_off_the_page(five, page, damaged, said):
    (five / "first.good" / damaged).write_bytes(b"damaged")
    app = open_app(page, models="first.good,first.fair")
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert app.get("vega_lite_chart")


ODD_FILES = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00damaged",
    "other columns": b"a,b\n1,2\n",
    "words for numbers": b"epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds\n"
    b"one,two,three,four,five,six,seven\n",
    "lists without end": b"a: " + b"[" * 5000,
}


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("Live", "Data")])
@pytest.mark.parametrize("kind", ODD_FILES)
def test_whatever_the_files_of_a_folder_hold_every_page_opens(five, page, kind):
    for name in (
        paths.PREDICTIONS,
        paths.MODEL,
        paths.HISTORY,
        paths.ROBUSTNESS,
        paths.HEAT_MAPS,
        paths.RECIPE,
        paths.WEIGHTS,
    ):
        (five / "first.good" / name).write_bytes(ODD_FILES[kind])
    app = open_app(page, models="first.good,first.fair", variant="first.good", section="All of it")
    assert not app.exception, app.exception


@pytest.mark.parametrize("page", ["Compare", "Model card", "Robustness", "Train"])
@pytest.mark.parametrize("kind", ODD_FILES)
def test_an_odd_history_recipe_or_table_leaves_the_figures_of_its_model(five, page, kind):
    for name in (paths.HISTORY, paths.ROBUSTNESS, paths.RECIPE):
        (five / "first.good" / name).write_bytes(ODD_FILES[kind])
    app = open_app(page, models="first.good,first.fair", variant="first.good", section="All of it")
    assert not app.exception, app.exception
    if page in ("Compare", "Model card"):
        assert app.error[0].value.startswith("first.good/history.csv ")
