"""An uploaded picture as upright 8-bit RGB pixels, whatever camera or program made it."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from fer_core.errors import PictureError, PictureKindError, PictureSizeError, printable
from fer_core.faces.boxed_pictures import TooManyPixels, unpacked
from fer_core.machine import memory, picture_bytes
from fer_core.machine.picture_bytes import (
    BOXED,
    JPEG,
    PNG,
    WEBP,
    DamagedPictureError,
    HeavyPictureError,
    Slim,
)

#: A picture with more pixels is refused before it is decoded.
LARGEST_PIXELS = 50_000_000
#: Of a picture that is uploaded, and how its name ends.
LARGEST_MEGABYTES = 20
SUFFIXES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif")
#: The same in words.
KINDS = "JPEG, PNG, WebP, HEIC or AVIF"

#: A picture with a shorter side holds nothing to look at.
SMALLEST_SIDE = 16

#: Bigger pictures are reduced to this side on reading: no face in them gets smaller than needed.
LONG_SIDE = 2048

_WANTED = f"choose a {KINDS} file"
_FORMATS = (JPEG, PNG, WEBP)
#: What is freed after a larger picture goes back to the system at once.
_LARGE_PIXELS = 4_000_000
_SIXTEEN_BIT_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N")
_NAME_LENGTH = 60

# What Pillow raises on bytes that are not what they claim to be.
_DAMAGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
    zlib.error,
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, eq=False)
class Picture:
    """``pixels`` uint8 (H, W, 3) RGB, upright; ``notes`` one sentence for each conversion worth knowing."""

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def read_picture(data: bytes, name: str, largest_pixels: int = LARGEST_PIXELS) -> Picture:
    """Decode a JPEG, PNG, WebP, HEIC or AVIF file of any colour kind; PictureError says in one sentence why not.

    The orientation that a camera noted is applied; transparency is laid over white; CMYK, palette, grey
    and 16-bit pictures become 8-bit RGB; of an animation the first picture is taken. Pictures of more than
    LONG_SIDE pixels on a side are reduced to it. ``name`` is only used in sentences.

    Raises PictureKindError for another kind of file and PictureSizeError above ``largest_pixels``.
    """
    name = shown_name(name)
    image = _open(data, name, largest_pixels)
    large = image.width * image.height > _LARGE_PIXELS
    try:
        return _decoded(image, name, largest_pixels)
    finally:
        image.close()
        if large:
            memory.give_back()


def _decoded(image: Image.Image, name: str, largest_pixels: int) -> Picture:
    notes = []
    if image.format in (PNG, WEBP) and getattr(image, "is_animated", False):
        notes.append(f"{name} is animated; its first picture is used.")
    try:
        image.draft("RGB" if image.mode != "CMYK" else "CMYK", (LONG_SIDE, LONG_SIDE))
        image.load()
        image.thumbnail((LONG_SIDE, LONG_SIDE))  # before it is turned, which copies it
        image = _upright(image)
        pixels, note = _to_rgb(image)
    except (*_BOMBS, MemoryError) as error:
        raise _too_large(name, largest_pixels) from error
    except _DAMAGE as error:
        raise _damaged(name) from error
    if note:
        notes.append(f"{name} {note}.")
    return Picture(pixels, tuple(notes))


def _open(data: bytes, name: str, largest_pixels: int) -> Image.Image:
    """The picture with only its header read; PictureError if it can't or shouldn't be decoded."""
    if not data:
        raise PictureError(f"{name} is empty; {_WANTED}.")
    try:
        slim = picture_bytes.slim(data)
        if slim is None:
            kind = picture_bytes.other_kind(data) or "not a picture"
            raise PictureKindError(f"{name} is {kind}; {_WANTED}.")
        if slim.kind in BOXED:
            slim = Slim(PNG, unpacked(slim.data, slim.kind, largest_pixels, LONG_SIDE))
        image = Image.open(io.BytesIO(slim.data), formats=_FORMATS)
    except HeavyPictureError as error:
        raise PictureError(f"{name} {error}; open it in another program and save it again.") from error
    except TooManyPixels as error:
        raise _too_large(name, largest_pixels, str(error)) from error
    except _BOMBS as error:
        raise _too_large(name, largest_pixels) from error
    except (DamagedPictureError, *_DAMAGE) as error:
        raise _damaged(name) from error
    width, height = image.size
    if width * height > largest_pixels:
        raise _too_large(name, largest_pixels, f" ({width:,} x {height:,})")
    if min(width, height) < SMALLEST_SIDE:
        raise PictureError(
            f"{name} is only {width} x {height} pixels; each side needs at least {SMALLEST_SIDE}."
        )
    return image


def _damaged(name: str) -> PictureError:
    return PictureError(f"{name} is damaged or cut off; {_WANTED} that is whole.")


def _too_large(name: str, largest_pixels: int, size: str = "") -> PictureSizeError:
    limit = largest_pixels / 1_000_000
    return PictureSizeError(f"{name} has too many pixels{size}; make it smaller than {limit:g} megapixels.")


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its camera noted; as it is where the note itself is damaged."""
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:
        return image


def _to_rgb(image: Image.Image) -> tuple[np.ndarray, str | None]:
    """uint8 (H, W, 3), and what was converted on the way if it is worth knowing."""
    if image.mode in _SIXTEEN_BIT_MODES:
        grey = _to_eight_bits(np.asarray(image))
        return np.repeat(grey[:, :, None], 3, axis=2), "has 16-bit grey values; they were reduced to 8 bits"
    if image.mode == "CMYK":
        return np.asarray(image.convert("RGB")), "has print colours (CMYK); they were converted to RGB"
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        pixels = np.asarray(Image.alpha_composite(white, rgba).convert("RGB"))
        see_through = rgba.getextrema()[3][0] < 255
        return pixels, "is partly transparent; white was put behind it" if see_through else None
    return np.asarray(image.convert("RGB")), None


def _to_eight_bits(values: np.ndarray) -> np.ndarray:
    """16-bit grey as uint8: 65,535 becomes 255, except where only the lowest 8 bits are used."""
    values = values.astype(np.int64).clip(0, 65_535)
    return (values if values.max() <= 255 else (values + 128) // 257).astype(np.uint8)


def shown_name(name: str, nameless: str = "The picture") -> str:
    """A file's name as it may stand in a sentence: without folders or odd characters, not too long."""
    base = name.replace("\\", "/").rpartition("/")[2]
    clean = printable(base).strip() or nameless
    return clean if len(clean) <= _NAME_LENGTH else clean[: _NAME_LENGTH - 1] + "…"
