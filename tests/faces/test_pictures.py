"""Uploaded pictures: real bytes of every kind become upright RGB, or one clear sentence."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_core.errors import PictureError
from fer_core.faces.pictures import LONG_SIDE, read_picture

WIDTH, HEIGHT = 90, 60


@pytest.fixture(scope="module")
def scene():
    # a red, a green, a blue and a grey quarter, so that turns and swaps are seen
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:30, :45, 0] = pixels[:30, 45:, 1] = pixels[30:, :45, 2] = 200
    pixels[30:, 45:] = 120
    return pixels


def encoded(image: Image.Image | np.ndarray, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be that large and holds a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


def quarters(pixels: np.ndarray) -> list[list[int]]:
    """The colours in the middles of the four quarters, read like a page."""
    height, width = pixels.shape[:2]
    return [pixels[y * height // 4, x * width // 4].tolist() for y in (1, 3) for x in (1, 3)]


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True})])
def test_lossless_pictures_come_back_pixel_for_pixel(scene, kind, options):
    picture = read_picture(encoded(scene, kind, **options), "scene")
    assert np.array_equal(picture.pixels, scene)
    assert picture.pixels.dtype == np.uint8
    assert picture.notes == ()


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95}),
                                               ("JPEG", {"quality": 95, "progressive": True})])  # fmt: skip
def test_lossy_pictures_come_back_nearly(scene, kind, options):
    picture = read_picture(encoded(scene, kind, **options), "scene")
    assert np.abs(np.array(quarters(picture.pixels)) - quarters(scene)).max() <= 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_as_its_camera_noted(scene, orientation, kind):
    upright = Image.fromarray(scene)
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for turn in undo.get(orientation, []):
        upright = upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read_picture(encoded(upright, kind, exif=exif, quality=95), "scene")
    assert picture.pixels.shape == scene.shape
    assert np.abs(np.array(quarters(picture.pixels)) - quarters(scene)).max() <= 60  # colours, not shades
    assert [np.argmax(colour) for colour in quarters(picture.pixels)[:3]] == [0, 1, 2]


@pytest.mark.filterwarnings("ignore:.*EXIF.*:UserWarning")
def test_a_damaged_orientation_is_no_reason_to_refuse_the_picture(scene):
    data = encoded(scene, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + bytes(20))
    assert read_picture(data, "scene").pixels.shape == scene.shape


def test_transparency_is_laid_over_white_and_told(scene):
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[:30, :45] = 0
    picture = read_picture(encoded(np.concatenate([scene, alpha], axis=2), "PNG"), "cut.png")
    assert quarters(picture.pixels) == [[255, 255, 255], *quarters(scene)[1:]]
    assert picture.notes == ("cut.png is partly transparent; white was put behind it.",)


def test_half_transparent_black_is_mid_grey():
    half = np.zeros((20, 20, 4), np.uint8)
    half[..., 3] = 128
    assert read_picture(encoded(half, "PNG"), "half").pixels[5, 5].tolist() == [127, 127, 127]


def test_an_alpha_channel_without_a_hole_is_not_worth_a_note(scene):
    opaque = np.concatenate([scene, np.full((HEIGHT, WIDTH, 1), 255, np.uint8)], axis=2)
    picture = read_picture(encoded(opaque, "PNG"), "opaque")
    assert np.array_equal(picture.pixels, scene)
    assert picture.notes == ()


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "PA"])
def test_grey_and_palette_pictures_become_rgb(mode):
    grey = Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 40, axis=1).repeat(40, axis=0))
    image = grey.convert("RGBA").convert("PA") if mode == "PA" else grey.convert(mode)
    kind = "PNG" if mode != "PA" else "WEBP"
    pixels = read_picture(encoded(image.convert("RGBA") if mode == "PA" else image, kind), "grey").pixels
    assert pixels.shape == (40, 80, 3)
    assert pixels[20, 10].max() <= 2 and pixels[20, 70].min() >= 253


def test_a_palette_with_a_transparent_colour_lies_over_white():
    image = Image.new("P", (20, 20), 0)
    image.putpalette([200, 0, 0, 0, 200, 0])
    picture = read_picture(encoded(image, "PNG", transparency=0), "palette")
    assert picture.pixels[3, 3].tolist() == [255, 255, 255]
    assert "transparent" in picture.notes[0]


def test_16_bit_grey_is_reduced_to_8_bits_and_told():
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16)[None].repeat(20, axis=0)
    picture = read_picture(encoded(ramp, "PNG"), "ramp.png")
    assert np.array_equal(picture.pixels[7], np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1))
    assert "16-bit" in picture.notes[0]


def test_16_bit_grey_that_holds_8_bit_values_stays_as_bright_as_it_is():
    ramp = np.arange(256, dtype=np.uint16)[None].repeat(20, axis=0)
    assert np.array_equal(read_picture(encoded(ramp, "PNG"), "ramp").pixels[7, :, 0], np.arange(256))


def test_16_bit_colour_becomes_8_bit_colour(scene):
    wide = scene.astype(np.uint16) * 257
    data = cv2.imencode(".png", np.ascontiguousarray(wide[..., ::-1]))[1].tobytes()
    assert np.array_equal(read_picture(data, "wide").pixels, scene)


def test_print_colours_become_rgb_and_are_told(scene):
    data = encoded(Image.fromarray(scene).convert("CMYK"), "JPEG", quality=95)
    picture = read_picture(data, "print.jpg")
    assert np.abs(np.array(quarters(picture.pixels)) - quarters(scene)).max() <= 10
    assert "CMYK" in picture.notes[0]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_used_and_told(scene, kind):
    frames = [Image.fromarray(np.full((HEIGHT, WIDTH, 3), value, np.uint8)) for value in (60, 220)]
    data = encoded(Image.fromarray(scene), kind, save_all=True, append_images=frames, lossless=True)
    picture = read_picture(data, "moving")
    assert np.array_equal(picture.pixels, scene)
    assert picture.notes == ("moving is animated; its first picture is used.",)


def test_a_camera_file_of_several_pictures_is_read_as_its_first_one(scene):
    data = encoded(Image.fromarray(scene), "MPO", save_all=True, append_images=[Image.fromarray(255 - scene)])
    picture = read_picture(data, "camera.jpg")
    assert np.abs(np.array(quarters(picture.pixels)) - quarters(scene)).max() <= 60
    assert picture.notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_big_photograph_is_reduced_and_keeps_its_proportions(scene, kind):
    big = Image.fromarray(scene).resize((4500, 3000), Image.Resampling.NEAREST)
    pixels = read_picture(encoded(big, kind), "big").pixels
    assert pixels.shape == (round(LONG_SIDE * 2 / 3), LONG_SIDE, 3)
    assert [np.argmax(colour) for colour in quarters(pixels)[:3]] == [0, 1, 2]


# --- what is refused ----------------------------------------------------------------------------------------


def refusal(data: bytes, name: str = "upload.png") -> str:
    with pytest.raises(PictureError) as raised:
        read_picture(data, name)
    sentence = str(raised.value)
    assert sentence.startswith(name) and sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_an_empty_file_is_refused():
    assert refusal(b"") == "upload.png is empty; choose a JPEG, PNG, WebP, HEIC or AVIF file."


@pytest.mark.parametrize("data", [b"hello, I am a text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(5000),
                                  b"%PDF-1.7\n", b"RIFF\x00\x00\x00\x00WAVEfmt "])  # fmt: skip
def test_a_file_that_only_has_the_name_of_a_picture_is_refused(data):
    assert refusal(data) == "upload.png is not a picture; choose a JPEG, PNG, WebP, HEIC or AVIF file."


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_another_kind_of_picture_is_named(scene, kind):
    assert f"is a {kind} picture" in refusal(encoded(scene, kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_download_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    data = encoded(noise, kind)
    assert "damaged or cut off" in refusal(data[: len(data) // 2])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damage_anywhere_is_a_sentence_or_a_picture_and_never_another_error(scene, kind):
    whole = encoded(scene, kind)
    rng = np.random.default_rng(1)
    for _ in range(150):
        data = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(0, 256)
        try:
            assert read_picture(bytes(data), "upload").pixels.ndim == 3
        except PictureError as error:
            assert str(error).startswith("upload")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 10_000), (9_000, 6_000)])
def test_a_picture_that_would_unfold_to_more_than_50_megapixels_is_refused(size):
    assert "make it smaller than 50 megapixels" in refusal(png_header(*size))


def test_a_speck_is_refused():
    assert "only 2 x 90 pixels" in refusal(encoded(np.zeros((90, 2, 3), np.uint8), "PNG"))


def test_a_name_is_shown_without_folders_and_odd_characters_and_not_at_length():
    for name in ("../../etc/passwd.png", "C:\\secret\\passwd.png", "\x1b[31mpasswd.png"):
        with pytest.raises(PictureError) as raised:
            read_picture(b"", name)
        assert str(raised.value).removeprefix("[31m").startswith("passwd.png is empty")
    with pytest.raises(PictureError) as raised:
        read_picture(b"", "a" * 500)
    assert len(str(raised.value)) < 120
    with pytest.raises(PictureError, match="The picture is empty"):
        read_picture(b"", "")
