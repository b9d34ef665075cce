"""Answers about tracked faces as a growing, bounded table of numbers: what recordings and videos download."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.live.tracking import TrackedFace
from fer_core.machine.csv_text import csv_text

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
