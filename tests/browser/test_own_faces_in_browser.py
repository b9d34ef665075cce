"""Your own faces, brought on the page Data, answered by every model, and seen on the pages that compare."""

import pytest
from playwright.sync_api import expect

from fer_core.emotions import EMOTIONS
from fer_core.test_sets.store import list_sets
from tests.browser.server import TOKEN, serve
from tests.labelled_pictures import encoded, photograph, tinted
from tests.written_files import write_zip

EACH = 20
MODELS = "pisa.cnn5_class_weight,ece176.customnet_10"
WAIT_MS = 90_000


@pytest.fixture(scope="module")
def own_home(tmp_path_factory):
    """The shipped models, and nothing else."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def place(own_home):
    with serve(own_home) as address:
        yield address


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """140 pictures: drawn faces in colours, and a photographed one in larger pictures."""
    files = {
        f"office/{emotion}/{emotion}_{number}.jpg": encoded(
            photograph(number) if number < 2 else tinted(emotion, number, 60 + 9 * number), ".jpg"
        )
        for emotion in EMOTIONS
        for number in range(EACH)
    }
    return write_zip(files, tmp_path_factory.mktemp("zip") / "office.zip")


def test_faces_brought_on_the_page_are_answered_compared_linked_and_removed(
    place, own_home, office, chromium, monkeypatch
):
    monkeypatch.setenv("FER_HOME", str(own_home))
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{place}/data?token={TOKEN}")
    page.locator(".st-key-set-file input").set_input_files(office)
    expect(page.get_by_text("office.zip")).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("Name", exact=True).fill("office")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Add these faces")).to_be_enabled(timeout=WAIT_MS)
    page.get_by_role("button", name="Add these faces").click()
    expect(page.get_by_text("office: 140 faces; 0 models have answered.")).to_be_visible(timeout=WAIT_MS)

    page.get_by_role("button", name="See how the models do").click()
    expect(page.get_by_text("No model has answered office yet.")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="models about office")).to_be_enabled()
    page.goto(f"{place}/compare?models={MODELS}&on=office")
    expect(page.get_by_text("Asking 2 models about office: done")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("140 faces of your own, not on FER2013")).to_be_visible()
    expect(page.get_by_text("with 140 faces, a difference of less than about")).to_be_visible()
    (test_set,) = list_sets()
    assert {each.stem for each in (test_set.folder / "answers").iterdir()} == set(MODELS.split(","))
    page.goto(f"{place}/?models={MODELS}&on=office&sort=Name")
    expect(page.get_by_text("is the best: right on")).to_be_visible(timeout=WAIT_MS)

    visitor = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    visitor.goto(f"{place}/mistakes?models={MODELS}&on=office&kind=all_wrong")
    expect(visitor.get_by_text("Measured on office")).to_be_visible(timeout=WAIT_MS)
    expect(visitor.get_by_text("of 140 faces")).to_be_visible()
    expect(visitor.locator("img.fo-pixels").first).to_be_visible()
    assert "on=office" in visitor.url
    visitor.goto(f"{place}/data")
    visitor.get_by_role("button", name="Remove", exact=True).click()
    expect(visitor.get_by_role("button", name="Remove office whole")).to_be_disabled(timeout=WAIT_MS)

    page.goto(f"{place}/data")
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove office whole").click()
    expect(page.get_by_text("office: 140 faces")).to_be_hidden(timeout=WAIT_MS)
    assert not test_set.folder.exists()
    page.goto(f"{place}/compare?models={MODELS}&on=office")
    expect(page.get_by_text("There is no test set 'office'")).to_be_visible(timeout=WAIT_MS)
    context.close()
