"""What a picture's bytes say before anything decodes them: its kind, its size, and how much work it would be.

A few bytes can cost hours: a progressive JPEG is drawn anew in each of its scans, and libraries walk through
metadata piece by piece. So pictures are counted here first, and only what is needed to draw them goes on.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

JPEG, PNG, WEBP, HEIC, AVIF = "JPEG", "PNG", "WEBP", "HEIC", "AVIF"
#: Kinds whose pixels lie in boxes behind a head that need not be true.
BOXED = (HEIC, AVIF)

#: Cameras write one scan, progressive pictures about ten.
MOST_SCANS = 100
#: Pixels drawn in all scans together: twenty scans of the largest picture.
MOST_DRAWN_PIXELS = 1_000_000_000
#: Segments of a JPEG, or pieces that a PNG's pixels are cut into.
MOST_PIECES = 50_000

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SOI, _EOI, _SOS, _APP0, _APP1, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xFE
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffed byte, restart or filling
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_TURNS = (b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00")  # what may say which way is up

_DRAWN = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf", b"acTL")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_TURNING_TEXTS = (b"XML:com.adobe.xmp\x00", b"Raw profile type exif\x00")
_LONGEST_TEXT = 1 << 16

_KINDS = (
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\x00\x00\x01\x00", "an ICO picture"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"version https://git-lfs", "the pointer of a Git LFS file, not the file itself"),
)  # fmt: skip
# Of pictures in boxes, by what their makers say they can be read as.
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_LONGEST_BRANDS = 256


class DamagedPictureError(ValueError):
    """The bytes end early or contradict themselves."""


class HeavyPictureError(ValueError):
    """Drawing it would take too long; the message says what there is too much of."""


@dataclass(frozen=True)
class Slim:
    """A picture as it is decoded: ``kind`` is one of the five, ``data`` holds no metadata but how it is turned (of a
    WebP and of BOXED kinds all of it)."""

    kind: str
    data: bytes


def kind_of(data: bytes) -> str | None:
    """JPEG, PNG, WEBP, HEIC or AVIF by the first bytes; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(_SIGNATURE):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return _boxed_kind(data) if data[4:8] == b"ftyp" else None


def _boxed_kind(data: bytes) -> str | None:
    """HEIC or AVIF by the brands in the first box."""
    end = min(int.from_bytes(data[:4]), _LONGEST_BRANDS)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return AVIF
    return HEIC if brands & _HEIC_BRANDS else None


def other_kind(data: bytes) -> str | None:
    """``"a GIF picture"`` and the like, where the bytes say so; None where they say nothing."""
    boxed = _boxed_kind(data) if data[4:8] == b"ftyp" else None
    if boxed:
        return f"a{'n' if boxed == AVIF else ''} {boxed} picture"
    return next((name for at, magic, name in _KINDS if data[at : at + len(magic)] == magic), None)


