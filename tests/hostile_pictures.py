"""Pictures that are made to take time, memory or a reader's nerve: each a function of a random source."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image, PngImagePlugin

Made = tuple[str, bytes]  # what the file is called, and its bytes


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of that kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@functools.cache
def large(kind: str, side: int = 7000, mode: str = "RGB") -> bytes:
    """A whole picture of nearly 50 megapixels, of one colour."""
    options = {"JPEG": {"progressive": True}, "WEBP": {"lossless": True, "method": 0}}.get(kind, {})
    return encoded(Image.new(mode, (side, side), 90), kind, **options)


def scene(rng: Random, side: int = 320) -> Image.Image:
    """Noise in which there is no face."""
    noise = np.random.default_rng(rng.randrange(1 << 30)).integers(
        0, 256, (side // 8, side // 8, 3), np.uint8
    )
    return Image.fromarray(noise).resize((side, side))


def scans(rng: Random) -> Made:
    data = large("JPEG")
    last = data[data.rindex(b"\xff\xda") : -2]
    return "scans.jpg", data[:-2] + rng.choice((20, 500, 50_000)) * last + data[-2:]


def allowed_scans(rng: Random) -> Made:
    data = large("JPEG")
    return "slow.jpg", data[:-2] + rng.randrange(10) * data[data.rindex(b"\xff\xda") : -2] + data[-2:]


def huge_but_allowed(rng: Random) -> Made:
    kind, mode = rng.choice((("PNG", "RGBA"), ("PNG", "RGB"), ("PNG", "I;16"), ("PNG", "1"), ("WEBP", "RGB")))
    return f"huge.{kind.lower()}", large(kind, mode=mode)


def interlaced(rng: Random) -> Made:
    side = rng.choice((3000, 7000))
    passes = (
        (8, 8, 0, 0),
        (8, 8, 4, 0),
        (4, 8, 0, 4),
        (4, 4, 2, 0),
        (2, 4, 0, 2),
        (2, 2, 1, 0),
        (1, 2, 0, 1),
    )
    packer, body = zlib.compressobj(1), b""
    for across, down, x, y in passes:
        row = bytes(1 + (side - x + across - 1) // across)
        body += packer.compress(row * ((side - y + down - 1) // down))
    body += packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 1)
    return "woven.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(
        b"IEND", b""
    )


def pixel_bomb(rng: Random) -> Made:
    side = rng.choice((8_000, 16_000, 60_000))
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(3_000_000))
    return "bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(
        b"IEND", b""
    )


def text_bomb(rng: Random) -> Made:
    bomb = zlib.compress(bytes(30_000_000))
    png = encoded(scene(rng), "PNG")
    texts = [chunk(b"zTXt", b"Raw profile type exif\x00\x00" + bomb), chunk(b"iCCP", b"p\x00\x00" + bomb)]
    return "text.png", png[:33] + b"".join(texts) * rng.randint(1, 30) + png[33:]


def long_metadata(rng: Random) -> Made:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("history", "edited; " * rng.randrange(200_000, 600_000), zip=rng.random() < 0.5)
    return "history.png", encoded(scene(rng), "PNG", pnginfo=texts)


def png_in_pieces(rng: Random) -> Made:
    png = encoded(scene(rng), "PNG")
    piece = rng.choice(
        (chunk(b"IDAT", b"\x00"), chunk(b"IDAT", b""), chunk(b"tEXt", b"a\x00"), chunk(b"fcTL", b""))
    )
    return "pieces.png", png[:33] + piece * rng.choice((1_000, 1_000_000)) + png[33:]


def jpeg_in_pieces(rng: Random) -> Made:
    jpeg = encoded(scene(rng), "JPEG")
    irb = b"Photoshop 3.0\x00" + b"8BIM\x04\x04\x00\x00\x00\x00\x00\x00" * 5_000
    piece = rng.choice(
        (b"\xff\xfe\x00\x02", b"\xff\xe1\x00\x02", b"\xff", b"\x00", b"\xff\xed\xf0\x00" + irb[:61_438])
    )
    return "pieces.jpg", jpeg[:2] + piece * (15_000_000 // len(piece)) + jpeg[2:]


def another_kind(rng: Random) -> Made:
    kind = rng.choice(("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "SGI", "DDS", "ICNS", "EPS", "AVIF"))
    try:
        return f"{kind}.jpg", encoded(scene(rng, 64), kind)
    except (OSError, KeyError, ValueError):  # not built into this Pillow
        return f"{kind}.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(1000)


def no_picture(rng: Random) -> Made:
    content = (
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1/x.png'/></svg>",
        b"\x00\x00\x00\x18ftypheic" + bytes(3_000),
        b"version https://git-lfs.github.com/spec/v1\n",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\xff\x3f\x00\xff\x3f\x00",
        rng.randbytes(rng.randrange(1, 50_000)),
    )
    return rng.choice(
        ("../../etc/passwd", "\x1b[31mred\n.png", "a" * 300, "![x](http://h/x).png", "")
    ), rng.choice(content)


def damaged(rng: Random) -> Made:
    kind = rng.choice(("JPEG", "PNG", "WEBP"))
    data = bytearray(encoded(scene(rng), kind, **({"progressive": True} if kind == "JPEG" else {})))
    for _ in range(rng.randrange(1, 30)):
        data[rng.randrange(2, len(data))] = rng.randrange(256)
    return f"damaged.{kind.lower()}", bytes(data[: rng.randrange(20, len(data) + 1)])


PICTURES: tuple[Callable[[Random], Made], ...] = (
    scans, allowed_scans, huge_but_allowed, interlaced, pixel_bomb, text_bomb, long_metadata, png_in_pieces,
    jpeg_in_pieces, another_kind, no_picture, damaged,
)  # fmt: skip
