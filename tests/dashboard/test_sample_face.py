"""The sample on Try a picture: a labelled test face where the data are here, else a drawing that says what it is."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from skimage.data import astronaut

from dashboard.shell import choices
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.emotions import EMOTIONS
from tests.app_driver import in_link, open_app, press, texts

SHIPPED = "ece176.customnet_10"

pytestmark = pytest.mark.usefixtures("no_browser")


def test_it_is_a_test_face_told_with_its_label_and_another_one_is_a_press_and_a_link_away(five):
    dataset = schematic_dataset(70, 70)
    store_dataset(dataset)
    private = dataset.split("PrivateTest")
    sad = private.names[private.labels == EMOTIONS.index("sad")].tolist()
    app = open_app("Try a picture", sample="sad")
    assert f"{sad[0]}, a test face" in texts(app)
    assert "**sad**: " in texts(app)
    press(app, "Another face")
    assert f"{sad[1]}, a test face" in texts(app)
    assert in_link(app, "nth") == "1"
    again = open_app("Try a picture", sample="sad", nth="1")
    assert f"{sad[1]}, a test face" in texts(again)
    assert not again.exception


def test_without_data_it_is_a_drawing_that_says_so(five):
    said = texts(open_app("Try a picture"))
    assert (
        "A drawing of happy" in said
        and "what they say of a drawing tells nothing of how good they are" in said
    )
    assert "labels it" not in said


@pytest.mark.parametrize(("page", "link"), [("Explain", {"explained": "Upload"}), ("Robustness", {})])
def test_a_doubtful_face_can_be_asked_for_wherever_the_sentence_speaks_of_it(
    page, link, tmp_path, monkeypatch
):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    file = BytesIO()
    Image.fromarray(astronaut()[::-1, ::-1]).save(file, "PNG")  # the cascade takes a rocket for a face
    app = open_app(page, models=SHIPPED, **link)
    app.file_uploader[0].set_value(("turned.png", file.getvalue(), "image/png")).run()
    assert any("answer doubtful faces too" in error.value for error in app.error)
    app.toggle(key=choices.widget_key("doubtful")).set_value(True).run()
    assert not app.error and not app.exception
