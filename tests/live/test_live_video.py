"""Video files on the page Live: analysed in the background, with progress, a way to stop, and results."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tests.app_driver import go, make_five, open_app, press, texts
from tests.fixtures_variants import use_empty_folders
from tests.moving_faces import encode, frames_of, stream_of

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def five(tmp_path, monkeypatch) -> Path:
    """The variants of ``make_five``, and no others."""
    return make_five(use_empty_folders(monkeypatch, tmp_path)[1])


@pytest.fixture
def film() -> bytes:
    """Two seconds of a drawn face as MP4."""
    return encode(frames_of(stream_of("happy"), 50))


def video_page(**link: str):
    app = open_app("Live", mode="Video file", **link)
    assert not app.exception
    return app


def upload(app, name: str, data: bytes):
    return app.file_uploader[0].set_value((name, data, "video/mp4")).run()


def run_until(app, condition):
    """Run the page as its own ticks would, until ``condition`` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(app):
        assert time.monotonic() < deadline, texts(app)
        time.sleep(0.05)
        app.run()
        assert not app.exception
    return app


def test_a_video_is_analysed_while_the_page_is_used_and_left(film):
    app = upload(video_page(models="first.good,first.fair"), "happy.mp4", film)
    press(app, "Analyse happy.mp4")
    job = app.session_state["live.video job"]
    go(app, "Compare")
    go(app, "Live", mode="Video file")
    assert app.session_state["live.video job"] is job
    run_until(app, lambda app: app.get("download_button"))
    assert "of happy.mp4, 1 face was followed" in texts(app)
    assert len(app.get("vega_lite_chart")) == 2
    assert set(job.result.table["variant"]) == {"first.good", "first.fair"}
    assert job.result.video.source == b""


def test_an_analysis_can_be_cancelled_and_keeps_what_it_has(film):
    app = upload(video_page(), "long.mp4", encode(frames_of(stream_of("happy"), 25) * 10, rate=5))
    press(app, "Analyse long.mp4")
    job = app.session_state["live.video job"]
    run_until(app, lambda app: job.progress is not None)
    if not job.is_done:
        press(app, "Cancel")
    assert job.wait(PATIENCE_S)
    app.run()
    assert not app.exception
    assert job.result.cancelled
    assert "Stopped after" in texts(app)


@pytest.mark.parametrize(
    ("name", "data"), [("note.mp4", b"Dear Sir or Madam"), ("nothing.mp4", b"")], ids=["text", "empty"]
)
def test_a_bad_video_gets_one_sentence_and_the_page_stays_usable(name, data, film):
    app = press(upload(video_page(), name, data), f"Analyse {name}")
    run_until(app, lambda app: app.error)
    assert len(app.error) == 1
    assert name in app.error[0].value
    app = press(upload(app, "happy.mp4", film), "Analyse happy.mp4")
    run_until(app, lambda app: app.get("download_button"))
    assert not app.error


def test_a_video_without_a_face_says_so():
    grey = [np.full((96, 128, 3), 128, np.uint8)] * 25
    app = press(upload(video_page(), "wall.mp4", encode(grey)), "Analyse wall.mp4")
    run_until(app, lambda app: "No face was found in wall.mp4" in texts(app))
    assert not app.error
