"""What only a real browser shows: the pages as drawn, links, history, uploads and the camera."""

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
from tests.browser import pictures
from tests.browser.server import TOKEN, serve

pytestmark = pytest.mark.browser

#: Not the one of the field to paste into, which takes files too.
UPLOADER = "[data-testid=stFileUploader] input[type=file]"

#: What a browser sends to a text area where a picture is pasted.
PASTE = """async (area) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 200, height: 200 })
  canvas.getContext("2d").fillRect(50, 50, 100, 100)
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"))
  const clipboardData = new DataTransfer()
  clipboardData.items.add(new File([blob], "image.png", { type: "image/png" }))
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
}"""

PAGES = {
    "Leaderboard": "",
    "Compare": "compare",
    "Ensembles": "ensembles",
    "Try a picture": "try_picture",
    "Explain": "explain",
    "Live": "live",
    "Mistakes": "mistakes",
    "Robustness": "robustness",
    "Reported / reproduced": "reported",
    "Train": "train",
    "Data": "data",
    "Model card": "model_card",
}
MODELS = ("demo.good", "demo.fair")
CHOSEN = f"models={MODELS[0]},{MODELS[1]}"
WAIT_MS = 30_000
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
MAIN = "document.querySelector('[data-testid=stMain]')"
#: Whether the ground of the page is darker than a fourth of white, or is not.
IS_DARK = (
    f"dark => {{ let at = {MAIN}, seen; do {{ seen = getComputedStyle(at).backgroundColor; at = at.parentElement }}"
    " while (seen === 'rgba(0, 0, 0, 0)' && at); return dark === seen.match(/\\d+/g).slice(0, 3).every(v => v < 60) }"
)
FITS = f"() => {MAIN}.scrollWidth <= {MAIN}.clientWidth"
expect.set_options(timeout=WAIT_MS)


def visit(page, address: str, name: str, link: str = CHOSEN) -> None:
    """Follow a link and wait until the page has been run to its end."""
    page.goto(f"{address}/{PAGES[name]}?{link}")
    finished(page, name)


