"""Faces of an imported data set in a real browser: a click on a cell or a pair shows them, and the page Data does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, store_dataset
from fer_core.emotions import EMOTIONS, GLYPHS
from fer_core.evaluation.metrics import card_metrics, confusion
from fer_core.evaluation.mistakes import one_right_one_wrong
from fer_core.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_core.evaluation.sheet import answer_sheet
from tests.browser.server import serve
from tests.browser.visits import FITS, WAIT_MS
from tests.fixtures_variants import make_predictions, make_variant

pytestmark = pytest.mark.browser

TESTING = 140
SKILLS = {"demo.good": 1.5, "demo.poor": 0.5}


@pytest.fixture(scope="module")
def pictured(tmp_path_factory) -> Path:
    """A FER_HOME with drawn faces and two variants that were measured on them."""
    home = tmp_path_factory.mktemp("pictured")
    dataset = build_dataset(schematic_dataset(70, TESTING).splits, "drawn faces")
    store_dataset(dataset, home / "data")
    names = np.concatenate([dataset.split(name).names for name in ("PublicTest", "PrivateTest")])
    for seed, (name, skill) in enumerate(SKILLS.items(), start=1):
        drawn = make_predictions(TESTING, seed, skill)
        answers = Predictions(drawn.split, names, drawn.label, np.zeros(2 * TESTING, bool), drawn.probs)
        metrics = card_metrics(answers)
        folder = make_variant(home / "model_cards", name, seed=seed, skill=skill, metrics=metrics)
        write_predictions(folder / paths.PREDICTIONS, answers)
    return home


@pytest.fixture(scope="module")
def server(pictured) -> Iterator[str]:
    with serve(pictured) as started:
        yield started


def answers_of(home: Path, name: str) -> Predictions:
    return read_predictions(home / "model_cards" / name / paths.PREDICTIONS)


def click_cell(page: Page, true: str, answered: str) -> None:
    """Click the middle of that cell of the chart, where its number stands."""
    glyphs = {"true": f"{GLYPHS[true]} {true}", "answered": f"{GLYPHS[answered]} {answered}"}
    labelled = page.locator("svg.marks .mark-rect path[aria-label]")
    cell = labelled.and_(page.locator(f"[aria-label*=' true: {glyphs['true']}']"))
    box = cell.and_(page.locator(f"[aria-label*='answered: {glyphs['answered']}']")).first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def cells_of_two_kinds(home: Path) -> list[tuple[str, str, list[str]]]:
    """Two cells with faces, each with the names of these, the surest first."""
    answers = answers_of(home, "demo.good").of("PrivateTest")
    counts = confusion(answers.label, answers.predicted)
    np.fill_diagonal(counts, 0)
    found = []
    for flat in np.argsort(-counts, axis=None, kind="stable")[:2]:
        true, predicted = divmod(int(flat), len(EMOTIONS))
        keep = (answers.label == true) & (answers.predicted == predicted)
        order = np.argsort(-answers.confidence[keep], kind="stable")
        found.append((EMOTIONS[true], EMOTIONS[predicted], answers.image[keep][order].tolist()))
    return found


def test_a_click_on_a_cell_shows_its_faces_and_another_click_others(page, server, pictured):
    page.goto(f"{server}/mistakes?models=demo.good")
    expect(page.get_by_text(re.compile("is wrong on"))).to_be_visible(timeout=WAIT_MS)
    for true, answered, names in cells_of_two_kinds(pictured):
        expect(page.locator("svg.marks .mark-rect path").first).to_be_visible(timeout=WAIT_MS)
        click_cell(page, true, answered)
        expect(page).to_have_url(re.compile(f"kind=cell.*true={true}.*answered={answered}"), timeout=WAIT_MS)
        expect(page.locator(".fo-name")).to_contain_text(names, timeout=WAIT_MS)
        sizes = page.locator(".fo-pixels").evaluate_all("faces => faces.map(face => face.naturalWidth)")
        assert sizes == [48] * len(names)


def test_compare_leads_to_the_faces_of_the_same_models(page, server):
    page.goto(f"{server}/compare?models=demo.poor,demo.good")
    page.get_by_role("link", name="See the faces behind the cells").click(timeout=WAIT_MS)
    expect(page.get_by_role("heading", name="Mistakes", level=1)).to_be_visible(timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"mistakes\?models=demo.poor(,|%2C)demo.good"), timeout=WAIT_MS)
    expect(page.locator(".fo-name").first).to_be_visible(timeout=WAIT_MS)


def test_a_click_on_a_pair_shows_what_one_gets_right_and_the_other_wrong(page, server, pictured):
    sheet = answer_sheet({name: answers_of(pictured, name) for name in SKILLS}).of("PrivateTest")
    names = sheet.image[one_right_one_wrong(sheet, "demo.poor", "demo.good")]
    page.goto(f"{server}/mistakes?models={','.join(SKILLS)}&kind=one_right_one_wrong")
    expect(page.get_by_text("demo.good is right and demo.poor is wrong")).to_be_visible(timeout=WAIT_MS)
    cell = page.locator("svg.marks .mark-rect path[aria-label*='Model: demo.poor; With: demo.good']").first
    expect(cell).to_be_visible(timeout=WAIT_MS)
    box = cell.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile("first=demo.poor"), timeout=WAIT_MS)
    expect(page.locator(".fo-name")).to_contain_text(names[:12].tolist(), timeout=WAIT_MS)


def test_a_link_to_a_cell_shows_it_to_somebody_else_on_a_telephone(chromium, server, pictured):
    true, answered, names = cells_of_two_kinds(pictured)[0]
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{server}/mistakes?models=demo.good&kind=cell&true={true}&answered={answered}")
    expect(page.locator(".fo-name")).to_have_count(len(names), timeout=WAIT_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.parametrize("part", ["Overview", "Preparations", "Augmentation"])
def test_the_page_data_shows_faces_that_fit_a_telephone(chromium, server, part):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{server}/data?part_of_data={part}&augmented=pisa.cnn6")
    expect(page.locator(".fo-strip img").last).to_be_visible(timeout=WAIT_MS)
    page.wait_for_function(FITS, timeout=WAIT_MS)
    sizes = page.locator(".fo-strip img").evaluate_all("faces => faces.map(face => face.naturalWidth)")
    assert set(sizes) == {48}
    expect(page.get_by_test_id("stException")).to_have_count(0)
    context.close()
