"""Moving faces before a moving background: what the speed of live video is measured on, and tests run on."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

WIDTH, HEIGHT = 640, 480

#: Pixels between which a pasted face's side swings.
SIDES = (150, 210)

_MARGIN = 160  # by which the background is larger than the frame


@dataclass(frozen=True, eq=False)
class FaceStream:
    """Frames of 640 x 480 with ``faces`` (each uint8 (48, 48)) side by side, swinging and breathing.

    ``seed`` draws the background and where in their swing the faces begin; ``still`` stops all motion.
    """

    faces: Sequence[np.ndarray]
    seed: int = 0
    still: bool = False

    def frame(self, time_s: float) -> np.ndarray:
        """The frame at ``time_s``, uint8 (480, 640, 3) RGB."""
        time_s = 0.0 if self.still else time_s
        pan = round(_MARGIN / 2 * (1 + np.sin(0.7 * time_s)))
        grey = _background(self.seed)[pan : pan + HEIGHT, pan : pan + WIDTH].copy()
        for face, square in zip(self.faces, self.squares(time_s), strict=True):
            _paste(grey, face, square)
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)

    def squares(self, time_s: float) -> list[tuple[float, float, float]]:
        """Where the faces truly are: x, y and side in pixels."""
        time_s = 0.0 if self.still else time_s
        phases = np.random.default_rng(self.seed).uniform(0, 2 * np.pi, (len(self.faces), 3))
        room, squares = WIDTH / len(self.faces), []
        for index, (across, down, breath) in enumerate(phases):
            side = np.mean(SIDES) + (SIDES[1] - SIDES[0]) / 2 * np.sin(1.5 * time_s + breath)
            x = room * (index + 0.5) + (room - side) / 2 * 0.7 * np.sin(2 * time_s + across)
            y = HEIGHT / 2 + 60 * np.sin(1.3 * time_s + down)
            squares.append((x - side / 2, y - side / 2, side))
        return squares


@functools.lru_cache(maxsize=4)
def _background(seed: int) -> np.ndarray:
    """Soft shadows with some fine grain, uint8, larger than a frame."""
    rng = np.random.default_rng(seed)
    size = (WIDTH + _MARGIN, HEIGHT + _MARGIN)
    soft = cv2.resize(rng.uniform(40, 200, (7, 9)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.clip(soft + rng.normal(0, 3, soft.shape), 0, 255).astype(np.uint8)


def _paste(grey: np.ndarray, face: np.ndarray, square: tuple[float, float, float]) -> None:
    """Draw the face enlarged, at a fraction of a pixel, its outermost pixels fading into the background."""
    x, y, side = square
    scale = side / face.shape[0]
    matrix = np.array([[scale, 0, x + (scale - 1) / 2], [0, scale, y + (scale - 1) / 2]])
    fade = np.minimum(np.arange(1, face.shape[0] + 1), np.arange(face.shape[0], 0, -1)).clip(0, 3) / 3
    alpha = np.outer(fade, fade).astype(np.float32)
    size = (grey.shape[1], grey.shape[0])
    drawn = cv2.warpAffine(face, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
    grey[:] = (grey * (1 - weight) + drawn * weight).astype(np.uint8)
