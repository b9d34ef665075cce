"""The page Try a picture: a sample or an upload is answered, or refused in one sentence."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from skimage.data import astronaut

from dashboard.shell import choices
from fer_core.emotions import EMOTIONS
from tests.app_driver import open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_drawn_sample_is_answered_at_once(five, emotion):
    app = open_app("Try a picture", sample=emotion)
    assert not app.exception
    assert "When this model says" in texts(app)


def test_a_picture_is_answered_without_being_stored(five, tmp_path):
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    app = open_app("Try a picture", source="Upload")
    app.file_uploader[0].set_value(("astronaut.jpg", file.getvalue(), "image/jpeg")).run()
    assert not app.error
    assert "1 face found" in texts(app)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_doubtful_face_is_answered_on_request_and_without_evidence(five):
    upside_down = Image.fromarray(astronaut()[::-1, ::-1])  # the cascade takes a rocket for a face
    file = BytesIO()
    upside_down.save(file, "PNG")
    app = open_app("Try a picture", source="Upload")
    app.file_uploader[0].set_value(("turned.png", file.getvalue(), "image/png")).run()
    assert len(app.error) == 1 and "for sure, but 1 place that may be one" in app.error[0].value
    app.toggle(key=choices.widget_key("doubtful")).set_value(True).run()
    assert not app.error
    assert "This may be no face at all" in texts(app)
    assert "When this model says" not in texts(app)


def test_a_picture_that_lies_on_its_head_is_answered_once_it_is_turned(five):
    file = BytesIO()
    Image.fromarray(astronaut()[::-1, ::-1]).save(file, "PNG")
    app = open_app("Try a picture", source="Upload", turn="180°")
    app.file_uploader[0].set_value(("turned.png", file.getvalue(), "image/png")).run()
    assert not app.error
    assert "1 face found" in texts(app)
    assert "When this model says" in texts(app)


def test_a_bad_picture_gets_one_sentence_and_the_page_stays_usable(five):
    app = open_app("Try a picture", source="Upload")
    app.file_uploader[0].set_value(("note.png", b"not a picture at all", "image/png")).run()
    assert [error.value for error in app.error] == [
        "note.png is not a picture; choose a JPEG, PNG, WebP, HEIC or AVIF file."
    ]
    app.button_group(key=choices.widget_key("source")).set_value("Sample").run()
    assert not app.error
    assert "When this model says" in texts(app)


def test_a_model_without_its_file_is_named_and_the_others_answer(five):
    make_variant(five, "third.large", seed=9, with_model=False, parameters=50_000_000)
    app = open_app("Try a picture", models="third.large,first.good")
    assert not app.exception
    assert "can't answer here: third.large" in texts(app)
    assert "**first.good**: When this model says" in texts(app)
