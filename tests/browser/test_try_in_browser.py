"""Pictures uploaded, pasted, drawn in and taken by the camera, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import pictures
from tests.browser.visits import CHOSEN, MODELS, finished, visit

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


def upload(page, address: str, file: pictures.File) -> None:
    visit(page, address, "Try a picture", f"{CHOSEN}&source=Upload")
    page.set_input_files(UPLOADER, file)
    finished(page, "Try a picture")


def test_a_photograph_is_answered_by_every_chosen_model(page, address):
    upload(page, address, pictures.photograph())
    expect(page.get_by_text(re.compile("1 face found in"))).to_be_visible()
    expect(
        page.get_by_text(re.compile("Both models say|1 of 2 models say|The two models disagree"))
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
    page.get_by_test_id("stCheckbox").get_by_text("The whole picture is one face").click()
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
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()  # it is uploaded
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
