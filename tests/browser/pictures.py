"""Pictures to upload: a real photograph, the same in unusual dress, and files that are no pictures."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image
from skimage import data

File = dict[str, object]


def photograph() -> File:
    """A portrait with one face, as JPEG."""
    return _file("astronaut.jpg", encoded(Image.fromarray(data.astronaut()), "JPEG"))


def unusual() -> dict[str, File]:
    """The portrait as formats that are read all the same."""
    image = Image.fromarray(data.astronaut())
    grey = np.asarray(image.convert("L")).astype(np.uint16) * 257
    return {
        "16-bit": _file("deep.png", encoded(Image.fromarray(grey), "PNG")),
        "CMYK": _file("print.jpg", encoded(image.convert("CMYK"), "JPEG")),
        "alpha": _file("clear.png", encoded(_see_through(image), "PNG")),
        "animated": _file(
            "moving.webp",
            encoded(image, "WEBP", save_all=True, append_images=[image.rotate(20)], duration=100),
        ),
    }


def bad() -> dict[str, tuple[File, str]]:
    """Files that can't be answered, each with a part of the sentence that says why."""
    whole = photograph()["buffer"]
    landscape = encoded(Image.fromarray(data.gravel()), "PNG")
    return {
        "empty": (_file("nothing.png", b""), "is empty"),
        "truncated": (_file("half.jpg", whole[: len(whole) // 3]), "is damaged or cut off"),
        "text": (_file("note.png", b"Dear Sir or Madam"), "is not a picture"),
        "bomb": (_file("bomb.png", _bomb(30_000)), "has too many pixels"),
        "no face": (_file("gravel.png", landscape), "No face was found in gravel.png"),
    }


def _file(name: str, content: bytes) -> File:
    kinds = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
    return {"name": name, "mimeType": kinds[name.rpartition(".")[2]], "buffer": content}


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _see_through(image: Image.Image) -> Image.Image:
    """The left tenth fades away."""
    clear = image.convert("RGBA")
    alpha = np.full((image.height, image.width), 255, np.uint8)
    alpha[:, : image.width // 10] = 0
    clear.putalpha(Image.fromarray(alpha))
    return clear


def _bomb(side: int) -> bytes:
    """A valid PNG of ``side`` x ``side`` white pixels in about a hundred kilobytes."""
    row = b"\x00" + b"\xff" * ((side + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", packed), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
