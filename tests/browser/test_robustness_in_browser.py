"""A distortion run in a real browser: ordered on the page, and its table and curves drawn when it is done."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.evaluation.distorted import list_steps, read_robustness
from fer_core.evaluation.predictions import write_predictions
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.test_splits import predict_splits
from tests.browser.server import TOKEN, serve
from tests.browser.visits import finished
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.browser

VARIANT = "demo.measured"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Drawn faces, and a variant whose stored answers are those of its model file on them."""
    home = tmp_path_factory.mktemp("robustness")
    drawn = schematic_dataset(14, 280)
    store_dataset(drawn, home / "data")
    folder = make_variant(home / "model_cards", VARIANT, seed=1)
    write_predictions(folder / paths.PREDICTIONS, predict_splits(OnnxClassifier(folder / paths.MODEL), drawn))
    return home


def test_a_model_is_measured_under_every_distortion_from_the_page(page, home):
    with serve(home) as address:
        page.goto(f"{address}/robustness?token={TOKEN}&models={VARIANT}&distortion=Gaussian blur")
        finished(page, "Robustness")
        page.get_by_role("button", name=f"Measure {VARIANT}").click()
        expect(page.get_by_text(f"Over all distortions {VARIANT} is right on")).to_be_visible(timeout=120_000)
        finished(page, "Robustness")
        charts = page.get_by_test_id("stVegaLiteChart").locator("svg.marks")
        expect(charts.filter(has_text="Gaussian blur: accuracy by severity")).to_be_visible()
        with page.expect_download() as saved:
            page.get_by_role("button", name="These figures as CSV").click()
    table = read_robustness(home / "model_cards" / VARIANT / paths.ROBUSTNESS)
    assert len(table) == len(list_steps())
    assert len(saved.value.path().read_text().splitlines()) == 1 + len(table)
