"""The seven emotions and their one order; every other order is converted at the edge."""

from __future__ import annotations

import numpy as np

#: The only label order inside Faceoff: alphabetical, as Kaggle's folders are.
EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

#: The order of the integer labels in ``fer2013.csv``, and of the cos429 and hust reports.
CSV_ORDER: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

#: One glyph per emotion, drawn beside its name.
GLYPHS: dict[str, str] = {
    "angry": "😠",
    "disgust": "🤢",
    "fear": "😨",
    "happy": "😄",
    "neutral": "😐",
    "sad": "😢",
    "surprise": "😮",
}

#: ``CSV_TO_CANONICAL[label in csv order]`` is the label in EMOTIONS order.
CSV_TO_CANONICAL: np.ndarray = np.array([EMOTIONS.index(name) for name in CSV_ORDER])

#: ``columns_in_csv_order[..., CSV_COLUMNS]`` are the columns in EMOTIONS order.
CSV_COLUMNS: np.ndarray = np.array([CSV_ORDER.index(name) for name in EMOTIONS])
