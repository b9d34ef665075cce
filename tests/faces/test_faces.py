"""Faces found in real photographs, and cut as FER2013 was cut."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fer_core.errors import ModelError
from fer_core.faces.detector_file import VARIABLE as YUNET_VARIABLE
from fer_core.faces.finders import (
    CROP_SIDE,
    FoundFace,
    HaarFinder,
    YuNetFinder,
    crop_face,
    default_finder,
    in_reading_order,
    whole_picture,
)
from fer_core.faces.stills import find_faces
from tests.conftest import YUNET

#: The astronaut's face in scikit-image's photograph: its middle and about its width, in pixels.
MIDDLE, WIDTH = (224, 115), 100


@pytest.fixture(scope="module")
def astronaut():
    return data.astronaut()


@pytest.fixture(params=["haar", "yunet"])
def finder(request):
    if request.param == "haar":
        return HaarFinder()
    if not YUNET:
        pytest.skip(f"needs a YuNet file: name it in the environment variable {YUNET_VARIABLE}")
    return YuNetFinder(Path(YUNET))


def assert_is_the_astronaut(face, scale=1.0, offset=0):
    x, y, width, height = face.box
    assert width == height
    assert x + width / 2 == pytest.approx(offset + MIDDLE[0] * scale, abs=12 * scale)
    assert y + height / 2 == pytest.approx(MIDDLE[1] * scale, abs=12 * scale)
    assert width == pytest.approx(WIDTH * scale, rel=0.25)


def test_the_one_face_of_a_photograph_is_found(finder, astronaut):
    faces = finder.find(astronaut)
    assert len(faces) == 1
    assert_is_the_astronaut(faces[0])
    assert faces[0].crop.shape == (48, 48) and faces[0].crop.dtype == np.uint8
    assert faces[0].score > 0


@pytest.mark.parametrize("scale", [0.75, 4])
def test_the_box_is_in_pixels_of_the_picture_at_any_size(finder, astronaut, scale):
    resized = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    faces = finder.find(resized)
    assert len(faces) == 1
    assert_is_the_astronaut(faces[0], scale)


def test_faces_come_from_left_to_right_whatever_their_score(finder, astronaut):
    pair = np.concatenate([astronaut, cv2.convertScaleAbs(astronaut, alpha=0.8)], axis=1)
    faces = finder.find(pair)
    assert len(faces) == 2
    assert_is_the_astronaut(faces[0])
    assert_is_the_astronaut(faces[1], offset=astronaut.shape[1])


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((300, 400, 3), np.uint8),
        np.full((20, 2000, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8),
        data.coffee(),
        data.chelsea(),
    ],
    ids=["black", "white strip", "noise", "cup", "cat"],
)
def test_a_picture_without_a_face_gives_none(finder, picture):
    assert finder.find(picture) == []


def test_narrow_strips_hold_no_face_and_break_nothing(finder):
    rng = np.random.default_rng(0)
    for _ in range(30):
        short, long = rng.integers(16, 60), rng.integers(400, 2048)
        strip = rng.integers(0, 256, (short, long, 3), np.uint8)
        for picture in (strip, np.full_like(strip, 255), np.ascontiguousarray(strip.transpose(1, 0, 2))):
            assert finder.find(picture) == []


def test_a_crop_is_what_crop_face_cuts_from_the_box(finder, astronaut):
    face = finder.find(astronaut)[0]
    assert np.array_equal(crop_face(astronaut, face.box), face.crop)


def test_a_face_at_the_edge_is_cut_with_the_edge_repeated(finder, astronaut):
    at_the_edge = np.ascontiguousarray(astronaut[72:, 178:])
    faces = finder.find(at_the_edge)
    assert len(faces) == 1
    assert np.array_equal(crop_face(at_the_edge, faces[0].box), faces[0].crop)


def test_haar_cuts_real_faces_of_fer2013_nearly_as_they_were_cut(fer2013):
    finder, ratios = HaarFinder(), []
    for face in fer2013.split("PublicTest").faces[:150]:
        framed = cv2.copyMakeBorder(cv2.resize(face, (192, 192)), 64, 64, 64, 64, cv2.BORDER_REPLICATE)
        found = finder.find(cv2.cvtColor(framed, cv2.COLOR_GRAY2RGB))
        ratios += [max(found, key=lambda one: one.box[2]).box[2] / 192] if found else []
    assert len(ratios) > 100
    assert np.median(ratios) == pytest.approx(1.0, abs=0.05)


# --- crops --------------------------------------------------------------------------------------------------


def test_a_grey_48_by_48_crop_comes_back_unchanged():
    face = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    rgb = np.repeat(face[:, :, None], 3, axis=2)
    assert np.array_equal(whole_picture(rgb).crop, face)
    assert np.array_equal(crop_face(rgb, (0, 0, 48, 48)), face)


@pytest.mark.parametrize("shape", [(48, 48), (CROP_SIDE, 40)])
def test_a_picture_as_small_as_a_crop_is_a_face_by_itself(shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    faces = find_faces(rgb, HaarFinder())
    assert len(faces) == 1 and faces[0].score == 1.0
    assert faces[0].box[2] == min(shape)


def test_a_bigger_picture_is_searched(astronaut):
    faces = find_faces(astronaut, HaarFinder())
    assert len(faces) == 1
    assert_is_the_astronaut(faces[0])


def test_the_whole_of_an_oblong_picture_is_its_middle_square():
    rgb = np.zeros((60, 100, 3), np.uint8)
    rgb[:, 20:80] = 200
    whole = whole_picture(rgb)
    assert whole.box == (20, 0, 60, 60)
    assert whole.crop.min() == 200


def test_a_box_that_is_not_square_is_widened_about_its_middle():
    rgb = np.zeros((200, 200, 3), np.uint8)
    rgb[50:150, 50:150] = 255
    assert np.array_equal(crop_face(rgb, (80, 50, 40, 100)), crop_face(rgb, (50, 50, 100, 100)))


def test_beyond_the_picture_its_edge_is_repeated():
    rgb = np.full((100, 100, 3), 90, np.uint8)
    assert (crop_face(rgb, (-30, -30, 90, 90)) == 90).all()
    assert (crop_face(rgb, (150, 150, 20, 20)) == 90).all()


def test_colour_is_weighed_as_the_eye_sees_it():
    rgb = np.zeros((48, 48, 3), np.uint8)
    rgb[..., 1] = 255
    assert crop_face(rgb, (0, 0, 48, 48))[0, 0] == round(0.587 * 255)


# --- which detector -----------------------------------------------------------------------------------------


def test_haar_is_the_default():
    assert isinstance(default_finder(), HaarFinder)


def test_yunet_is_used_where_its_file_is_named(monkeypatch):
    if not YUNET:
        pytest.skip(f"needs a YuNet file: name it in the environment variable {YUNET_VARIABLE}")
    monkeypatch.setenv(YUNET_VARIABLE, YUNET)
    assert isinstance(default_finder(), YuNetFinder)


def test_an_absent_or_wrong_detector_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(YUNET_VARIABLE, str(tmp_path / "absent.onnx"))
    with pytest.raises(ModelError, match=f"is missing; correct or unset {YUNET_VARIABLE}"):
        default_finder()
    (tmp_path / "text.onnx").write_text("no network")
    monkeypatch.setenv(YUNET_VARIABLE, str(tmp_path / "text.onnx"))
    with pytest.raises(ModelError, match=r"text.onnx is not a YuNet face detector"):
        default_finder()


def at(x, y, side=100):
    return FoundFace((x, y, side, side), np.zeros((48, 48), np.uint8), 1.0)


def test_faces_are_numbered_row_by_row_and_people_of_different_heights_are_one_row():
    jitter = np.random.default_rng(0).integers(-30, 30, (12, 2))
    rows = [at(300 * column + dx, 100 + 400 * row + dy)
            for (dx, dy), (row, column) in zip(jitter, np.ndindex(2, 6), strict=True)]  # fmt: skip
    assert in_reading_order(rows[::-1]) == rows
    family = [at(0, 50), at(150, 140, 60), at(300, 20), at(450, 100, 80)]
    assert in_reading_order(family[::-1]) == family
    assert in_reading_order([]) == []
