"""A comparison taken along as a file, and read where there is no network."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visits import CHOSEN, MODELS, visit

pytestmark = pytest.mark.browser


def test_a_downloaded_report_reads_on_any_screen_without_a_network(chromium, page, address, tmp_path):
    visit(page, address, "Compare", f"{CHOSEN}&baseline={MODELS[1]}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Handout as HTML").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    errors: list[str] = []
    for width, scheme in ((1280, "light"), (390, "dark")):
        context = chromium.new_context(
            offline=True, color_scheme=scheme, viewport={"width": width, "height": 844}
        )
        reading = context.new_page()
        reading.on("console", lambda message: errors.append(message.text))
        reading.goto(file.as_uri())
        expect(reading.get_by_role("heading", name="Facial-expression models compared")).to_be_visible()
        expect(reading.get_by_role("rowheader", name=MODELS[0], exact=True).first).to_be_visible()
        assert reading.locator("figure svg").count() >= 8
        assert reading.evaluate("document.documentElement.scrollWidth") <= width
        assert not errors
        context.close()
