"""The last seconds of a stream as figures, and a recording of its answers. Numbers only, no pixels."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.live.engine import LiveFrame
from fer_core.live.recording import AnswerRecord, Recording, RecordingState, to_csv

#: Moments a second that the rolling table and a recording hold, however many frames are processed.
POINTS_PER_S = 5

#: Speeds are those of so many seconds.
SPEED_OF_S = 5.0

# Frames are bounded also where the clock stands still.
_MOST_FRAMES_PER_S = 120


@dataclass(frozen=True)
class Spread:
    """Half of the values lie at or below ``p50``, and 95 of 100 at or below ``p95``."""

    p50: float
    p95: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A stream's last seconds.

    Attributes:
        table: ``time_s, face, variant, emotion, prob`` (smoothed), at most POINTS_PER_S moments a second.
        frames_per_s: processed in the last SPEED_OF_S seconds of the stream; 0 before the second frame.
        finding_ms: finding and following faces, over the same seconds; None before the first frame.
        total_ms: whole frames, likewise.
        model_ms: variant id -> one call on all faces, likewise; only models that answered in that time.
        errors: variant id -> sentence, of the last frame.
        time_s: of the last frame, since the stream's first one; 0 before it.
        frames: processed since the timeline began.
    """

    table: pd.DataFrame
    frames_per_s: float
    finding_ms: Spread | None
    total_ms: Spread | None
    model_ms: dict[str, Spread]
    errors: dict[str, str]
    time_s: float
    frames: int


@dataclass(frozen=True, eq=False)
class _Cost:
    time_s: float
    finding_ms: float
    total_ms: float
    milliseconds: dict[str, float]


@dataclass(frozen=True, eq=False)
class _Point:
    time_s: float
    faces: list[int]
    probs: dict[str, np.ndarray]


class Timeline:
    """Remembers the last ``seconds_kept`` seconds of a stream. Any thread may add, read and record.

    Its memory is bounded, however long the stream runs.
    """

    def __init__(self, seconds_kept: float = 30.0) -> None:
        self.seconds_kept = seconds_kept
        self._lock = threading.Lock()
        self._costs: deque[_Cost] = deque(maxlen=round(SPEED_OF_S * _MOST_FRAMES_PER_S))
        self._points: deque[_Point] = deque(maxlen=max(1, round(seconds_kept * POINTS_PER_S) + 1))
        self._recording: Recording | None = None
        self._errors: dict[str, str] = {}
        self._frames = 0

    def add(self, frame: LiveFrame) -> None:
        """Remember one frame's figures and answers; its pixels are not kept."""
        with self._lock:
            if self._costs and frame.time_s < self._costs[-1].time_s:  # another stream, from its beginning
                self._costs.clear()
                self._points.clear()
            self._frames += 1
            self._errors = dict(frame.errors)
            self._costs.append(_Cost(frame.time_s, frame.finding_ms, frame.total_ms, frame.milliseconds))
            if not self._points or _moment(self._points[-1].time_s) != _moment(frame.time_s):
                numbers = [face.number for face in frame.faces]
                self._points.append(_Point(frame.time_s, numbers, frame.probs))
                if self._recording is not None:
                    self._recording.add(frame)
            _forget_before(self._costs, frame.time_s - SPEED_OF_S)
            _forget_before(self._points, frame.time_s - self.seconds_kept)

    def snapshot(self) -> Snapshot:
        """The last seconds as they stand now."""
        with self._lock:
            costs, points = list(self._costs), list(self._points)
            errors, frames = self._errors, self._frames
        names = dict.fromkeys(name for cost in costs for name in cost.milliseconds)
        return Snapshot(
            table=_table(points),
            frames_per_s=_rate([cost.time_s for cost in costs]),
            finding_ms=spread(cost.finding_ms for cost in costs),
            total_ms=spread(cost.total_ms for cost in costs),
            model_ms={
                name: spread(cost.milliseconds[name] for cost in costs if name in cost.milliseconds)
                for name in names
            },
            errors=errors,
            time_s=costs[-1].time_s if costs else 0.0,
            frames=frames,
        )

    def start_recording(self) -> None:
        """Begin a new recording, at most POINTS_PER_S moments a second; an earlier one is forgotten."""
        with self._lock:
            self._recording = Recording()

    def stop_recording(self) -> None:
        """End the recording; it stays to be downloaded."""
        with self._lock:
            if self._recording is not None:
                self._recording.stop()

    @property
    def recording(self) -> RecordingState:
        """Whether a recording runs, how long it is, and whether it has ended because it is full."""
        with self._lock:
            return RecordingState() if self._recording is None else self._recording.state()

    def recording_csv(self) -> str:
        """The recording so far: ``time_s, face, x, y, w, h, variant`` and the seven probabilities, not
        smoothed; a line of column names alone where nothing was recorded."""
        with self._lock:
            table = self._recording.table() if self._recording is not None else AnswerRecord(0).table()
        return to_csv(table)


def _moment(time_s: float) -> int:
    return int(time_s * POINTS_PER_S)


def _forget_before(kept: deque, time_s: float) -> None:
    while kept and kept[0].time_s < time_s:
        kept.popleft()


def _rate(times_s: list[float]) -> float:
    lasted_s = times_s[-1] - times_s[0] if times_s else 0.0
    return (len(times_s) - 1) / lasted_s if lasted_s > 0 else 0.0


def spread(values: Iterable[float]) -> Spread | None:
    """Of some milliseconds; None where there are none."""
    values = list(values)
    return Spread(*(float(value) for value in np.percentile(values, [50, 95]))) if values else None


def _table(points: list[_Point]) -> pd.DataFrame:
    """One row a moment, face, model and emotion."""
    seven, cells = (
        len(EMOTIONS),
        [
            (point.time_s, number, name, row)
            for point in points
            for name, rows in point.probs.items()
            for number, row in zip(point.faces, rows, strict=True)
        ],
    )
    times, faces, names, rows = zip(*cells, strict=True) if cells else ((), (), (), ())
    return pd.DataFrame(
        {
            "time_s": np.repeat(np.array(times, float), seven),
            "face": np.repeat(np.array(faces, np.int64), seven),
            "variant": np.repeat(np.array(names, object), seven),
            "emotion": np.tile(np.array(EMOTIONS, object), len(cells)),
            "prob": np.concatenate(rows) if cells else np.zeros(0, np.float32),
        }
    )
