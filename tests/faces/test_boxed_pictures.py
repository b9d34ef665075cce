"""HEIC and AVIF: read as other pictures are, by a process that is held to memory and time."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from skimage.data import astronaut

from fer_core.answers import answer_picture
from fer_core.errors import PictureError
from fer_core.faces import boxed_pictures
from fer_core.faces.pictures import read_picture
from tests.api_driver import client, picture
from tests.fixtures_variants import make_variant, use_empty_folders

pillow_heif.register_heif_opener()
KINDS = {"HEIF": {"quality": 90}, "AVIF": {"quality": 90, "speed": 10}}


def encoded(pixels: np.ndarray, kind: str, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **KINDS[kind], **options)
    return out.getvalue()


def announcing(data: bytes, width: int, height: int) -> bytes:
    """The same picture, whose head tells another size."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def refusal(data: bytes) -> str:
    with pytest.raises(PictureError) as raised:
        read_picture(data, "phone.heic")
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.fixture(scope="module")
def quarters() -> np.ndarray:
    """uint8 (64, 96, 3): a red quarter at the upper left on grey."""
    pixels = np.full((64, 96, 3), 120, np.uint8)
    pixels[:32, :48] = (220, 20, 20)
    return pixels


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_on_a_telephones_picture_is_found(kind):
    answers = answer_picture(encoded(astronaut(), kind), "phone", {})
    assert len(answers.faces) == 1
    assert np.abs(answers.picture.pixels.astype(int) - astronaut()).mean() < 8


@pytest.mark.parametrize("kind", KINDS)
def test_the_api_takes_it_too(kind, tmp_path, monkeypatch):
    make_variant(use_empty_folders(monkeypatch, tmp_path)[1], "first.good", seed=1)
    answer = client().post("/predict", files=[picture(encoded(astronaut(), kind), "phone.heic")])
    assert answer.status_code == 200
    assert len(answer.json()["pictures"][0]["faces"]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_turned_as_its_camera_noted(kind, quarters):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    data = encoded(np.ascontiguousarray(np.rot90(quarters)), kind, exif=exif.tobytes())
    pixels = read_picture(data, "phone").pixels
    assert pixels.shape == quarters.shape
    assert np.abs(pixels.astype(int) - quarters).mean() < 8


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_announces_too_many_pixels_is_refused_before_it_is_decoded(kind, quarters):
    assert "has too many pixels (9,000 x 8,000)" in refusal(announcing(encoded(quarters, kind), 9000, 8000))


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_hides_many_pixels_behind_a_small_size_is_held_to_the_bounds(kind, monkeypatch):
    hidden = announcing(encoded(np.zeros((2000, 2000, 3), np.uint8), kind), 64, 64)
    try:
        assert read_picture(hidden, "phone.heic").pixels.shape == (64, 64, 3)
    except PictureError as error:
        assert "takes too much memory" in str(error)
    monkeypatch.setattr(boxed_pictures, "LIMIT_S", 0.001)
    assert "takes too long to decode" in refusal(hidden)


def test_decoding_ends_with_the_memory_that_it_may_take(monkeypatch):
    """The same number of pixels, truly announced, in less memory than they need."""
    data = encoded(np.zeros((3000, 3000, 3), np.uint8), "AVIF")
    monkeypatch.setattr(boxed_pictures, "MEMORY_BYTES", 90_000_000)
    assert refusal(data) == (
        "phone.heic takes too much memory or time to decode; open it in another program and save it again."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_file_is_refused(kind):
    data = encoded(astronaut(), kind)
    assert "damaged or cut off" in refusal(data[: len(data) // 2])
