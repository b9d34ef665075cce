"""How far figures and their differences would vary on other faces of the same kind: the paired bootstrap.

Faces are drawn with replacement, the same draw for all variants of a panel (Efron and Tibshirani 1993); the
2.5th and 97.5th percentile of what comes out bound the 95 % interval. Draws are counts per face, so a figure of
every variant in many draws is one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.outcomes import Panel
from fer_core.machine.threads import product

#: Enough for percentiles that stand still to a tenth of a point at 3,589 faces.
DRAWS = 1000
LEVEL = 0.95
#: The figures that :func:`resampled` knows.
FIGURES = ("accuracy", "macro_f1", "log_loss")
_AT_ONCE = 100  # draws, and variants: bounds the memory


def draw_counts(faces: int, draws: int = DRAWS, seed: int = 0) -> Iterator[np.ndarray]:
    """How often each face is drawn: float32 (up to _AT_ONCE, faces) at a time, ``draws`` rows in all.

    Rows sum to ``faces``; one seed always gives the same. In parts, because a process keeps what it once held.
    """
    rng = np.random.default_rng(seed)
    for start in range(0, draws, _AT_ONCE):
        rows = min(_AT_ONCE, draws - start)
        drawn = rng.integers(0, faces, (rows, faces), np.int32)
        drawn += np.arange(rows, dtype=np.int32)[:, None] * np.int32(faces)
        counts = np.bincount(drawn.ravel(), minlength=rows * faces)
        yield counts.reshape(rows, faces).astype(np.float32)


def resampled(
    panel: Panel, figures: tuple[str, ...] = FIGURES, draws: int = DRAWS, seed: int = 0
) -> dict[str, np.ndarray]:
    """Each figure of each variant in each draw: float32 (draws, V) by name, paired along the first axis."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in figures}
    for counts in draw_counts(len(panel.label), draws, seed):
        for name, done in parts.items():
            done.append(_COMPUTE[name](panel, counts))
    return {name: np.concatenate(done) for name, done in parts.items()}


def measured(panel: Panel, figure: str) -> np.ndarray:
    """One of FIGURES of each variant as it is, each face counted once: float64 (V,)."""
    return _COMPUTE[figure](panel, np.ones((1, len(panel.label))))[0]


def percentile_interval(samples: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The percentile interval along the first axis of ``samples``: two arrays of the other axes' shape."""
    ends = np.percentile(samples, [50 * (1 - level), 50 * (1 + level)], axis=0)
    return ends[0], ends[1]


def inflation(panel: Panel, draws: int = DRAWS, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accuracy on all faces minus that on the clean ones, and its 95 % interval: three arrays (V,).

    It counts what memory of copied faces adds, and that such faces may be easier to begin with: the two
    can't be distinguished by answers alone. All NaN where no face is clean.
    """
    right, clean = panel.right.astype(np.float32), ~panel.leaked
    if not clean.any():
        nothing = np.full(len(panel), np.nan)
        return nothing, nothing, nothing
    parts = []
    for counts in draw_counts(len(clean), draws, seed):
        counts = counts[counts[:, clean].any(axis=1)]  # where few are clean, a draw may have none of them
        among_clean = counts[:, clean]
        part = product(counts, right.T) / len(clean)
        part -= product(among_clean, right[:, clean].T) / among_clean.sum(axis=1, keepdims=True)
        parts.append(part)
    return panel.accuracy - panel.right[:, clean].mean(axis=1), *percentile_interval(np.concatenate(parts))


def _accuracy(panel: Panel, counts: np.ndarray) -> np.ndarray:
    return product(counts, panel.right.T.astype(np.float32)) / counts.shape[1]


def _log_loss(panel: Panel, counts: np.ndarray) -> np.ndarray:
    return product(counts, panel.loss.T) / counts.shape[1]


def _macro_f1(panel: Panel, counts: np.ndarray) -> np.ndarray:
    """As the card counts it: the mean over all seven emotions, one without answer and face counting 0."""
    total = np.zeros((len(counts), len(panel)), counts.dtype)
    for emotion in range(len(EMOTIONS)):
        of_emotion = panel.label == emotion
        there = counts[:, of_emotion]
        support = there.sum(axis=1, keepdims=True)
        for rows in _slices(len(panel)):
            said = panel.predicted[rows] == emotion
            answered = product(counts, said.T.astype(np.float32))
            found = product(there, said[:, of_emotion].T.astype(np.float32))
            total[:, rows] += np.divide(
                2 * found, support + answered, out=np.zeros_like(found), where=support + answered > 0
            )
    return total / len(EMOTIONS)


_COMPUTE = {"accuracy": _accuracy, "macro_f1": _macro_f1, "log_loss": _log_loss}


def _slices(count: int) -> Iterator[slice]:
    return (slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE))
