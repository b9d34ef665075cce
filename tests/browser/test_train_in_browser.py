"""The whole loop in a real browser, with a real training: start, watch, cancel, resume, and use what came of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from tests.browser.server import TOKEN, serve
from tests.browser.visits import finished
from tests.fixtures_variants import make_variant
from tests.jobs.conftest import kill_processes_of

pytestmark = [pytest.mark.browser, pytest.mark.training]

PARENT, CHILD = "demo.parent", "demo.child"
EPOCHS = 30
#: A framework's import on a busy machine.
PATIENCE_MS = 60_000
RECIPE = {
    "architecture": {"name": "customnet", "filters": [8, 16], "groups": 4, "dropout": 0.0},
    "optimizer": {"name": "adam", "learning_rate": 0.01},
    "batch_size": 32,
}
#: The epoch that the progress bar names, 0 while it names none; all of them once the job is finished, as a
#: quick machine's may be before a page is drawn again.
EPOCH_SHOWN = f"""
    [...document.querySelectorAll(".stMarkdownBadge")].some(badge => badge.innerText.includes("finished")) ? {EPOCHS} :
    Number((document.querySelector("[data-testid=stProgress]")?.innerText.match(/Epoch (\\d+) of/) ?? [0, 0])[1])
"""
#: From now on, the most cards, badges and switches that stood in the page at once.
WATCH = """
    window.most = {};
    const count = () => {
        for (const [name, selector] of Object.entries({
            cards: "[class*='st-key-job-']", badges: "[data-testid=stMain] .stMarkdownBadge",
            switches: "[class*='st-key-curves-']", bars: "[data-testid=stProgress]",
        })) window.most[name] = Math.max(window.most[name] ?? 0, document.querySelectorAll(selector).length);
    };
    count();
    new MutationObserver(count).observe(document.body, {childList: true, subtree: true, attributes: true});
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="module")
def address(home):
    """A server of its own on drawn faces, with one trained variant to begin with."""
    store_dataset(schematic_dataset(350, 70), home / "data")
    make_variant(home / "model_cards", PARENT, seed=1, recipe=RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_JOBS_IDLE_S", "1")
        with serve(home) as started:
            yield started
    kill_processes_of(home)


def wait_for_epoch(page, least):
    """The epoch that the page names, as soon as that is ``least`` or a later one."""
    page.wait_for_function(f"least => ({EPOCH_SHOWN}) >= least", arg=least, timeout=PATIENCE_MS)
    return page.evaluate(EPOCH_SHOWN)


def state(page, word):
    """The badge of the only job."""
    badges = page.get_by_test_id("stMain").locator(".stMarkdownBadge")
    expect(badges.filter(has_text=word)).to_be_visible(timeout=PATIENCE_MS)
    expect(badges).to_have_count(1)
    expect(page.get_by_text("encountered an error")).to_have_count(0)


def slow_double_click(page, button, opened):
    """Clicks whose second comes when what the first opens is there already, above the button."""
    button.click()
    expect(opened).to_be_visible()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    expect(opened).to_be_visible()


def test_a_training_is_started_watched_cancelled_resumed_and_its_variant_used(page, address, home):
    page.goto(f"{address}/train?token={TOKEN}&recipe={PARENT}")
    finished(page, "Train")
    page.get_by_role("spinbutton", name="Epochs", exact=True).fill(str(EPOCHS))
    page.get_by_role("textbox", name="Name of the new variant").fill(CHILD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"changes=epochs(=|%3D){EPOCHS}"))
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(f"Queued: {CHILD}.")).to_be_visible()

    state(page, "running")
    page.evaluate(WATCH)
    cancelled_after = wait_for_epoch(page, wait_for_epoch(page, 1) + 1)
    page.get_by_role("button", name="Cancel").click()
    state(page, "cancelled")

    page.get_by_role("button", name="Resume").click()
    state(page, "running")
    resumed_in = wait_for_epoch(page, 2)
    assert resumed_in >= cancelled_after
    assert page.evaluate("window.most") == {"cards": 1, "badges": 1, "switches": 1, "bars": 1}
    page.reload()
    assert wait_for_epoch(page, 2) >= resumed_in
    page.get_by_text("Curves", exact=True).click()
    expect(page.get_by_test_id("stVegaLiteChart").first.locator("svg.marks").first).to_be_attached()

    state(page, "finished")
    expect(page.get_by_text(f"{CHILD} is right on")).to_be_visible()
    assert not [log.name for log in home.glob("server_*.log") if "Traceback" in log.read_text()]
    page.get_by_role("link", name="Compare with its parent").click()
    finished(page, "Compare")
    expect(page).to_have_url(re.compile(rf"models={CHILD}(,|%2C){PARENT}&baseline={PARENT}"))

    page.goto(f"{address}/?models={CHILD}&family=demo")
    finished(page, "Leaderboard")
    with page.expect_download() as rows:
        page.get_by_role("button", name="These rows as CSV").click()
    assert CHILD in rows.value.path().read_text()
    page.goto(f"{address}/try_picture?models={CHILD}")
    finished(page, "Try a picture")
    expect(page.get_by_text(f"{CHILD}: When this model says")).to_be_visible()

    page.goto(f"{address}/train?token={TOKEN}")
    finished(page, "Train")
    page.get_by_text("Your own models").click()
    slow_double_click(page, page.get_by_role("button", name="Delete", exact=True), page.get_by_role("dialog"))
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Delete demo")).dblclick()
    expect(page.get_by_text("is in the bin")).to_be_visible()
    assert len(list((home / "model_cards").iterdir())) == 1