def finished(page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def chips(page) -> list[str]:
    """The models named at the top of a page."""
    expect(page.locator(".fo-chip").first).to_be_visible()
    return [chip.strip() for chip in page.locator(".fo-chip > span").all_inner_texts()]


def upload(page, address: str, file: pictures.File) -> None:
    visit(page, address, "Try a picture", f"{CHOSEN}&source=Upload")
    page.set_input_files(UPLOADER, file)
    finished(page, "Try a picture")


def faint_texts(page) -> dict[str, str]:
    """The texts with less contrast than 4.5, once colours have gone over to those of the theme."""
    with suppress(PlaywrightTimeout):
        page.wait_for_function(f"() => Object.keys(({CONTRAST})()).length === 0", timeout=WAIT_MS)
    return page.evaluate(CONTRAST)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_the_screen_and_can_be_read_in_both_themes(page, address, name):
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    visit(page, address, name)
    expect(page).to_have_title(f"{name} · Faceoff")
    assert asked - {""} == {urlsplit(address).netloc}  # data: and blob: have no host
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
    page.get_by_role("button", name="Compare 1 ticked").click()
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
    page.get_by_role("button", name="Open the model card").click()
    finished(page, "Model card")
    assert chips(page) == ["demo.recipe"]
    expect(page.get_by_text("it has not been trained here").first).to_be_visible()


def test_an_ensemble_is_saved_and_stands_beside_its_members(page, address, home):
    visit(page, address, "Ensembles", f"{CHOSEN}&weights=Greedy&token={TOKEN}")
    page.get_by_label("Name", exact=True).fill("demo.together")
    page.get_by_role("button", name="Save as a model").click()
    expect(page.get_by_text("is a model like any other now")).to_be_visible()
    page.get_by_role("button", name="Compare it with its members").click()
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


def test_a_photograph_is_answered_by_every_chosen_model(page, address):
    upload(page, address, pictures.photograph())
    expect(page.get_by_text(re.compile("1 face found in"))).to_be_visible()
    expect(
        page.get_by_text(re.compile("All 2 models say|1 of 2 models say|The models all disagree"))
    ).to_be_visible()
    table = page.get_by_test_id("stVegaLiteChart").first
    for model in MODELS:
        expect(table.get_by_text(model, exact=True)).to_be_visible()
        expect(page.get_by_text(f"{model}: When this model says")).to_be_visible()
    numbers = [text for text in table.locator("svg text").all_text_contents() if text.isdigit()]
    assert len(numbers) == 7 * len(MODELS)
    assert sum(map(int, numbers[:7])) == pytest.approx(100, abs=4)


@pytest.mark.parametrize("kind", pictures.unusual())
def test_an_unusual_photograph_is_answered_with_a_note(page, address, kind):
    upload(page, address, pictures.unusual()[kind])
    expect(page.get_by_text(re.compile("1 face found in"))).to_be_visible()
    notes = page.get_by_test_id("stAlertContentInfo")
    expect(notes).to_have_count(1)
    expect(notes).to_contain_text(pictures.unusual()[kind]["name"])
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


@pytest.mark.parametrize("kind", pictures.bad())
def test_a_bad_upload_gets_one_sentence_and_the_page_stays_usable(page, address, kind):
    file, sentence = pictures.bad()[kind]
    upload(page, address, file)
    errors = page.get_by_test_id("stAlertContentError")
    expect(errors).to_have_count(1)
    expect(errors).to_contain_text(sentence)
    assert "Traceback" not in page.inner_text("body")
    page.set_input_files(UPLOADER, pictures.photograph())
    expect(page.get_by_text(re.compile("1 face found in"))).to_be_visible()
    expect(errors).to_have_count(0)


def test_a_picture_without_a_face_can_be_taken_for_one(page, address):
    upload(page, address, pictures.bad()["no face"][0])
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(1)
    page.get_by_test_id("stCheckbox").get_by_text("Take the whole picture").click()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()


def test_a_box_drawn_in_the_picture_is_answered_as_a_face(page, address):
    upload(page, address, pictures.bad()["no face"][0])
    page.get_by_test_id("stCheckbox").get_by_text("Draw a box about a face").click()
    chart = page.locator(".st-key-drawn-box [data-testid=stVegaLiteChart]")
    expect(chart.locator("svg.marks, canvas")).to_be_visible()
    finished(page, "Try a picture")
    chart.scroll_into_view_if_needed()
    place = chart.bounding_box()
    page.mouse.move(place["x"] + 100, place["y"] + 100)
    page.mouse.down()
    page.mouse.move(place["x"] + 200, place["y"] + 180, steps=5)
    page.mouse.up()
    expect(page.get_by_text(re.compile("No faces found, 1 drawn by hand"))).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture with the answers (PNG)").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_a_pasted_picture_is_looked_at(page, address):
    visit(page, address, "Try a picture", f"{CHOSEN}&source=Upload&whole=yes")
    area = page.get_by_test_id("stChatInput").locator("textarea")
    area.evaluate(PASTE)
    expect(page.get_by_text("image.png")).to_be_visible()
    area.press("Enter")
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_the_camera_takes_a_picture_that_is_answered(page, address):
    visit(page, address, "Try a picture", f"{CHOSEN}&source=Camera&whole=yes")
    preview = page.get_by_test_id("stCameraInput").locator("video")
    expect(preview).to_be_visible()
    preview.evaluate("video => new Promise(done => video.requestVideoFrameCallback(done))")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_the_models_file_can_be_downloaded(page, address, home):
    visit(page, address, "Model card", f"{CHOSEN}&variant={MODELS[0]}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Model (ONNX)").click()
    original = home / "model_cards" / MODELS[0] / "model.onnx"
    assert download.value.path().read_bytes() == original.read_bytes()
    assert download.value.suggested_filename == f"{MODELS[0]}.model.onnx"
