"""Faces that are followed from frame to frame."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fer_core.faces.finders import HaarFinder, YuNetFinder, crop_face
from fer_core.live import FaceTracker
from fer_core.live.tracking import PATIENCE, PATIENCE_GONE, SEARCH_EVERY
from tests.conftest import YUNET
from tests.moving_faces import FRAMES_PER_S, frames_of, middle, stream_of

NO_FACE = np.random.default_rng(3).integers(60, 90, (480, 640, 3), np.uint8)


def test_a_moving_face_keeps_its_number_and_its_box_stays_on_it():
    stream, tracker = stream_of("happy"), FaceTracker(HaarFinder())
    for index, frame in enumerate(frames_of(stream, 50)):
        faces = tracker.update(frame)
        assert [face.number for face in faces] == [1]
        truth = stream.squares(index / FRAMES_PER_S)[0]
        assert np.abs(middle(faces[0].box) - middle(truth)).max() < 0.15 * truth[2]
        assert faces[0].box[2] == pytest.approx(truth[2], rel=0.3)


def test_the_whole_frame_is_searched_on_few_frames_only():
    tracker, searched = FaceTracker(HaarFinder()), 0
    for frame in frames_of(stream_of("neutral"), 37):
        tracker.update(frame)
        searched += tracker.searched
    assert searched <= 1 + 37 // SEARCH_EVERY


@pytest.mark.parametrize("every", [1, 5])
def test_how_often_it_is_searched_can_be_chosen(every):
    tracker, searched = FaceTracker(HaarFinder(), every=every), []
    for frame in frames_of(stream_of("neutral", still=True), 11):
        tracker.update(frame)
        searched.append(tracker.searched)
    assert [index for index, was in enumerate(searched) if was] == list(range(0, 11, every))


def test_each_of_several_faces_keeps_its_own_number():
    stream, tracker = stream_of("happy", "surprise"), FaceTracker(HaarFinder())
    for index, frame in enumerate(frames_of(stream, 40)):
        faces = tracker.update(frame)
        assert [face.number for face in faces] == [1, 2], "from left to right"
        for face, truth in zip(faces, stream.squares(index / FRAMES_PER_S), strict=True):
            assert np.abs(middle(face.box) - middle(truth)).max() < 0.2 * truth[2]


def test_a_crop_is_what_crop_face_cuts_from_the_box():
    tracker = FaceTracker(HaarFinder())
    for frame in frames_of(stream_of("fear"), 8):
        face = tracker.update(frame)[0]
        assert face.crop.shape == (48, 48) and face.crop.dtype == np.uint8
        assert np.array_equal(face.crop, crop_face(frame, face.box))


def test_a_new_scene_is_searched_in_its_first_frame():
    tracker = FaceTracker(HaarFinder())
    for frame in frames_of(stream_of("happy"), 7):
        tracker.update(frame)
    new = stream_of("sad", seed=5)
    faces = tracker.update(255 - new.frame(0) // 2)
    faces = tracker.update(new.frame(0))
    assert tracker.searched
    assert len(faces) == 1
    assert np.abs(middle(faces[0].box) - middle(new.squares(0)[0])).max() < 30
    assert faces[0].number > 1, "another scene, another face"


def test_a_face_that_jumps_is_found_again_within_three_frames():
    face = stream_of("happy", still=True).frame(0)
    jumped = np.roll(face, 240, axis=1)
    tracker = FaceTracker(HaarFinder())
    for _ in range(7):
        before = tracker.update(face)
    seen = [tracker.update(jumped) for _ in range(3)]
    assert len(seen[-1]) == 1
    assert abs(middle(seen[-1][0].box)[0] - middle(before[0].box)[0]) == pytest.approx(240, abs=20)


def test_a_face_that_left_is_forgotten_and_its_number_is_not_given_again():
    stream, tracker = stream_of("happy", still=True), FaceTracker(HaarFinder())
    for _ in range(3):
        tracker.update(stream.frame(0))
    gone = [len(tracker.update(NO_FACE)) for _ in range(4 * (PATIENCE_GONE + 1))]
    assert not any(gone), "no box stays where no face is"
    assert tracker.numbers == set()
    back = [tracker.update(stream.frame(0)) for _ in range(5)][-1]
    assert [face.number for face in back] == [2]


def test_a_face_that_the_detector_misses_for_a_moment_is_kept():
    class Blinking:
        """The real detector, blind on every second look."""

        def __init__(self):
            self.finder, self.looks = HaarFinder(), 0

        def find(self, rgb):
            self.looks += 1
            return self.finder.find(rgb) if self.looks % 2 else []

    tracker = FaceTracker(Blinking())
    for frame in frames_of(stream_of("happy"), 4 * PATIENCE):
        assert [face.number for face in tracker.update(frame)] == [1]


@pytest.mark.parametrize("frames_per_s", [3, 5])
@pytest.mark.parametrize("emotions", [("happy",), ("happy", "sad")])
def test_faces_that_sway_keep_their_numbers_at_few_frames_a_second(frames_per_s, emotions):
    for seed in range(2):
        stream, tracker = stream_of(*emotions, seed=seed), FaceTracker(HaarFinder())
        for index in range(6 * frames_per_s):
            time_s = index / frames_per_s
            faces = tracker.update(stream.frame(time_s), time_s)
            assert [face.number for face in faces] == list(range(1, len(emotions) + 1))


def hidden_for(hidden_s, shift=0):
    """The number that a face has after it was hidden so long, and stepped aside by ``shift`` pixels meanwhile."""
    stream, tracker = stream_of("happy", still=True), FaceTracker(HaarFinder())
    frame, step_s = stream.frame(0), 0.1
    x, y, side = (round(value) for value in stream.squares(0)[0])
    covered = frame.copy()
    covered[y : y + side, x : x + side] = frame[y : y + side, x : x + side].mean()
    aside = covered.copy()
    aside[y : y + side, x + shift : x + shift + side] = frame[y : y + side, x : x + side]
    shown = [frame] * 8 + [covered] * round(hidden_s / step_s) + [aside] * 4
    return [tracker.update(each, index * step_s) for index, each in enumerate(shown)][-1][0].number


def test_a_face_lost_for_less_than_a_second_is_found_again_by_its_number_if_it_is_near():
    assert hidden_for(0.7) == 1
    assert hidden_for(0.7, shift=120) == 1
    assert hidden_for(0.5, shift=340) == 2, "so far off it may be another one"
    assert hidden_for(1.6) == 2, "that was too long"


def test_the_box_of_a_still_face_does_not_jitter():
    rng, still = np.random.default_rng(0), stream_of("neutral", still=True).frame(0)
    finder, tracker, found, followed = HaarFinder(), FaceTracker(HaarFinder()), [], []
    for _ in range(12):
        noisy = np.clip(still + rng.normal(0, 6, still.shape), 0, 255).astype(np.uint8)
        followed.append(tracker.update(noisy)[0].box)
        found.append(finder.find(noisy)[0].box)
    steps = np.abs(np.diff(followed, axis=0))
    assert steps.mean() <= np.abs(np.diff(found, axis=0)).mean()
    assert steps.max() <= 5


def test_a_face_is_followed_when_the_sender_reduces_its_frames():
    stream, tracker = stream_of("happy"), FaceTracker(HaarFinder())
    for frame in frames_of(stream, 6):
        tracker.update(frame)
    for index in range(6, 18):
        half = cv2.resize(stream.frame(index / FRAMES_PER_S), (320, 240), interpolation=cv2.INTER_AREA)
        faces = tracker.update(half)
        truth = np.array(stream.squares(index / FRAMES_PER_S)[0]) / 2
        assert [face.number for face in faces] == [1]
        assert np.abs(middle(faces[0].box) - middle(truth)).max() < 0.2 * truth[2]


def test_frames_of_any_size_and_content_break_nothing():
    tracker, rng = FaceTracker(HaarFinder()), np.random.default_rng(0)
    face = stream_of("happy").frame(0)
    for shape in [(480, 640), (640, 360), (120, 160), (17, 16), (16, 400), (480, 640)]:
        tracker.update(cv2.resize(face, shape[::-1]))
        tracker.update(rng.integers(0, 256, (*shape, 3), np.uint8))
        for value in (0, 255):
            assert tracker.update(np.full((*shape, 3), value, np.uint8)) == []


def test_real_photographs_are_followed_by_both_detectors():
    finders = [HaarFinder()]
    if YUNET:
        finders.append(YuNetFinder(Path(YUNET)))
    astronaut = np.pad(data.astronaut(), ((0, 0), (0, 128), (0, 0)), mode="edge")
    for finder in finders:
        tracker = FaceTracker(finder)
        for index in range(20):
            shift = round(60 * np.sin(index / 6))
            faces = tracker.update(np.roll(astronaut, (0, shift + 60), axis=(0, 1)))
            assert [face.number for face in faces] == [1]
            assert middle(faces[0].box) == pytest.approx([224 + 60 + shift, 115], abs=14)
