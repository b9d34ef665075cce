"""A recording of a stream's answers: started, stopped, bounded, without pixels."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fer_core.live.engine import LiveFrame
from fer_core.live.record import AnswerRecord

#: A recording ends by itself after this time, or at this many rows (one a moment, face and model).
RECORDING_S, RECORDING_ROWS = 3600.0, 400_000


@dataclass(frozen=True)
class RecordingState:
    """How a recording stands.

    Attributes:
        running: answers are being recorded.
        rows: recorded so far; one a moment, face and model.
        seconds: from its first moment to its last.
        full: it ended by itself because it reached a bound.
        note: one sentence that says so; empty unless ``full``.
    """

    running: bool = False
    rows: int = 0
    seconds: float = 0.0
    full: bool = False
    note: str = ""


class Recording:
    """The models' own answers (not smoothed), from now to ``stop`` or to a bound. For one thread."""

    def __init__(self, longest_s: float = RECORDING_S, most_rows: int = RECORDING_ROWS) -> None:
        self._longest_s = longest_s
        self._record = AnswerRecord(most_rows)
        self._running, self._full = True, False
        self._began_s: float | None = None
        self._seconds = 0.0

    def stop(self) -> None:
        """End it; its rows stay."""
        self._running = False

    def add(self, frame: LiveFrame) -> None:
        """Record the frame's answers if the recording runs and has room."""
        if not self._running:
            return
        self._began_s = frame.time_s if self._began_s is None else self._began_s
        seconds = frame.time_s - self._began_s
        if seconds > self._longest_s or not self._record.add(frame.time_s, frame.faces, frame.raw_probs):
            self._running, self._full = False, True
        else:
            self._seconds = seconds

    def state(self) -> RecordingState:
        """Where it stands now."""
        rows, note = len(self._record), ""
        if self._full:
            note = f"The recording is full after {self._seconds / 60:.0f} minutes and {rows:,} rows; it has ended."
        return RecordingState(self._running, rows, self._seconds, self._full, note)

    def table(self) -> pd.DataFrame:
        """What was recorded, with the COLUMNS of :mod:`fer_core.live.record`."""
        return self._record.table()
