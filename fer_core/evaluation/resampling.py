"""One variant's answers, counted anew for each draw of the bootstrap.

All that accuracy, precision, recall, F1 and confusions need of a draw is its confusion matrix; so that is made once a
variant, and any two figures of variants on the same faces are paired, because their draws are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.bootstrap import DRAWS, draw_counts
from fer_core.evaluation.metrics import SMALLEST_PROB
from fer_core.evaluation.outcomes import outcomes_in
from fer_core.evaluation.predictions import from_table, read_table
from fer_core.machine.threads import product

_AT_ONCE = 100  # draws: bounds the memory


@dataclass(frozen=True, eq=False)
class Resampled:
    """One variant on N faces.

    All results have a row for the faces as they are, then one for each draw: (1 + DRAWS, …). ``faces`` is equal for
    variants measured on the same faces, whose rows then belong to the same draws.
    """

    label: np.ndarray
    probs: np.ndarray
    faces: str

    @cached_property
    def confusion(self) -> np.ndarray:
        """Counts (1 + DRAWS, 7, 7): rows are the true emotions, columns the answered ones."""
        said = np.eye(len(EMOTIONS), dtype=np.float32)[self.probs.argmax(axis=1)]
        label = self.label.astype(np.uint8)
        drawn = enumerate(_counts_by_emotion(label.tobytes()))
        return np.stack([_sums(counts, said[label == emotion]) for emotion, counts in drawn], axis=1)

    @cached_property
    def log_loss(self) -> np.ndarray:
        """Mean loss in nats, as :func:`fer_core.evaluation.metrics.log_loss` counts it: (1 + DRAWS,)."""
        given = self.probs[np.arange(len(self.label)), self.label].astype(np.float64)
        return _means(-np.log(np.clip(given, SMALLEST_PROB, 1.0))[:, None])[:, 0]

    @cached_property
    def areas(self) -> np.ndarray:
        """The area under the ROC curve of each emotion against the rest, and last their micro average, each emotion
        of each face counting once: (1 + DRAWS, 8), NaN where an emotion is in none of the faces, or in all.

        An area in a draw is the area as it is plus what each drawn face adds to it (the components of DeLong, DeLong
        and Clarke-Pearson 1988): the bootstrap's spread without sorting in each draw.
        """
        one_hot = self.label[:, None] == np.arange(len(EMOTIONS))
        found = [_area(one_hot[:, each], self.probs[:, each]) for each in range(len(EMOTIONS))]
        value, parts = _area(one_hot.ravel(), self.probs.ravel())
        found.append((value, parts.reshape(one_hot.shape).mean(axis=1)))
        values = np.array([value for value, _ in found])
        return values + _means(np.stack([parts for _, parts in found], axis=1))


def read_resampled(path: Path, split: str = SplitName.PRIVATE_TEST) -> Resampled:
    """One split of a ``predictions.parquet``; CardError if it can't be read."""
    rows = from_table(read_table(path), path, with_images=False).of(split)
    return Resampled(rows.label, rows.probs, outcomes_in(path, split).faces)


@lru_cache(maxsize=4)
def _counts(faces: int) -> np.ndarray:
    """How often each draw has each face: uint8 (1 + DRAWS, N); the first row has each once."""
    drawn = [counts.astype(np.uint8) for counts in draw_counts(faces)]
    return np.concatenate([np.ones((1, faces), np.uint8), *drawn])


@lru_cache(maxsize=4)
def _counts_by_emotion(label: bytes) -> list[np.ndarray]:
    """The same, apart for the faces of each emotion."""
    labels = np.frombuffer(label, np.uint8)
    counts = _counts(len(labels))
    return [counts[:, labels == emotion] for emotion in range(len(EMOTIONS))]


def _sums(counts: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What the columns (N, K) sum to in each draw of ``counts``: float32 (1 + DRAWS, K)."""
    starts = range(0, DRAWS + 1, _AT_ONCE)
    return np.concatenate(
        [product(counts[start : start + _AT_ONCE].astype(np.float32), columns) for start in starts]
    )


def _means(columns: np.ndarray) -> np.ndarray:
    """The columns' means in each draw: float64 (1 + DRAWS, K), summed around their middle to keep their digits."""
    middle = columns.mean(axis=0)
    return middle + _sums(_counts(len(columns)), (columns - middle).astype(np.float32)) / len(columns)


def _area(positive: np.ndarray, score: np.ndarray) -> tuple[float, np.ndarray]:
    """The area under the ROC curve (ties count one half), and each row's part in its difference to the area of other
    rows of the same kind: the parts' mean is 0 over all rows."""
    wins, size = np.full(len(score), np.nan), len(score)
    for chosen in (positive, ~positive):
        others, own = np.sort(score[~chosen]), score[chosen]
        below = np.searchsorted(others, own, "left") + np.searchsorted(others, own, "right")
        with np.errstate(invalid="ignore"):
            wins[chosen] = below / 2 / np.float64(len(others))
    wins = np.where(positive, wins, 1 - wins)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = wins[positive].mean() if positive.any() else np.nan
        share = np.where(positive, positive.sum(), size - positive.sum()) / size
        return float(value), (wins - value) / share
