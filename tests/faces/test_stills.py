"""Faces in single pictures: small, turned and doubtful ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fer_core.answers import answer_picture
from fer_core.data.schematic import draw_faces
from fer_core.errors import NoFaceError
from fer_core.faces.detector_file import VARIABLE as YUNET_VARIABLE
from fer_core.faces.finders import SMALLEST_FACE, HaarFinder, YuNetFinder
from fer_core.faces.pictures import read_picture
from fer_core.faces.stills import StillFinder, still_finder
from tests.conftest import YUNET


@pytest.fixture(params=["haar", "yunet"])
def finder(request):
    if request.param == "yunet" and not YUNET:
        pytest.skip(f"needs a YuNet file: name it in the environment variable {YUNET_VARIABLE}")
    return StillFinder(Path(YUNET) if request.param == "yunet" else None)


def png(pixels):
    return cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)[1].tobytes()


def _with_fifteen_faces(width):
    """uint8 (3024, 4032, 3): a cup of coffee with the astronaut's face, ``width`` pixels wide, pasted 15 times."""
    picture = cv2.resize(data.coffee(), (4032, 3024), interpolation=cv2.INTER_CUBIC)
    head = cv2.resize(
        data.astronaut()[40:200, 144:304], None, fx=width / 100, fy=width / 100, interpolation=cv2.INTER_AREA
    )
    rng = np.random.default_rng(0)
    for place in range(15):
        row, column = divmod(place, 5)
        top, left = 200 + row * 950 + rng.integers(300), 150 + column * 770 + rng.integers(300)
        picture[top : top + len(head), left : left + len(head)] = head
    return picture


@pytest.mark.parametrize("width", [250, 200, 150, 100])
def test_fifteen_faces_in_a_large_picture_are_all_found(finder, width):
    picture = read_picture(png(_with_fifteen_faces(width)), "group.png")
    faces = [face for face in finder.find(picture.pixels) if face.sure]
    assert len(faces) == 15
    widths = [face.box[2] * 4032 / 2048 for face in faces]
    assert np.median(widths) == pytest.approx(width, rel=0.25)


@pytest.mark.parametrize("name", ["chelsea", "rocket", "page", "text", "coins", "grass", "gravel", "coffee"])
@pytest.mark.parametrize("scale", [1, 3])
def test_nothing_is_answered_in_a_picture_without_a_face(finder, name, scale):
    picture = getattr(data, name)()
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    with pytest.raises(NoFaceError):
        answer_picture(png(picture), f"{name}.png", {}, finder=finder)


def test_a_doubtful_place_is_answered_only_where_it_is_asked_for():
    upside_down = np.ascontiguousarray(data.astronaut()[::-1, ::-1])  # the cascade takes a rocket for a face
    with pytest.raises(NoFaceError, match=r"for sure, but 1 place that may be one: turn the picture"):
        answer_picture(png(upside_down), "turned.png", {}, finder=StillFinder(None))
    answers = answer_picture(png(upside_down), "turned.png", {}, finder=StillFinder(None), doubtful=True)
    assert [face.sure for face in answers.faces] == [False]
    assert answers.doubtful == ()


def test_a_picture_that_is_turned_upright_is_answered(finder):
    sideways = np.ascontiguousarray(np.rot90(data.astronaut()))
    upright = answer_picture(png(data.astronaut()), "a.png", {}, finder=finder)
    turned = answer_picture(png(sideways), "a.png", {}, finder=finder, quarter_turns=1)
    assert np.array_equal(turned.picture.pixels, upright.picture.pixels)
    assert [face.box for face in turned.faces] == [face.box for face in upright.faces]


def test_the_sure_face_is_answered_and_the_doubtful_one_kept_apart():
    both = np.concatenate([data.astronaut(), data.astronaut()[::-1, ::-1]], axis=1)
    answers = answer_picture(png(both), "both.png", {}, finder=StillFinder(None))
    assert len(answers.faces) == 1 and answers.faces[0].sure
    assert len(answers.doubtful) == 1 and answers.doubtful[0].box[0] > 512


def test_a_face_too_small_to_be_answered_is_left_out(finder):
    small = cv2.resize(data.astronaut(), None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    picture = np.full((400, 600, 3), 128, np.uint8)
    picture[50 : 50 + len(small), 50 : 50 + len(small)] = small
    assert all(face.box[2] >= SMALLEST_FACE for face in finder.find(picture))


def test_where_yunet_is_sure_of_nothing_the_cascade_is_asked():
    if not YUNET:
        pytest.skip(f"needs a YuNet file: name it in the environment variable {YUNET_VARIABLE}")
    yunet, haar, both = YuNetFinder(Path(YUNET)), HaarFinder(), StillFinder(Path(YUNET))
    drawings = [
        cv2.cvtColor(cv2.resize(face, (200, 200)), cv2.COLOR_GRAY2RGB) for face in draw_faces(28, 0).faces
    ]
    found = [(len(yunet.find(each)), len(haar.find(each)), len(both.find(each))) for each in drawings]
    assert any(first == 0 < second for first, second, _ in found)
    assert all(together >= max(first, min(second, 1)) for first, second, together in found)


def test_heads_are_searched_in_profile_from_either_side():
    picture = cv2.resize(data.astronaut(), (640, 640), interpolation=cv2.INTER_CUBIC)
    found = [face.box for face in HaarFinder().search_profiles(picture, 640)]
    mirrored = [
        face.box for face in HaarFinder().search_profiles(np.ascontiguousarray(picture[:, ::-1]), 640)
    ]
    assert found
    expected = sorted((640 - x - width, y, width, height) for x, y, width, height in found)
    assert np.array(sorted(mirrored)) == pytest.approx(np.array(expected), abs=1)


def test_single_pictures_are_searched_by_the_cascades_where_there_is_no_other_file():
    assert isinstance(still_finder(), StillFinder)
    assert len(still_finder().find(data.astronaut())) == 1
