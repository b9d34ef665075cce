"""Heat maps in a real browser: of a Keras and a PyTorch variant, drawn, and kept in the link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import pictures
from tests.browser.visits import finished

pytestmark = pytest.mark.browser

KERAS, TORCH = "pisa.cnn5_class_weight", "ece176.customnet_10"
LINK = f"models={KERAS},{TORCH}"
COLOURED = """image => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const drawing = canvas.getContext('2d');
    drawing.drawImage(image, 0, 0);
    const pixels = drawing.getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4)
        count += Math.max(...pixels.slice(at, at + 3)) - Math.min(...pixels.slice(at, at + 3)) > 40;
    return count / (canvas.width * canvas.height);
}"""


def maps(page):
    """The pictures of the row of models."""
    return page.get_by_role("img", name=re.compile(r"Heat map: .* says"))


def test_a_keras_and_a_pytorch_variant_show_where_they_looked(page, address):
    page.goto(f"{address}/explain?{LINK}&strips=yes")
    finished(page, "Explain")
    for name in (KERAS, TORCH):
        picture = page.get_by_role("img", name=re.compile(rf"Heat map: {re.escape(name)} says"))
        expect(picture).to_be_visible()
        picture.evaluate("image => image.decode()")
        assert 0.02 < picture.evaluate(COLOURED) < 1
    expect(page.get_by_text("6 convolutional layers of")).to_be_visible()

    before = maps(page).first.get_attribute("src")
    page.get_by_role("radio", name="Early").click()
    expect(page).to_have_url(re.compile("depth=Early"))
    expect(page.get_by_text(re.compile("net.0, 24 × 24 places")).first).to_be_visible()
    finished(page, "Explain")
    assert maps(page).first.get_attribute("src") != before

    with page.expect_download() as download:
        page.get_by_role("button", name="Every place of these maps as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "variant,layer,emotion,strength,row,column,heat"
    assert {line.split(",")[0] for line in lines[1:]} == {KERAS, TORCH}


def test_an_uploaded_photograph_is_explained(page, address):
    page.goto(f"{address}/explain?{LINK}&explained=Upload")
    finished(page, "Explain")
    page.set_input_files("input[type=file]", pictures.photograph())
    expect(maps(page)).to_have_count(2)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
