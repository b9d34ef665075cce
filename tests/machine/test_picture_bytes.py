"""Pictures that ask for more work than a picture needs are refused before they are decoded; others lose nothing."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from fer_core.errors import PictureError, PictureKindError
from fer_core.faces.pictures import read_picture
from fer_core.machine import picture_bytes
from fer_core.machine.picture_bytes import announced_size, slim

SCENE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).resize((480, 320))
SIDEWAYS = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><tiff:Orientation>6</tiff:Orientation></x:xmpmeta>'


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def with_scans(jpeg: bytes, more: int) -> bytes:
    """A progressive JPEG whose last scan is there ``more`` times again."""
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + more * last + jpeg[-2:]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def behind_header(png: bytes, *chunks: bytes) -> bytes:
    return png[:33] + b"".join(chunks) + png[33:]


def refusal(data: bytes) -> str:
    with pytest.raises(PictureError) as raised:
        read_picture(data, "upload")
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_progressive_picture_is_read_as_it_is():
    data = encoded(SCENE, "JPEG", progressive=True, quality=95)
    assert np.array_equal(read_picture(data, "x").pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert read_picture(with_scans(data, 20), "x").pixels.shape == (320, 480, 3)


def test_a_picture_that_is_drawn_over_and_over_is_refused_before_it_is_decoded(monkeypatch):
    data = with_scans(encoded(SCENE, "JPEG", progressive=True), 200)
    monkeypatch.setattr(Image, "open", None)
    assert refusal(data) == (
        "upload draws its 480 x 320 pixels too many times over; open it in another program and save it again."
    )


def test_the_larger_a_picture_the_fewer_times_it_may_be_drawn():
    large = encoded(Image.new("RGB", (6500, 6500)), "JPEG", progressive=True)
    slim(with_scans(large, 10))
    with pytest.raises(picture_bytes.HeavyPictureError):
        slim(with_scans(large, 15))


def test_scans_are_counted_behind_whatever_stands_between_them():
    data = encoded(SCENE, "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    hidden = (b"\xff\xfe\x00\x06note" + b"\xff\xff" + last) * 150
    assert "too many times over" in refusal(data[:-2] + hidden + data[-2:])


def test_a_scan_in_a_cameras_note_or_behind_the_end_is_none():
    data = encoded(SCENE, "JPEG")
    note = b"\xff\xe2" + struct.pack(">H", 2 + 4000) + 1000 * b"\xff\xda\x00\x02"
    assert np.array_equal(
        read_picture(data[:2] + note + data[2:] + 1000 * b"\xff\xda", "x").pixels,
        read_picture(data, "x").pixels,
    )


@pytest.mark.parametrize("piece", [b"\xff\xfe\x00\x02", b"\xff\xe1\x00\x02", b"\xff\x01"])
def test_a_jpeg_of_a_million_pieces_is_refused(piece):
    data = encoded(SCENE, "JPEG")
    assert "cut into more than 50,000 pieces" in refusal(data[:2] + 1_000_000 * piece + data[2:])


def test_filling_between_segments_is_left_out():
    data = encoded(SCENE, "JPEG")
    kept = slim(data[:2] + 1_000_000 * b"\xff" + data[2:])
    assert len(kept.data) <= len(data)
    assert np.array_equal(read_picture(kept.data, "x").pixels, read_picture(data, "x").pixels)


def test_a_png_with_long_metadata_is_whole():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("history", "edited again; " * 500_000, zip=True)
    texts.add_itxt("workflow", "x" * 3_000_000, zip=True)
    data = encoded(SCENE, "PNG", pnginfo=texts)
    assert np.array_equal(read_picture(data, "x").pixels, np.asarray(SCENE))


def test_a_bomb_of_text_is_not_unfolded():
    bomb = zlib.compress(bytes(50_000_000))
    data = behind_header(
        encoded(SCENE, "PNG"),
        chunk(b"zTXt", b"Raw profile type exif\x00\x00" + bomb),
        chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + bomb),
        chunk(b"iCCP", b"profile\x00\x00" + bomb),
    )
    assert np.array_equal(read_picture(data, "x").pixels, np.asarray(SCENE))
    assert len(slim(data).data) < len(data) - len(bomb)


@pytest.mark.parametrize("packed", [True, False])
def test_a_png_is_turned_as_its_text_says(packed):
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", SIDEWAYS.decode(), zip=packed)
    assert read_picture(encoded(SCENE, "PNG", pnginfo=texts), "x").pixels.shape == (480, 320, 3)


def test_a_jpeg_is_turned_as_its_xmp_says():
    assert read_picture(encoded(SCENE, "JPEG", xmp=SIDEWAYS), "x").pixels.shape == (480, 320, 3)


def test_a_png_of_a_million_pieces_is_refused_and_empty_pieces_are_left_out():
    png = encoded(SCENE, "PNG")
    assert "cut into more than 50,000 pieces" in refusal(behind_header(png, 100_000 * chunk(b"IDAT", b"")))
    data = behind_header(png, 100_000 * chunk(b"tEXt", b"a\x00b"), chunk(b"IDAT", b""))
    assert np.array_equal(read_picture(data, "x").pixels, np.asarray(SCENE))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"8BPS\x00\x01", "a Photoshop file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "the pointer of a Git LFS file, not the file itself",
        ),
    ],
)
def test_another_kind_is_named_by_its_first_bytes_and_no_other_reader_is_tried(data, kind, monkeypatch):
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(
        PictureKindError, match=f"^upload is {kind}; choose a JPEG, PNG, WebP, HEIC or AVIF file.$"
    ):
        read_picture(data + bytes(100), "upload")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_size_is_known_from_the_head_alone(kind):
    data = encoded(SCENE, kind)
    assert announced_size(data) == (480, 320)
    assert announced_size(data[: len(data) // 2]) == (480, 320)
    assert announced_size(data[:10]) is None
