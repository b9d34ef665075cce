"""An uploaded video as upright RGB frames, whatever telephone or program made it. Nothing touches the disk.

FFmpeg (through PyAV) reads the file from memory. Only formats that hold pictures themselves are allowed:
playlists, which name other files and addresses, are not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from fer_core.errors import VideoError
from fer_core.faces.pictures import shown_name

#: A longer file, a larger frame or a longer video is refused before it is decoded.
LARGEST_BYTES = 200_000_000
LARGEST_PIXELS = 3840 * 2160
SUFFIXES = ("mp4", "mov", "m4v", "webm", "mkv", "avi", "mjpeg", "mpg", "mpeg")
LONGEST_S = 600.0

#: A frame with a shorter side holds nothing to look at.
SMALLEST_SIDE = 16

#: Where a file doesn't say how long it is, reading ends here.
MOST_FRAMES = 36_000

_WANTED = "choose an MP4, MOV, WebM, MKV or AVI file"
_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,gif"
_STARTS = ((0, b"\x1a\x45\xdf\xa3"), (4, b"ftyp"), (8, b"AVI "), (0, b"OggS"), (0, b"GIF8"), (0, b"FLV"))
_OPTIONS = {
    "format_whitelist": _FORMATS,
    "protocol_whitelist": "none",
    "max_pixels": "40000000",  # nothing larger is decoded, even to learn its size
}
# What PyAV raises on bytes that are not what they claim to be.
_DAMAGE = (av.FFmpegError, OSError, ValueError, IndexError, KeyError, OverflowError, ZeroDivisionError)
_MOST_DAMAGED = 200  # packets in a row
_MISSING_S = 1.0  # by which a video may end before the time that it says


@dataclass(frozen=True, eq=False)
class Video:
    """A video that can be read; ``width`` and ``height`` in pixels as it is shown (turned upright).

    ``duration_s`` and ``frames_per_s`` are what the file says, None where it doesn't.
    """

    source: bytes | Path
    name: str
    width: int
    height: int
    duration_s: float | None
    frames_per_s: float | None


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """``rgb`` uint8 (H, W, 3), upright, at ``time_s`` seconds from the first one."""

    rgb: np.ndarray
    time_s: float


def read_video(source: bytes | Path, name: str) -> Video:
    """Open a video given as its bytes or path and decode its first frame.

    VideoError says in one sentence why it can't be used. ``name`` is only used in sentences.
    """
    name = shown_name(name, "The video")
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise VideoError(f"{name} is empty; {_WANTED}.")
    if size > LARGEST_BYTES:
        raise VideoError(
            f"{name} has {size / 1e6:,.0f} MB; cut or reduce it to {LARGEST_BYTES / 1e6:.0f} MB at most."
        )
    with _opened(source, name) as (container, stream):
        duration_s = container.duration / av.time_base if (container.duration or 0) > 0 else None
        _check_length(duration_s, name)
        if stream.width and stream.height:
            _check_size(stream.width, stream.height, name)
        first = next(_decoded(container, stream, []), None)
        if first is None:
            raise VideoError(f"{name} holds no frame that can be decoded; {_WANTED} that is whole.")
        height, width = _upright(first, name).shape[:2]
        rate = float(stream.average_rate) if stream.average_rate else None
    return Video(source, name, width, height, duration_s, rate)


def read_frames(video: Video, every_s: float, notes: list[str]) -> Iterator[VideoFrame]:
    """The first frame, and then one for each ``every_s`` seconds at least.

    ``notes`` gets one sentence for each thing worth knowing: damaged parts, a video that goes on beyond the
    bounds. VideoError for a frame of a size that can't be used.
    """
    damaged: list[int] = []
    first_s: float | None = None
    due_s = last_s = 0.0
    with _opened(video.source, video.name) as (container, stream):
        for index, frame in enumerate(_decoded(container, stream, damaged)):
            stamp_s = frame.time if frame.time is not None else index / (video.frames_per_s or 25.0)
            first_s = stamp_s if first_s is None else first_s
            last_s = stamp_s - first_s
            if last_s > LONGEST_S or index >= MOST_FRAMES:
                notes.append(f"{video.name} goes on; it was analysed up to second {due_s - every_s:.1f}.")
                return
            if last_s >= due_s - 1e-6:
                due_s = last_s + every_s
                yield VideoFrame(_upright(frame, video.name), last_s)
    if damaged or (video.duration_s or 0) - last_s > _MISSING_S:
        length = f" of {video.duration_s:.1f}" if video.duration_s else ""
        notes.append(f"{video.name} is damaged or cut off: {last_s:.1f}{length} seconds could be read.")


@contextmanager
def _opened(source: bytes | Path, name: str) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The file and its first stream of moving pictures; VideoError where there is none."""
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        try:
            container = av.open(file, "r", options=dict(_OPTIONS))
        except _DAMAGE as error:
            raise VideoError(_why_unreadable(file, name)) from error
        with container:
            for stream in container.streams.video:
                if stream.codec_context is not None and not _is_cover(stream):
                    stream.thread_type = "AUTO"
                    yield container, stream
                    return
            what = "only sound" if container.streams.audio else "no moving pictures that can be decoded"
        raise VideoError(f"{name} holds {what}; {_WANTED} with a picture.")


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _why_unreadable(file: io.BufferedIOBase, name: str) -> str:
    file.seek(0)
    start = file.read(16)
    if any(start[at : at + len(mark)] == mark for at, mark in _STARTS):
        return f"{name} is damaged or cut off; {_WANTED} that is whole."
    return f"{name} is not a video; {_WANTED}."


def _decoded(
    container: av.container.InputContainer, stream: av.VideoStream, damaged: list[int]
) -> Iterator[av.VideoFrame]:
    """Frames in the order of showing; the numbers of packets that can't be decoded go to ``damaged``."""
    packets, in_a_row = container.demux(stream), 0
    for number in range(10 * MOST_FRAMES):
        try:
            packet = next(packets, None)
            frames = [] if packet is None else packet.decode()
        except _DAMAGE:
            damaged.append(number)
            in_a_row += 1
            if in_a_row > _MOST_DAMAGED:
                return
            continue
        if packet is None:
            return
        in_a_row = 0
        yield from frames


def _upright(frame: av.VideoFrame, name: str) -> np.ndarray:
    """uint8 (H, W, 3), turned as the camera noted."""
    _check_size(frame.width, frame.height, name)
    try:
        rgb = frame.to_ndarray(format="rgb24")
    except _DAMAGE as error:
        raise VideoError(f"{name} has frames of a kind that can't be converted; {_WANTED}.") from error
    return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > LARGEST_PIXELS:
        raise VideoError(
            f"{name} has frames of {width:,} x {height:,} pixels; reduce it to 3840 x 2160 at most."
        )
    if min(width, height) < SMALLEST_SIDE:
        raise VideoError(
            f"{name} has frames of only {width} x {height} pixels; each side needs at least {SMALLEST_SIDE}."
        )


def _check_length(duration_s: float | None, name: str) -> None:
    if duration_s is not None and duration_s > LONGEST_S:
        raise VideoError(
            f"{name} lasts {duration_s / 60:,.0f} minutes; cut it to {LONGEST_S / 60:.0f} minutes at most."
        )
