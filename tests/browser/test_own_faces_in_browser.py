"""Labelled pictures brought on the page Data, answered by models, and seen on the pages that compare."""

import os
import re

import numpy as np
import onnx
import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.emotions import EMOTIONS
from fer_core.faces.detector_file import VARIABLE
from fer_core.test_sets.store import list_sets, read_pictures
from tests.browser.server import TOKEN, serve
from tests.browser.visits import finished
from tests.conftest import ARCHIVE, YUNET
from tests.fixtures_variants import coloured_model, make_variant
from tests.labelled_pictures import encoded, enlarged, face, pasted, photograph
from tests.written_files import write_zip

pytestmark = pytest.mark.browser

EACH = 20
PASTED = 4
COLOURED = "mine.colour"
MODELS = f"pisa.cnn5_class_weight,ece176.customnet_10,{COLOURED}"
WAIT_MS = 90_000


@pytest.fixture(scope="module")
def own_home(tmp_path_factory):
    """The shipped models, and one that takes faces of 224 pixels in colour."""
    home = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_HOME", str(home))
        folder = make_variant(paths.local_cards(), COLOURED)
    onnx.save(coloured_model(224), folder / paths.MODEL)
    return home


@pytest.fixture(scope="module")
def place(own_home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, YUNET or os.environ[VARIABLE])
        with serve(own_home) as address:
            yield address


@pytest.fixture(scope="module")
def office(request, tmp_path_factory):
    """140 pictures: faces enlarged and tinted, and some pasted into larger pictures: of FER2013 where it is at hand."""
    archive = os.environ.get(ARCHIVE)
    if archive:
        private = request.getfixturevalue("fer2013").split("PrivateTest")
        faces = {
            emotion: private.faces[np.flatnonzero(private.labels == label)[:EACH]]
            for label, emotion in enumerate(EMOTIONS)
        }
    else:
        faces = {emotion: [face(emotion, number) for number in range(EACH)] for emotion in EMOTIONS}
    files = {}
    for emotion, of in faces.items():
        for number, grey in enumerate(of):
            if number >= PASTED:
                picture = enlarged(grey, 60 + 9 * number)
            else:
                picture = pasted(grey, number) if archive else photograph(number)
            files[f"office/{emotion}/{emotion}_{number}.jpg"] = encoded(picture, ".jpg")
    assert len(files) == 140
    return write_zip(files, tmp_path_factory.mktemp("zip") / "office.zip")


def test_faces_brought_on_the_page_are_answered_compared_linked_and_removed(
    place, own_home, office, chromium, tmp_path, monkeypatch
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
    expect(page.get_by_text(re.compile(r"office: 1\d\d faces; 0 models have answered."))).to_be_visible(
        timeout=WAIT_MS
    )
    (test_set,) = list_sets()
    kept = test_set.count
    assert 130 <= kept <= 140, "of the pasted faces a finder may miss some"
    shapes = {pixels.shape for pixels in read_pictures(test_set)}
    assert len(shapes) > 10 and all(shape[2:] == (3,) for shape in shapes)

    page.get_by_role("link", name="See how the models do").click()
    expect(page.get_by_text("No model has answered office yet.")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="models about office")).to_be_enabled()
    page.goto(f"{place}/compare?models={MODELS}&on=office")
    expect(page.get_by_text("Asking 3 models about office: done")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(f"{kept} faces of your own, not on FER2013")).to_be_visible()
    expect(page.get_by_text(f"with {kept} faces, a difference of less than about")).to_be_visible()
    assert {each.stem for each in (test_set.folder / "answers").iterdir()} == set(MODELS.split(","))
    page.get_by_text("Handout of office").click()
    finished(page, "Compare")
    with page.expect_download(timeout=WAIT_MS) as download:
        page.get_by_role("button", name="Handout as HTML").click()
    handout = tmp_path / "handout.html"
    download.value.save_as(handout)
    reading = context.new_page()
    reading.goto(handout.as_uri())
    expect(reading.get_by_text(f"office: {kept} faces of its owner's")).to_be_visible()
    expect(reading.get_by_role("rowheader", name=COLOURED, exact=True).first).to_be_visible()
    page.goto(f"{place}/?models={MODELS}&on=office&sort=Name")
    expect(page.get_by_text("is the best: right on")).to_be_visible(timeout=WAIT_MS)

    visitor = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    visitor.goto(f"{place}/mistakes?models={MODELS}&on=office&kind=all_wrong")
    expect(visitor.get_by_text("Measured on office")).to_be_visible(timeout=WAIT_MS)
    expect(visitor.get_by_text(f"of {kept} faces")).to_be_visible()
    expect(visitor.locator("img.fo-pixels").first).to_be_visible()
    assert "on=office" in visitor.url
    visitor.goto(f"{place}/data")
    visitor.get_by_role("button", name="Remove", exact=True).click()
    expect(visitor.get_by_role("button", name="Remove office whole")).to_be_disabled(timeout=WAIT_MS)

    page.goto(f"{place}/data")
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove office whole").click()
    expect(page.get_by_text(f"office: {kept} faces")).to_be_hidden(timeout=WAIT_MS)
    assert not test_set.folder.exists()
    page.goto(f"{place}/compare?models={MODELS}&on=office")
    expect(page.get_by_text("There is no test set 'office'")).to_be_visible(timeout=WAIT_MS)
    context.close()
