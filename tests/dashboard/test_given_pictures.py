"""Pictures of a visitor's own on Try a picture: several at once, refused ones named, a box drawn about a face."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage import data

from dashboard.shell import choices
from tests.app_driver import go, open_app, texts

pytestmark = pytest.mark.usefixtures("five", "no_browser")


def file_of(pixels, name: str) -> tuple[str, bytes, str]:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return name, out.getvalue(), "image/png"


FACE, NO_FACE = file_of(data.astronaut(), "face.png"), file_of(data.brick(), "wall.png")
BROKEN = ("broken.jpg", b"Dear Sir or Madam", "image/jpeg")
FILM = ("film.gif", b"GIF89a" + bytes(50), "image/gif")


def give(*files, **link):
    app = open_app("Try a picture", source="Upload", **link)
    app.file_uploader[0].set_value(list(files)).run()
    assert not app.exception
    return app


def test_of_several_pictures_one_is_looked_at_and_each_that_cannot_be_read_gets_its_sentence():
    app = give(FACE, BROKEN, NO_FACE, FILM)
    assert [error.value for error in app.error] == [
        "broken.jpg is not a picture; choose a JPEG, PNG, WebP, HEIC or AVIF file.",
        "film.gif is a GIF picture; choose a JPEG, PNG, WebP, HEIC or AVIF file.",
    ]
    assert "1 face found" in texts(app)
    shown = app.button_group(key="picture looked at")
    assert shown.options == ["face.png", "wall.png"]
    shown.set_value(shown.options[1]).run()
    assert "No face was found in wall.png" in texts(app)


def test_all_pictures_are_answered_in_one_table_on_demand():
    models = "first.good,first.fair"
    app = give(FACE, NO_FACE, file_of(data.astronaut()[:300, 100:400], "closer.png"), models=models)
    assert not [frame for frame in app.dataframe if "Picture" in frame.value]
    app.toggle(key=choices.widget_key("every")).set_value(True).run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(zip(table["Picture"], table["Model"], strict=True)) == [
        (picture, model) for picture in ("face.png", "closer.png") for model in models.split(",")
    ]
    shares = table.loc[:, [name for name in table if table[name].dtype.kind == "f"]]
    assert shares.shape[1] == 7 and shares.sum(axis=1).tolist() == pytest.approx([100] * 4)
    best = shares.idxmax(axis=1)
    assert [said.startswith(emotion) for said, emotion in zip(table["Says"], best, strict=True)] == [True] * 4
    assert "No face was found for sure in wall.png." in texts(app)
    assert "All pictures' answers as CSV" in [button.label for button in app.get("download_button")]
    app.file_uploader[0].set_value([FACE]).run()
    assert not app.dataframe


def test_the_sentence_about_an_earlier_file_does_not_stay():
    app = give(BROKEN)
    assert len(app.error) == 1
    app.file_uploader[0].set_value([BROKEN]).run()
    app.file_uploader[0].set_value([FACE]).run()
    assert not app.error
    assert "1 face found" in texts(app)


def test_pictures_are_forgotten_when_the_page_is_left():
    app = give(FACE)
    assert len(app.session_state["own of the page"].things) == 1
    app = go(app, "Leaderboard")
    assert not app.session_state["own of the page"].things


def test_a_face_in_a_drawn_box_is_answered_where_none_was_found():
    app = give(NO_FACE)
    assert "No face was found in wall.png" in app.error[0].value
    assert "Draw a box about it" in texts(app)
    app.toggle(key=choices.widget_key("drawn")).set_value(True).run()
    across, down = app.slider
    across.set_value((50, 150))
    down.set_value((60, 180)).run()
    assert not app.error and not app.exception
    assert "No faces found, 1 drawn by hand" in texts(app)
    assert "When this model says" in texts(app)
    assert [button.label for button in app.get("download_button")][-1] == "Picture with the answers (PNG)"
    across.set_value((50, 55)).run()
    assert "The box is too small" in texts(app)


def test_a_sample_face_is_not_offered_as_a_picture_to_share():
    app = open_app("Try a picture")
    assert not [button for button in app.get("download_button") if "PNG" in button.label]


def test_where_many_faces_are_found_each_answer_has_its_own_beside_it():
    one = data.astronaut()[:300, 100:400]
    pair = np.concatenate([one, one], axis=1)

    def pictures(pixels):
        app = give(file_of(pixels, "group.png"))
        return [image.alt for element in app.get("image") for image in element.proto.imgs]

    assert not [alt for alt in pictures(pair) if alt.startswith("Face ")]
    four = pictures(np.concatenate([pair, pair]))
    assert [alt for alt in four if alt.startswith("Face ")] == [f"Face {number}" for number in (1, 2, 3, 4)]
