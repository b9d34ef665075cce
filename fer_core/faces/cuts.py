"""Faces of pictures, cut for every model that answers about them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from fer_core.faces.finders import Box, crop_face
from fer_core.faces.intake import FER_FACE, Intake


class Boxed(Protocol):
    """A face that was found: its ``box``, and its ``crop`` uint8 (48, 48)."""

    box: Box
    crop: np.ndarray


def as_taken(pixels: np.ndarray, intake: Intake) -> np.ndarray:
    """A picture that is one face, uint8 (S, S) or (S, S, 3) RGB, in the size and colour that a model takes."""
    rgb = np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels
    return crop_face(rgb, (0, 0, *rgb.shape[:2][::-1]), intake)


class Faces(Protocol):
    """Some faces, in whatever size and colour."""

    def of(self, intake: Intake) -> np.ndarray:
        """uint8 (faces, S, S) or (faces, S, S, 3), as ``intake`` says."""
        ...


class Squares:
    """Pictures that are one face each, uint8 (S, S) or (S, S, 3) RGB of any sizes; at least one."""

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self._pictures = list(pictures)

    def of(self, intake: Intake) -> np.ndarray:
        """uint8 (faces, S, S) or (faces, S, S, 3), as ``intake`` says."""
        return np.stack([as_taken(pixels, intake) for pixels in self._pictures])


class Cuts:
    """The faces of ``rgb`` uint8 (H, W, 3) in any size and colour, each cut once. For any number of threads."""

    def __init__(self, rgb: np.ndarray, faces: Sequence[Boxed]) -> None:
        """``faces``: at least one."""
        self._rgb, self._boxes = rgb, [face.box for face in faces]
        self._made = {FER_FACE: np.stack([face.crop for face in faces])}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._boxes)

    def of(self, intake: Intake) -> np.ndarray:
        """uint8 (faces, S, S) or (faces, S, S, 3), as ``intake`` says."""
        with self._lock:
            if intake not in self._made:
                self._made[intake] = np.stack([crop_face(self._rgb, box, intake) for box in self._boxes])
            return self._made[intake]
