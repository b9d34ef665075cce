"""What only a real browser shows of every page: as drawn, in both themes, followed by links and history."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from benchmarks.dashboard import COUNT_SHIFTS, GOOD_SHIFT
from dashboard.shell import choices
from tests.browser.server import TOKEN, serve
from tests.browser.visits import CHOSEN, FITS, MAIN, MODELS, PAGES, WAIT_MS, chips, finished, visit

pytestmark = pytest.mark.browser
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()

#: Whether the ground of the page is darker than a fourth of white, or is not.
IS_DARK = (
    f"dark => {{ let at = {MAIN}, seen; do {{ seen = getComputedStyle(at).backgroundColor; at = at.parentElement }}"
    " while (seen === 'rgba(0, 0, 0, 0)' && at); return dark === seen.match(/\\d+/g).slice(0, 3).every(v => v < 60) }"
)


def faint_texts(page) -> dict[str, str]:
    """The texts with less contrast than 4.5, once colours have gone over to those of the theme."""
    with suppress(PlaywrightTimeout):
        page.wait_for_function(f"() => Object.keys(({CONTRAST})()).length === 0", timeout=WAIT_MS)
    return page.evaluate(CONTRAST)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_the_screen_and_can_be_read_in_both_themes(page, address, name):
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    visit(page, address, name)
    expect(page).to_have_title(f"{name} · Faceoff")
    assert hosts - {""} == {urlsplit(address).netloc}  # data: and blob: have no host
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError").filter(visible=True)).to_have_count(0)
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(FITS, timeout=WAIT_MS)  # a chart takes its width a moment after it is drawn
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.wait_for_function(IS_DARK, arg=scheme == "dark", timeout=WAIT_MS)
        assert faint_texts(page) == {}


@pytest.mark.parametrize("name", ["Leaderboard", "Compare", "Ensembles", "Try a picture", "Model card"])
def test_every_chart_on_a_page_is_drawn(page, address, name):
    visit(page, address, name)
    drawings = page.get_by_test_id("stVegaLiteChart")
    expect(drawings.first).to_be_visible()
    for index in range(drawings.count()):
        expect(drawings.nth(index).locator("svg.marks").first).to_be_attached()


def test_next_to_nothing_moves_while_the_first_page_is_drawn(chromium, address):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(COUNT_SHIFTS)
    visit(page, address, "Leaderboard")
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg.marks").first).to_be_attached()
    assert page.evaluate("window.shifted") < GOOD_SHIFT
    context.close()


def test_a_link_to_a_page_works_as_the_very_first_visit_of_a_server(home, page):
    with serve(home) as fresh:
        visit(page, fresh, "Compare")
        assert chips(page) == list(MODELS)
        expect(page.get_by_test_id("stSidebarNav").get_by_text("Leaderboard", exact=True)).to_be_visible()


def test_removing_a_model_changes_the_page_and_its_link(page, address):
    visit(page, address, "Compare")
    page.get_by_role("button", name=f"Remove {MODELS[0]}").first.click()
    expect(page.locator(".fo-chip")).to_have_count(1)
    finished(page, "Compare")
    assert chips(page) == [MODELS[1]]
    expect(page).to_have_url(re.compile(rf"models={re.escape(MODELS[1])}(&|$)"))


def test_the_choice_of_models_goes_along_to_every_page(page, address):
    visit(page, address, "Leaderboard", f"models={MODELS[1]}")
    for name in ("Compare", "Try a picture", "Model card", "Leaderboard"):
        page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        finished(page, name)
        expect(page).to_have_url(re.compile(rf"models={re.escape(MODELS[1])}(&|$)"))
        expect(page.get_by_test_id("stSidebar").locator("[data-tag]").first).to_have_text(MODELS[1])


def test_a_link_that_leads_nowhere_yet_is_announced_as_disabled(page, address):
    visit(page, address, "Leaderboard")
    way = page.get_by_test_id("stPageLink-NavLink").filter(has_text="Compare")
    expect(way).to_have_attribute("aria-disabled", "true")
    table = page.get_by_test_id("stDataFrame").locator(".dvn-scroller").first
    table.click(position={"x": 20, "y": 52})  # the box of the first row
    expect(way).to_have_text(re.compile("Compare 1 ticked"))
    expect(way).not_to_have_attribute("aria-disabled", "true")


def test_pages_can_be_left_while_they_are_still_being_drawn(page, address):
    visit(page, address, "Leaderboard", CHOSEN)
    navigation = page.get_by_test_id("stSidebarNav")
    for name in ("Compare", "Try a picture", "Compare", "Model card", "Compare", "Try a picture"):
        navigation.get_by_text(name, exact=True).click()
        expect(page.get_by_text("encountered an error")).to_have_count(0)
    finished(page, "Try a picture")
    expect(page.get_by_role("heading", name="Try a picture").first).to_be_visible()


def test_a_link_reproduces_the_view_for_somebody_else(chromium, page, address):
    visit(page, address, "Compare", f"{CHOSEN}&baseline={MODELS[1]}")
    page.get_by_role("radio", name="Recall").click()
    expect(page.get_by_text("Of 100 such faces, how many it finds")).to_be_visible()
    finished(page, "Compare")
    page.get_by_text("Difference to the baseline", exact=True).click()
    expect(page.get_by_text("Blue is better, orange is worse")).to_be_visible()
    expect(page).to_have_url(re.compile("difference=yes"))
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    other = context.new_page()
    other.goto(page.url)
    finished(other, "Compare")
    expect(other.get_by_text("Of 100 such faces, how many it finds")).to_be_visible()
    expect(other.get_by_text("Blue is better, orange is worse")).to_be_visible()
    assert chips(other) == chips(page)
    context.close()


def test_going_back_brings_the_earlier_choice_back(page, address):
    visit(page, address, "Compare")
    page.get_by_role("radio", name="Precision").click()
    expect(page).to_have_url(re.compile("measure=Precision"))
    page.get_by_role("radio", name="Recall").click()
    expect(page).to_have_url(re.compile("measure=Recall"))
    page.wait_for_timeout(
        1000 * choices.BEHIND_S
    )  # so long is a link that was just left not taken for "back"
    page.go_back()
    expect(page.get_by_text("When it says so, how often of 100 it is right")).to_be_visible()


def test_ticked_rows_can_be_compared(page, address):
    visit(page, address, "Leaderboard", "family=demo&sort=Name")
    page.get_by_test_id("stDataFrame").click(position={"x": 17, "y": 88})
    page.get_by_role("link", name="Compare 1 ticked").click()
    finished(page, "Compare")
    assert chips(page) == ["demo.good"]


def test_the_table_stays_where_it_is_while_the_choices_above_it_arrive(page, address):
    held = []
    page.route(re.compile("/Selectbox[^/]*js"), lambda route: held.append(route))
    page.goto(f"{address}/?family=demo", wait_until="commit")
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("canvas").first).to_be_visible()
    expect(page.get_by_test_id("stSelectbox")).to_have_count(0)
    first = table.bounding_box()["y"]
    for route in held:
        route.continue_()
    finished(page, "Leaderboard")
    expect(page.get_by_test_id("stSelectbox").first).to_be_visible()
    assert table.bounding_box()["y"] == pytest.approx(first, abs=1)


def test_a_ticked_row_opens_its_model_card(page, address):
    visit(page, address, "Leaderboard", "family=demo&sort=Name&recipes=yes")
    page.get_by_test_id("stDataFrame").click(position={"x": 17, "y": 121})
    card = page.get_by_role("link", name="Open the model card")
    expect(card).to_have_attribute("href", re.compile("variant=demo.recipe"))
    card.click()
    finished(page, "Model card")
    assert chips(page) == ["demo.recipe"]
    expect(page.get_by_text("it has not been trained here").first).to_be_visible()


def test_an_ensemble_is_saved_and_stands_beside_its_members(page, address, home):
    visit(page, address, "Ensembles", f"{CHOSEN}&weights=Greedy&token={TOKEN}")
    page.get_by_label("Name", exact=True).fill("demo.together")
    page.get_by_role("button", name="Save as a model").click()
    expect(page.get_by_text("is a model like any other now")).to_be_visible()
    page.get_by_role("link", name="Compare it with its members").click()
    finished(page, "Compare")
    assert chips(page) == ["demo.together", *MODELS]
    shutil.rmtree(home / "model_cards" / "demo.together")


@pytest.mark.parametrize("name", ["Compare", "Data"])
def test_the_menu_of_a_telephone_closes_on_a_choice(chromium, address, name):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    visit(page, address, "Leaderboard")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
    finished(page, name)
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    context.close()


def test_the_models_file_can_be_downloaded(page, address, home):
    visit(page, address, "Model card", f"{CHOSEN}&variant={MODELS[0]}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Model (ONNX)").click()
    original = home / "model_cards" / MODELS[0] / "model.onnx"
    assert download.value.path().read_bytes() == original.read_bytes()
    assert download.value.suggested_filename == f"{MODELS[0]}.model.onnx"
