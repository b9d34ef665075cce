"""Streams of moving faces for tests: drawn ones, which the Haar cascade finds; and frames encoded as a video."""

import io

import av
import numpy as np

from benchmarks.streams import FaceStream
from fer_core.data.schematic import draw_face

FRAMES_PER_S = 25


def stream_of(*emotions, seed=0, still=False):
    """A stream with one drawn face for each emotion, side by side."""
    rng = np.random.default_rng(seed)
    return FaceStream([draw_face(emotion, rng, size=144) for emotion in emotions], seed, still)


def frames_of(stream, count, start=0):
    """``count`` frames at 25 a second, from frame ``start`` on."""
    return [stream.frame(index / FRAMES_PER_S) for index in range(start, start + count)]


def middle(box):
    """The middle of a box or square (x, y, side)."""
    return np.array([box[0] + box[2] / 2, box[1] + box[2] / 2])


def encode(frames, container="mp4", codec="libx264", rate=25, path=None, **options):
    """The frames (uint8 RGB) as the bytes of a video; ``path`` for writers that must go back in the file."""
    target = path or io.BytesIO()
    with av.open(target, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        output.mux(stream.encode())
    return path.read_bytes() if path else target.getvalue()
