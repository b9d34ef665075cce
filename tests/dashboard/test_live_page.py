"""The page Live as far as it goes without a browser: its modes, choices, sentences and results."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from dashboard.live import stream
from dashboard.live.ice import ICE_VARIABLE
from dashboard.shell import choices
from fer_core.live.recording import COLUMNS
from tests.app_driver import in_link, models, open_app, press, texts
from tests.moving_faces import frames_of, stream_of

pytestmark = pytest.mark.usefixtures("five", "no_browser")


def live(**link: str):
    app = open_app("Live", **link)
    assert not app.exception
    return app


def camera_of(app):
    return app.session_state["live.camera"]


def test_it_says_at_once_what_to_press_and_what_becomes_of_the_pictures():
    said = texts(live())
    assert "Press Start" in said
    assert "no picture is stored or logged" in said
    assert "not for hiring" in said


def test_the_camera_answers_with_the_chosen_models_and_keeps_on_when_they_change():
    app = live(models="first.good,first.fair")
    camera = camera_of(app)
    assert camera.engine.variant_ids == ["first.good", "first.fair"]
    models(app).set_value(["second.poor"]).run()
    assert camera_of(app) is camera
    assert camera.engine.variant_ids == ["second.poor"]
    models(app).set_value([]).run()
    assert not app.exception
    assert camera.engine.variant_ids == []


def test_smoothing_can_be_chosen_and_turned_off_and_stands_in_the_link():
    app = live()
    assert camera_of(app).engine.smoothing_s == 0.4
    app.select_slider[0].set_value("0").run()
    assert camera_of(app).engine.smoothing_s == 0
    assert in_link(app, "smoothing") == "0"
    assert camera_of(live(smoothing="1.5")).engine.smoothing_s == 1.5


def test_the_video_is_mirrored_until_a_switch_shows_it_as_others_see_it():
    app = live()
    assert camera_of(app).mirrored
    app.toggle(key=choices.widget_key("unmirrored")).set_value(True).run()
    assert not camera_of(app).mirrored
    assert not camera_of(live(unmirrored="yes")).mirrored


def test_while_it_plays_faces_are_answered_and_each_is_told_apart(monkeypatch):
    monkeypatch.setattr(stream, "stream", lambda camera, servers: stream.StreamState(True, False))
    app = live(models="first.good,first.fair", crops="yes")
    assert "No face in view" not in texts(app)
    for frame in frames_of(stream_of("happy", "sad"), 5):
        camera_of(app).draw(frame)
    app.run()
    assert not app.exception
    assert "frames answered a second" in texts(app)
    assert sum(text.value.startswith("Face ") for text in app.markdown) == 1
    drawn = "".join(element.proto.body for element in app.get("html"))
    assert drawn.count('data-model="first.good"') == 1
    assert "data:image/png" in drawn
    app.button_group(key="live.face").set_value("All faces").run()
    assert sum(text.value.startswith("Face ") for text in app.markdown) == 2
    drawn = "".join(element.proto.body for element in app.get("html"))
    assert drawn.count('data-model="first.good"') == 2
    assert app.get("vega_lite_chart")


def test_a_chosen_face_that_leaves_gives_way_to_the_largest(monkeypatch):
    monkeypatch.setattr(stream, "stream", lambda camera, servers: stream.StreamState(True, False))
    app = live(models="first.good")
    for frame in frames_of(stream_of("happy", "sad"), 5):
        camera_of(app).draw(frame)
    app.run()
    app.button_group(key="live.face").set_value("Face 2").run()
    assert any(text.value.startswith("Face 2.") for text in app.markdown)
    empty = [np.full((480, 640, 3), 128, np.uint8)] * 20
    for frame in [*empty, *frames_of(stream_of("fear", "angry", "happy", seed=9), 5)]:
        camera_of(app).draw(frame)
    assert 2 not in {face.number for face in camera_of(app).engine.latest.faces}
    app.run()
    assert not app.exception
    assert sum(text.value.startswith("Face ") for text in app.markdown) == 1


def test_a_stream_in_trouble_says_so_instead_of_answers_that_are_old(monkeypatch):
    monkeypatch.setattr(stream, "stream", lambda camera, servers: stream.StreamState(True, False))
    app = live(models="first.good")
    camera_of(app).draw(frames_of(stream_of("happy"), 1)[0])
    camera_of(app).error = "The detector is worn out."
    app.run()
    assert [error.value for error in app.error] == ["The detector is worn out."]
    assert not [element for element in app.get("html") if "data-model" in element.proto.body]


def test_an_empty_room_is_said(monkeypatch):
    monkeypatch.setattr(stream, "stream", lambda camera, servers: stream.StreamState(True, False))
    app = live()
    camera_of(app).draw(np.full((480, 640, 3), 128, np.uint8))
    app.run()
    assert not app.exception
    assert "No face in view" in texts(app)


def test_answers_can_be_recorded_while_the_video_plays_and_downloaded(monkeypatch):
    monkeypatch.setattr(stream, "stream", lambda camera, servers: stream.StreamState(True, False))
    app = press(live(models="first.good"), "Record the answers")
    for frame in frames_of(stream_of("happy"), 3):
        camera_of(app).draw(frame)
    press(app, "Stop recording")
    assert [button.label for button in app.get("download_button")] == ["Recording as CSV"]
    table = camera_of(app).timeline.recording_csv().splitlines()
    assert table[0] == ",".join(COLUMNS)
    assert "first.good" in table[1]


def test_wrong_ice_servers_are_said_without_the_password_and_the_page_goes_on(monkeypatch):
    monkeypatch.setenv(ICE_VARIABLE, '[{"urls": "turn:turn.example.org", "credential": "s3cret"}]')
    app = live()
    assert [error.value for error in app.error] == [
        "FER_ICE_SERVERS: server 1 is a TURN server and needs `username` and `credential`."
    ]
    assert "Press Start" in texts(app)


def test_streams_use_the_ice_servers_of_the_environment_and_none_by_default(monkeypatch):
    used = []

    def remember(camera, servers):
        used.append(servers)
        return stream.StreamState(False, False)

    monkeypatch.setattr(stream, "stream", remember)
    live()
    monkeypatch.setenv(ICE_VARIABLE, '{"urls": "stun:stun.example.org"}')
    live()
    assert used[0] == []
    assert used[-1] == [{"urls": ["stun:stun.example.org"]}]


def test_a_stream_that_cannot_be_set_up_is_said_and_single_pictures_remain(monkeypatch):
    def fail(*arguments, **options):
        raise OSError("no socket to be had")

    monkeypatch.setattr(stream, "webrtc_streamer", fail)
    app = live()
    assert "The connection to the camera could not be set up" in app.error[0].value
    app.button_group(key=choices.widget_key("mode")).set_value("Single pictures").run()
    assert not app.error


def test_a_single_picture_is_answered_like_any_other():
    app = live(mode="Single pictures")
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG")
    app.camera_input[0].set_value(("camera.jpg", file.getvalue(), "image/jpeg")).run()
    assert not app.exception and not app.error
    assert "1 face found" in texts(app)
    assert "When this model says" in texts(app)
