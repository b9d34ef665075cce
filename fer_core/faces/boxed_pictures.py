"""HEIC and AVIF pictures, unpacked in a short-lived process of their own.

Both are containers whose head can promise a small picture over any number of pixels (an AVIF of two kilobytes may
unfold to 268 megapixels), and neither Pillow nor its plug-in lets their decoders be bounded. So their process is.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from contextlib import suppress

from fer_core import paths
from fer_core.errors import PictureSizeError
from fer_core.machine.picture_bytes import AVIF, DamagedPictureError, HeavyPictureError

#: What decoding may take. A picture of 50 megapixels takes some 600 MB and five seconds.
MEMORY_BYTES, PROCESSOR_S, LIMIT_S = 1_500_000_000, 20, 40
AT_ONCE = 2

_TOO_LARGE, _TOO_MUCH = 3, 4
_GATE = threading.BoundedSemaphore(AT_ONCE)


class TooManyPixels(PictureSizeError):
    """The message is its size: ``" (9,000 x 6,000)"``."""


def unpacked(data: bytes, kind: str, largest_pixels: int, long_side: int) -> bytes:
    """A HEIC or AVIF (``kind``) as a PNG, turned upright, its long side at most ``long_side`` pixels.

    Raises:
        TooManyPixels: it has more than ``largest_pixels``; nothing was decoded.
        HeavyPictureError: decoding it takes more memory or time than any picture needs.
        DamagedPictureError: it can't be decoded.
    """
    bounds = (largest_pixels, long_side, MEMORY_BYTES)
    command = [sys.executable, "-m", __name__, kind, *map(str, bounds)]
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}  # pools of threads would count as memory
    try:
        with _GATE:
            done = subprocess.run(
                command,
                input=data,
                capture_output=True,
                timeout=LIMIT_S,
                cwd=paths.REPOSITORY,
                env=environment,
            )
    except subprocess.TimeoutExpired as error:
        raise HeavyPictureError("takes too long to decode") from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _TOO_LARGE:
        raise TooManyPixels(done.stderr.decode())
    if (
        done.returncode == _TOO_MUCH or done.returncode < 0
    ):  # killed: of its time, or by the system for memory
        raise HeavyPictureError("takes too much memory or time to decode")
    raise DamagedPictureError(done.stderr.decode(errors="replace")[-200:])


def main(kind: str, largest_pixels: int, long_side: int, memory_bytes: int) -> int:
    """Read a picture from standard input and write the PNG to standard output; the exit code says what came of it."""
    _bound(memory_bytes)
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the bound is our own
    if kind != AVIF:
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        image = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["AVIF" if kind == AVIF else "HEIF"])
        if image.width * image.height > largest_pixels:
            sys.stderr.write(f" ({image.width:,} x {image.height:,})")
            return _TOO_LARGE
        image.load()
        image.thumbnail((long_side, long_side))
        ImageOps.exif_transpose(image, in_place=True)
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1, exif=b"", icc_profile=None)
    except Exception as error:  # the decoders have no errors of their own, only words
        if isinstance(error, MemoryError) or "memory" in str(error).lower():
            return _TOO_MUCH
        raise
    sys.stdout.buffer.write(out.getvalue())
    return 0


def _bound(memory_bytes: int) -> None:
    """Hold this process to ``memory_bytes`` and PROCESSOR_S, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
