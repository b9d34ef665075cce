"""Which of the squares (x, y, side) that a detector finds are which of the faces that were followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np

#: Intersection over union above which two squares are one face's.
SAME_FACE = 0.3

#: How far off a lost face may be found again, in sides of its square (the larger of the two).
NEAR = 1.25

# The sides of a lost face and of one that is found are within this factor.
_SAME_SIZE = 1.6


class Numbered(Protocol):
    """Anything with a number of its own."""

    number: int


Track = TypeVar("Track", bound=Numbered)


def best_pairs(
    tracks: Iterable[Track],
    found: Sequence[np.ndarray],
    likeness: Callable[[Track, np.ndarray], float],
    least: float,
) -> dict[int, int]:
    """Number of a track -> column of the found square that is the same face; the most alike first.

    ``likeness`` of a pair has to be ``least`` or more.
    """
    ranked = [
        (likeness(track, square), track.number, column)
        for track in tracks
        for column, square in enumerate(found)
    ]
    chosen: dict[int, int] = {}
    for value, number, column in sorted(ranked, reverse=True):
        if value >= least and number not in chosen and column not in chosen.values():
            chosen[number] = column
    return chosen


def common(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union of two squares (x, y, side)."""
    sides = np.minimum(one[:2] + one[2], two[:2] + two[2]) - np.maximum(one[:2], two[:2])
    shared = float(np.prod(np.maximum(0, sides)))
    return shared / float(one[2] ** 2 + two[2] ** 2 - shared)


def nearness(square: np.ndarray, motion: np.ndarray, found: np.ndarray) -> float:
    """1 if ``found`` lies where a face was last seen, or where its ``motion`` (x, y) since then would have brought it;
    0 as far off as it may be found again; below 0 where it can't be the same face."""
    if not 1 / _SAME_SIZE < found[2] / square[2] < _SAME_SIZE:
        return -1.0
    way = found[:2] + found[2] / 2 - square[:2] - square[2] / 2
    distance = min(np.linalg.norm(way), np.linalg.norm(way - motion))
    return 1 - float(distance) / (NEAR * max(square[2], found[2]))