def announced_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG, PNG, WebP or BMP as its head says; None where it says nothing."""
    if kind_of(data) == PNG:
        return (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) if data[12:16] == b"IHDR" else None
    if kind_of(data) == WEBP:
        return _webp_size(data)
    if data[:2] == b"BM":
        return _bmp_size(data)
    if kind_of(data) != JPEG:
        return None
    try:
        return next((_frame_size(data, start) for code, start, _ in _segments(data) if code in _FRAMES), None)
    except (DamagedPictureError, HeavyPictureError):
        return None


def is_bmp(data: bytes) -> bool:
    """Whether the bytes begin as a BMP does, which is read from data sets alone."""
    return data[:2] == b"BM" and _bmp_size(data) is not None


def _bmp_size(data: bytes) -> tuple[int, int] | None:
    """By its head, which has 12 bytes (OS/2) or more; rows may run upwards."""
    head = int.from_bytes(data[14:18], "little")
    if head == 12:
        return int.from_bytes(data[18:20], "little"), int.from_bytes(data[20:22], "little")
    if head < 40:
        return None
    return tuple(abs(int.from_bytes(data[at : at + 4], "little", signed=True)) for at in (18, 22))


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Of the canvas, or of the one picture (RFC 9649)."""
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X":
        return tuple(1 + int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return tuple(int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return None


def slim(data: bytes) -> Slim | None:
    """What is needed to draw a picture of one of the five kinds; None for another kind of file.

    Raises:
        DamagedPictureError: the file is cut off before its pixels.
        HeavyPictureError: it takes more work than any picture needs.
    """
    kind = kind_of(data)
    if kind is None:
        return None
    return Slim(kind, {JPEG: _slim_jpeg, PNG: _slim_png}.get(kind, bytes)(data))


def _slim_jpeg(data: bytes) -> bytes:
    kept, turns, size, scans, end = [data[:2]], set(), None, 0, len(data)
    for code, start, stop in _segments(data):
        if code == _SOS:
            if not scans:
                kept.append(b"")  # the place of all that follows
                first = start
            scans += 1
            _check_work(scans, size)
        elif code == _EOI:
            end = stop
        elif code in _FRAMES:
            size = size or _frame_size(data, start)
        if not scans and _is_drawn(code, data[start + 4 : stop], turns):
            kept.append(data[start:stop])
    if not scans:
        raise DamagedPictureError("no scan")
    kept[-1] = data[first:end]
    return b"".join(kept)


def _is_drawn(code: int, body: bytes, turns: set[bytes]) -> bool:
    """Whether a segment is needed; of each note on how the picture is turned, the first one is."""
    if code == _APP1:
        note = next((start for start in _TURNS if body.startswith(start)), None)
        if note is None or note in turns:
            return False
        turns.add(note)
        return True
    return code in (_APP0, _APP14) or not (_APP0 <= code <= 0xEF or code == _COM)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Code, start and end of each segment up to the end of the picture; scans without what they hold."""
    position = 2
    for _ in range(MOST_PIECES):
        found = _MARKER.search(data, position)
        if found is None:
            return
        code, start = data[found.end() - 1], found.end() - 2
        if code == _EOI:
            yield code, start, found.end()
            return
        length = 0 if code in _BARE else int.from_bytes(data[found.end() : found.end() + 2])
        if code == _SOI or (code not in _BARE and length < 2):
            raise DamagedPictureError("a segment without a length")
        position = found.end() + length
        yield code, start, position
    raise HeavyPictureError(f"is cut into more than {MOST_PIECES:,} pieces")


def _frame_size(data: bytes, start: int) -> tuple[int, int]:
    return int.from_bytes(data[start + 7 : start + 9]), int.from_bytes(data[start + 5 : start + 7])


def _check_work(scans: int, size: tuple[int, int] | None) -> None:
    width, height = size or (0, 0)
    if scans > MOST_SCANS or scans * width * height > MOST_DRAWN_PIXELS:
        raise HeavyPictureError(f"draws its {width:,} x {height:,} pixels too many times over")


def _slim_png(data: bytes) -> bytes:
    kept, pieces = [_SIGNATURE], 0
    for name, start, stop in _chunks(data):
        pixels = name == b"IDAT"
        pieces += pixels
        if pieces > MOST_PIECES:
            raise HeavyPictureError(f"is cut into more than {MOST_PIECES:,} pieces")
        if (name in _DRAWN and not (pixels and stop - start == 12)) or _is_turning_text(
            name, data[start + 8 : min(stop, start + _LONGEST_TEXT)], stop - start
        ):
            kept.append(data[start:stop])
    if not pieces:
        raise DamagedPictureError("no pixels")
    return b"".join(kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk up to the end of the picture."""
    position = len(_SIGNATURE)
    while position + 8 <= len(data):
        name, start = data[position + 4 : position + 8], position
        position += 12 + int.from_bytes(data[position : position + 4])
        yield name, start, position
        if name == b"IEND":
            return


def _is_turning_text(name: bytes, body: bytes, length: int) -> bool:
    """Whether a text may say which way is up, and is short."""
    if name not in _TEXTS or length > _LONGEST_TEXT or not body.startswith(_TURNING_TEXTS):
        return False
    if name == b"tEXt":
        return True
    _, _, rest = body.partition(b"\x00")
    if name == b"iTXt" and rest[:1] == b"\x00":  # not compressed
        return True
    packed = rest[1:] if name == b"zTXt" else rest[2:].split(b"\x00", 2)[-1]
    try:
        unpacked = zlib.decompressobj().decompress(packed, _LONGEST_TEXT)
    except zlib.error:
        return False
    return len(unpacked) < _LONGEST_TEXT
