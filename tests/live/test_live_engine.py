"""Frames of a stream answered by real models, whatever happens meanwhile."""

import threading

import numpy as np
import onnx
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.errors import ModelError
from fer_core.faces.finders import HaarFinder
from fer_core.live import OVERLAY_COLOUR, LiveEngine, draw_frame, majority
from fer_core.variants.classifier import FixedClassifier, OnnxClassifier
from tests.fixtures_variants import make_model
from tests.moving_faces import frames_of, stream_of

NO_FACE = np.full((480, 640, 3), 80, np.uint8)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Four real networks by id."""
    folder = tmp_path_factory.mktemp("models")
    for seed in range(4):
        onnx.save(make_model(seed), folder / f"{seed}.onnx")
    return {f"mine.model{seed}": OnnxClassifier(folder / f"{seed}.onnx") for seed in range(4)}


class Failing:
    """A model that raises what it is given."""

    def __init__(self, error):
        self.error = error

    def predict_proba(self, faces):
        raise self.error


def fixed(emotion):
    return FixedClassifier(np.eye(7, dtype=np.float32)[[EMOTIONS.index(emotion)]])


def test_every_model_answers_every_face_of_every_frame(models):
    engine = LiveEngine(models, HaarFinder(), smoothing_s=0)
    for number, rgb in enumerate(frames_of(stream_of("happy", "sad"), 6), start=1):
        frame = engine.process(rgb, number / 25)
        assert frame.number == number
        assert frame.time_s == pytest.approx((number - 1) / 25)
        assert len(frame.faces) == 2
        assert list(frame.probs) == list(frame.raw_probs) == list(frame.milliseconds) == list(models)
        crops = np.stack([face.crop for face in frame.faces])
        for name, model in models.items():
            assert np.array_equal(frame.raw_probs[name], model.predict_proba(crops))
            assert np.array_equal(frame.probs[name], frame.raw_probs[name])
        assert frame.total_ms > frame.finding_ms > 0
        assert min(frame.milliseconds.values()) > 0
        assert frame.errors == {}


def test_all_faces_of_a_frame_go_through_a_model_in_one_call():
    class Counting(FixedClassifier):
        def __init__(self):
            super().__init__(np.full(7, 1 / 7))
            self.calls = []

        def predict_proba(self, faces):
            self.calls.append(len(faces))
            return super().predict_proba(faces)

    counting = Counting()
    engine = LiveEngine({"a.model": counting}, HaarFinder())
    for rgb in frames_of(stream_of("happy", "sad"), 3):
        engine.process(rgb)
    assert counting.calls == [2, 2, 2]


def test_answers_are_smoothed_and_still_probabilities(models):
    engine = LiveEngine(models, HaarFinder(), smoothing_s=0.4)
    frames = [engine.process(rgb, index / 25) for index, rgb in enumerate(frames_of(stream_of("fear"), 20))]
    for name in models:
        raw = np.concatenate([frame.raw_probs[name] for frame in frames])
        smooth = np.concatenate([frame.probs[name] for frame in frames])
        assert smooth.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-6)
        assert np.array_equal(raw[0], smooth[0])
        assert np.abs(np.diff(smooth, axis=0)).sum() < np.abs(np.diff(raw, axis=0)).sum()


def test_smoothing_can_be_switched_off_while_the_stream_runs(models):
    engine = LiveEngine(models, HaarFinder(), smoothing_s=2.0)
    frames = frames_of(stream_of("fear"), 4)
    engine.process(frames[0], 0.0)
    smoothed = engine.process(frames[3], 0.1)
    engine.smoothing_s = 0
    sharp = engine.process(frames[3], 0.2)
    name = next(iter(models))
    assert not np.array_equal(smoothed.probs[name], smoothed.raw_probs[name])
    assert np.array_equal(sharp.probs[name], sharp.raw_probs[name])


def test_a_frame_without_a_face_is_answered_by_nobody(models):
    frame = LiveEngine(models, HaarFinder()).process(NO_FACE)
    assert frame.faces == [] and frame.milliseconds == {} and frame.errors == {}
    assert {name: probs.shape for name, probs in frame.probs.items()} == dict.fromkeys(models, (0, 7))


def test_a_stream_without_models_still_finds_faces():
    frame = LiveEngine({}, HaarFinder()).process(stream_of("happy").frame(0))
    assert len(frame.faces) == 1 and frame.probs == {}


def test_a_failing_model_is_named_and_the_others_go_on(models):
    lost = ModelError("mine.lost failed on 1 faces.")
    extra = {
        "mine.lost": Failing(lost),
        "mine.bug": Failing(RuntimeError("out of range")),
        "mine.wrong": FixedClassifier(np.full(7, np.nan)),
    }
    engine = LiveEngine(extra | models, HaarFinder())
    for rgb in frames_of(stream_of("happy"), 3):
        frame = engine.process(rgb)
        assert list(frame.probs) == list(models)
        assert list(frame.errors) == list(extra)
        assert frame.errors["mine.lost"] == "mine.lost failed on 1 faces."
        assert "mine.bug failed (RuntimeError: out of range)" in frame.errors["mine.bug"]
        assert "unusable" in frame.errors["mine.wrong"]
    engine.set_classifiers(models)
    assert engine.process(rgb).errors == {}


def test_models_come_and_go_while_frames_are_processed(models):
    names = list(models)
    choices = [models, {names[0]: models[names[0]]}, {}, {name: models[name] for name in names[2:0:-1]}]
    engine, stop = LiveEngine(models, HaarFinder()), threading.Event()

    def switch():
        while not stop.is_set():
            for choice in choices:
                engine.set_classifiers(choice)
                engine.smoothing_s = 0.1 * len(choice)

    switcher = threading.Thread(target=switch)
    switcher.start()
    try:
        frames = [engine.process(rgb, i / 25) for i, rgb in enumerate(frames_of(stream_of("happy"), 60))]
    finally:
        stop.set()
        switcher.join()
    seen = {tuple(frame.probs) for frame in frames}
    assert seen <= {tuple(choice) for choice in choices}, "a frame has all models of one choice, in its order"
    assert len(seen) > 1
    assert [frame.number for frame in frames] == list(range(1, 61))
    assert all(frame.errors == {} and len(frame.faces) == 1 for frame in frames)


def test_a_model_that_is_added_answers_the_next_frame_with_its_own_probabilities(models):
    names = list(models)
    engine = LiveEngine({names[0]: models[names[0]]}, HaarFinder(), smoothing_s=5.0)
    frames = frames_of(stream_of("happy"), 3)
    engine.process(frames[0], 0.0)
    engine.set_classifiers(models)
    assert engine.variant_ids == names
    frame = engine.process(frames[1], 0.04)
    assert np.array_equal(frame.probs[names[1]], frame.raw_probs[names[1]])


def test_the_last_frame_is_at_hand_with_what_the_models_saw(models):
    engine = LiveEngine(models, HaarFinder())
    assert engine.latest is None
    frame = engine.process(stream_of("happy").frame(0))
    assert engine.latest is frame
    assert frame.faces[0].crop.shape == (48, 48)


def test_streams_of_several_viewers_share_the_models(models):
    answers = [[] for _ in range(3)]

    def watch(place):
        engine = LiveEngine(models, HaarFinder(), smoothing_s=0)
        for number, rgb in enumerate(frames_of(stream_of("happy", seed=7), 8)):
            answers[place].append(engine.process(rgb, number / 25))

    threads = [threading.Thread(target=watch, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in answers[1:]:
        assert len(other) == 8
        for one, two in zip(answers[0], other, strict=True):
            assert all(np.array_equal(one.probs[name], two.probs[name]) for name in models)


# --- drawing ------------------------------------------------------------------------------------------------


def overlay(rgb):
    """bool (H, W): pixels of the overlay colour."""
    return np.abs(rgb.astype(int) - OVERLAY_COLOUR).max(axis=2) < 12


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_each_face_is_boxed_and_labelled_in_the_overlay_colour(width):
    models = {"a.one": fixed("happy"), "a.two": fixed("happy"), "a.three": fixed("sad")}
    rgb = stream_of("happy").frame(0)
    rgb = np.repeat(np.repeat(rgb, 2, 0), 2, 1) if width == 1280 else rgb[:: 640 // width, :: 640 // width]
    rgb = np.ascontiguousarray(rgb)
    before = rgb.copy()
    frame = LiveEngine(models, HaarFinder()).process(rgb)
    drawn, plain = draw_frame(rgb, frame), draw_frame(rgb, frame, labels=False)
    assert np.array_equal(rgb, before), "the frame itself is left as it is"
    assert not overlay(rgb).any()
    x, y, side, _ = frame.faces[0].box
    assert overlay(drawn)[y + side // 2, x - 2 : x + 3].any(), "the box's left edge"
    assert overlay(drawn).sum() > overlay(plain).sum() > 2 * side


def test_a_label_stays_in_the_frame_when_the_face_is_at_its_edge():
    rgb = np.roll(stream_of("happy", still=True).frame(0), (-160, 250), axis=(0, 1))
    frame = LiveEngine({"a.one": fixed("surprise")}, HaarFinder()).process(rgb)
    for face in frame.faces:
        object.__setattr__(face, "box", (600, -20, 100, 100))
    assert draw_frame(rgb, frame).shape == rgb.shape


def test_the_majority_is_what_most_models_say_and_of_equals_the_surer():
    rows = {
        "a": np.array([[0.6, 0, 0, 0.4, 0, 0, 0]], np.float32),
        "b": np.array([[0, 0, 0, 0.9, 0.1, 0, 0]], np.float32),
    }
    assert majority(rows, 0) == ("happy", 1)
    rows["c"] = np.array([[0.5, 0, 0, 0.4, 0.1, 0, 0]], np.float32)
    assert majority(rows, 0) == ("angry", 2)
