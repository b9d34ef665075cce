"""One face's patch, looked up near its last place in the next small grey frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: Pixels of a patch's side: the frame is sampled so that the face has this size, whatever size it has.
PATCH_SIDE = 32

#: Sizes tried, as multiples of the last one.
SIZES = (1.0, 0.95, 1.05)

# How far the face may have moved since the last frame, as a part of its side.
_REACH = 0.5

# The patch that is followed: the middle of the face's square, so that little background is in it.
_MIDDLE_PART = 0.9

# A place counts only if its contrast is within this factor of the face's: flat places correlate with anything.
_CONTRAST_FACTOR = 2.5
_LEAST_CONTRAST = 2.0


@dataclass(frozen=True, eq=False)
class Patch:
    """A face as it looked: ``pixels`` float32 (PATCH_SIDE, PATCH_SIDE), grey."""

    pixels: np.ndarray

    @classmethod
    def cut(cls, grey: np.ndarray, square: np.ndarray) -> Patch:
        """From ``grey`` uint8 (h, w), at ``square`` float (x, y, side) in its pixels."""
        x, y, side = square
        return cls(_sampled(grey, x + side / 2, y + side / 2, side * _MIDDLE_PART / PATCH_SIDE, PATCH_SIDE))


def look_up(patch: Patch, square: np.ndarray, grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Where the patch is now: the square (x, y, side), and how alike it looks there (correlation, 1 is same).

    ``square`` is where it was, in pixels of ``grey`` uint8 (h, w).
    """
    best, likeness = square, -1.0
    x, y, side = square
    middle = np.array([x + side / 2, y + side / 2])
    for size in SIZES:
        step = side * size * _MIDDLE_PART / PATCH_SIDE
        reach = round(_REACH * PATCH_SIDE) if size == 1.0 else 2
        window = _sampled(grey, *middle, step, PATCH_SIDE + 2 * reach)
        offset, score = _best_place(patch, window, reach)
        if score > likeness:
            moved = middle + offset * step
            best, likeness = np.array([*(moved - side * size / 2), side * size]), score
            if size == 1.0:
                middle = moved
    return best, likeness


def _sampled(grey: np.ndarray, x: float, y: float, step: float, side: int) -> np.ndarray:
    """``side`` x ``side`` samples about (x, y), ``step`` pixels apart; beyond the frame its edge repeats."""
    first = (side - 1) / 2 * step
    matrix = np.array([[step, 0, x - 0.5 - first], [0, step, y - 0.5 - first]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(grey, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _best_place(patch: Patch, window: np.ndarray, reach: int) -> tuple[np.ndarray, float]:
    """Offset (x, y) of the best match from the window's middle, in samples and finer, and its correlation."""
    scores = cv2.matchTemplate(window, patch.pixels, cv2.TM_CCOEFF_NORMED)
    _, score, _, (column, row) = cv2.minMaxLoc(scores)
    there = window[row : row + PATCH_SIDE, column : column + PATCH_SIDE].std()
    contrast = patch.pixels.std()
    if there < _LEAST_CONTRAST or not 1 / _CONTRAST_FACTOR < there / max(contrast, 1e-6) < _CONTRAST_FACTOR:
        return np.zeros(2), -1.0
    fine = np.array([_peak(scores[row], column), _peak(scores[:, column], row)])
    offset = np.array([column - reach, row - reach]) + fine
    return offset, float(score)


def _peak(scores: np.ndarray, index: int) -> float:
    """How far the top of the parabola through the best score and its neighbours lies from it (-0.5 to 0.5)."""
    if not 0 < index < len(scores) - 1:
        return 0.0
    before, top, after = (float(value) for value in scores[index - 1 : index + 2])
    bend = before - 2 * top + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))
