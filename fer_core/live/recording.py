"""A recording of a stream's answers: started, stopped, bounded, without pixels."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.live.engine import LiveFrame
from fer_core.live.tracking import TrackedFace
from fer_core.machine.csv_text import csv_text

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
        """What was recorded, with the columns of COLUMNS."""
        return self._record.table()


#: One row a face, model and moment; ``x, y, w, h`` in pixels of the frame, then the seven probabilities.
COLUMNS: tuple[str, ...] = ("time_s", "face", "x", "y", "w", "h", "variant", *EMOTIONS)


class AnswerRecord:
    """Rows of numbers, 60 bytes each, no pixels. ``most_rows`` is its bound; not for several threads."""

    def __init__(self, most_rows: int) -> None:
        self.most_rows = most_rows
        self._names: dict[str, int] = {}
        self._times, self._places = array("d"), array("i")
        self._models, self._probs = array("H"), array("f")

    def __len__(self) -> int:
        return len(self._times)

    def add(self, time_s: float, faces: Sequence[TrackedFace], probs: Mapping[str, np.ndarray]) -> bool:
        """Append one moment's answers (variant id -> float32 (faces, 7)); False, and nothing, if full."""
        if len(self) + len(faces) * len(probs) > self.most_rows:
            return False
        for name, rows in probs.items():
            code = self._names.setdefault(name, len(self._names))
            for face, row in zip(faces, rows, strict=True):
                self._times.append(time_s)
                self._places.extend((face.number, *face.box))
                self._models.append(code)
                self._probs.frombytes(np.asarray(row, np.float32).tobytes())
        return True

    def table(self) -> pd.DataFrame:
        """All rows so far, with COLUMNS."""
        places = np.array(self._places, np.int64).reshape(-1, 5)
        probs = np.array(self._probs, np.float32).reshape(-1, len(EMOTIONS))
        codes = np.array(self._models, np.int64)
        variants = pd.Categorical.from_codes(codes, list(self._names)).astype(str)
        columns = {"time_s": np.array(self._times)} | dict(zip(COLUMNS[1:6], places.T, strict=True))
        columns |= {"variant": variants} | dict(zip(EMOTIONS, probs.T, strict=True))
        return pd.DataFrame(columns, columns=list(COLUMNS))


def to_long(table: pd.DataFrame) -> pd.DataFrame:
    """``time_s, face, variant, emotion, prob`` of a table with COLUMNS: one row an emotion, for charts."""
    return table.melt(["time_s", "face", "variant"], list(EMOTIONS), "emotion", "prob").sort_values(
        ["time_s", "face", "variant"], kind="stable", ignore_index=True
    )


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV text: seconds to the millisecond, probabilities to six decimals."""
    return csv_text(table.assign(time_s=table["time_s"].round(3)), float_format="%.6g")
