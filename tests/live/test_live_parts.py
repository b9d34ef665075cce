"""The parts of the page Live: frames that always come back, connections explained in sentences, light rows."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from dashboard.live import answer_rows
from dashboard.live.camera import LiveCamera
from dashboard.live.connection import NO_WAY, PATIENCE_S, SLOW, Connection
from dashboard.live.video_job import VideoJob
from fer_core.charts import model_styles
from fer_core.emotions import EMOTIONS
from fer_core.errors import ModelError
from fer_core.faces.finders import HaarFinder
from fer_core.live import OVERLAY_COLOUR, LiveEngine, draw_frame
from fer_core.variants.classifier import FixedClassifier
from tests.moving_faces import encode, frames_of, stream_of

HAPPY = np.eye(7, dtype=np.float32)[EMOTIONS.index("happy")]
SAD = np.eye(7, dtype=np.float32)[EMOTIONS.index("sad")]


class Failing:
    """A detector that fails as often as it is set to, then works."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.finder = HaarFinder()

    def find(self, rgb):
        if self.errors:
            raise self.errors.pop(0)
        return self.finder.find(rgb)


@pytest.fixture
def picture() -> np.ndarray:
    return frames_of(stream_of("happy"), 1)[0]


def test_a_video_frame_comes_back_with_boxes_at_its_own_time(picture):
    camera = LiveCamera(HaarFinder())
    camera.engine.set_classifiers({"a.model": FixedClassifier(HAPPY)})
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    frame.pts, frame.time_base = 1234, Fraction(1, 90_000)
    answered = camera.answer(frame)
    assert (answered.pts, answered.time_base) == (1234, Fraction(1, 90_000))
    assert (answered.width, answered.height) == (640, 480)
    assert (answered.to_ndarray(format="rgb24") == OVERLAY_COLOUR).all(axis=2).sum() > 300
    assert camera.timeline.snapshot().frames == 1
    assert camera.error is None


def test_a_mirrored_video_has_its_boxes_where_the_faces_are_and_words_that_can_be_read(picture):
    engine = LiveEngine({"a.model": FixedClassifier(HAPPY)}, HaarFinder())
    seen = engine.process(picture)
    (face,) = seen.faces
    x, y, side, _ = face.box
    there = replace(face, box=(picture.shape[1] - x - side, y, side, side))
    flipped = np.ascontiguousarray(picture[:, ::-1])
    expected = draw_frame(flipped, replace(seen, faces=[there]))
    assert np.array_equal(draw_frame(picture, seen, mirrored=True), expected)
    camera = LiveCamera(Failing(ValueError("worn out")))
    camera.mirrored = True
    assert np.array_equal(camera.draw(picture), flipped), "also where it can't be answered"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModelError("The detector is worn out."), "The detector is worn out."),
        (RuntimeError("a bug"), "RuntimeError"),
    ],
)
def test_a_frame_that_fails_comes_back_as_it_was_and_is_said_until_one_succeeds(picture, error, said):
    camera = LiveCamera(Failing(error))
    assert camera.draw(picture) is picture
    assert said in camera.error
    assert camera.draw(picture) is not picture
    assert camera.error is None


def test_a_failing_frame_is_logged_once_and_not_thirty_times_a_second(picture, caplog):
    camera = LiveCamera(Failing(*[RuntimeError("a bug")] * 6))
    for _ in range(3):  # a new scene each time, so that the detector is called
        camera.draw(picture)
        camera.draw(np.zeros_like(picture))
    assert camera.error is not None
    assert len(caplog.records) == 1


def test_a_connection_that_works_has_nothing_to_say():
    connection = Connection()
    connection.update(playing=False, signalling=True, now_s=0)
    assert connection.is_trying
    connection.update(playing=True, signalling=False, now_s=1)
    assert connection.playing and not connection.is_trying
    connection.update(playing=False, signalling=False, now_s=100)
    assert connection.sentence(100) is None


def test_a_slow_connection_is_said_and_then_that_it_failed():
    connection = Connection()
    connection.update(playing=False, signalling=True, now_s=0)
    connection.update(playing=False, signalling=True, now_s=PATIENCE_S)
    assert connection.sentence(PATIENCE_S) is None
    assert connection.sentence(PATIENCE_S + 1) == SLOW
    connection.update(playing=False, signalling=False, now_s=PATIENCE_S + 2)
    assert connection.sentence(PATIENCE_S + 2) == NO_WAY
    connection.update(playing=False, signalling=True, now_s=PATIENCE_S + 3)
    assert connection.sentence(PATIENCE_S + 3) is None
    connection.update(playing=True, signalling=False, now_s=PATIENCE_S + 4)
    assert connection.sentence(1e9) is None


def test_a_viewer_who_stops_early_is_told_nothing():
    connection = Connection()
    connection.update(playing=False, signalling=True, now_s=0)
    connection.update(playing=False, signalling=False, now_s=1)
    assert connection.sentence(1000) is None


def test_rows_show_seven_figures_a_model_and_mark_who_agrees():
    styles = model_styles(["a.b", "c.d", "e.f"])
    drawn = answer_rows.rows({"a.b": HAPPY, "c.d": HAPPY, "e.f": SAD}, styles, "happy", {"a.b": "1.5 ms"}, {})
    assert drawn.count("<i>100</i>") == 3
    assert drawn.count("<i>0</i>") == 18
    assert drawn.count("fo-first fo-deep") == 3
    assert drawn.count("= <em>") == 2 and drawn.count("≠ <em>") == 1
    assert "1.5 ms" in drawn


def test_a_model_alone_agrees_with_nobody():
    drawn = answer_rows.rows({"a.b": HAPPY}, model_styles(["a.b"]), "happy", {}, {})
    assert "most models say" not in drawn


def test_where_all_disagree_nobody_is_marked():
    styles = model_styles(["a.b", "c.d"])
    drawn = answer_rows.rows({"a.b": HAPPY, "c.d": SAD}, styles, None, {}, {})
    assert "most models say" not in drawn


def test_words_in_rows_cannot_be_markup():
    drawn = answer_rows.row("<b>", model_styles(["<b>"])["<b>"], HAPPY, None, "<i>", "<script>")
    assert "<script>" not in drawn and "&lt;script&gt;" in drawn
    assert 'data-model="&lt;b&gt;"' in drawn


def test_an_analysis_that_nobody_keeps_ends():
    entered, release = threading.Event(), threading.Event()

    class Slow:
        def predict_proba(self, faces):
            entered.set()
            release.wait(10)
            return np.repeat(HAPPY[None], len(faces), axis=0)

    data = encode(frames_of(stream_of("happy"), 25) * 4)
    job = VideoJob(data, "film.mp4", {"a.slow": Slow()}, HaarFinder)
    thread, shared = job._thread, job._shared
    assert entered.wait(10)
    del job
    gc.collect()
    release.set()
    thread.join(10)
    assert not thread.is_alive()
    assert shared.result.cancelled
