"""What size and colour of faces a model takes, and the one place where a face of FER2013 is made that."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.data.sources import FACE_SIZE

#: Of a model's faces, in pixels of their side.
SMALLEST_INTAKE, LARGEST_INTAKE = 16, 1024


@dataclass(frozen=True)
class Intake:
    """The faces that a model takes: uint8 (N, ``size``, ``size``) grey, or (N, ``size``, ``size``, 3) RGB."""

    size: int = FACE_SIZE
    colour: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one face."""
        return (self.size, self.size, 3) if self.colour else (self.size, self.size)

    @property
    def colours(self) -> str:
        """As cards name them: ``grey`` or ``rgb``."""
        return "rgb" if self.colour else "grey"

    def __str__(self) -> str:
        return f"{self.size} x {self.size} {'in colour' if self.colour else 'grey'}"


#: A face as FER2013 has it, and what a model takes that says nothing else.
FER_FACE = Intake()


def intake_of(classifier: object) -> Intake:
    """What a classifier takes: its ``intake``, or the faces of FER2013 where it has none."""
    return getattr(classifier, "intake", FER_FACE)


def fitted(faces: np.ndarray, intake: Intake) -> np.ndarray:
    """``faces`` uint8 (N, 48, 48), as FER2013 has them, in the size and colour of ``intake``; as they are where they
    have them already. A grey face has the same grey in all three colours."""
    if faces.shape[1:] == intake.shape:
        return faces
    if not len(faces):
        return np.zeros((0, *intake.shape), np.uint8)
    large = np.stack([resized(face, intake.size) for face in faces])
    return np.repeat(large[..., None], 3, axis=3) if intake.colour else large


def resized(square: np.ndarray, side: int) -> np.ndarray:
    """A square picture uint8 (h, h) or (h, h, 3) with ``side`` pixels a side.

    It is averaged where it shrinks. To the faces of FER2013 it grows cubically; to larger ones linearly, as the tools
    do by which such networks are fed: one that learnt from FER2013 enlarged so is right on 65.7 of 100 of its faces,
    and on 64.1 where they are enlarged cubically.
    """
    if square.shape[0] == side:
        return square
    grows = cv2.INTER_CUBIC if side == FACE_SIZE else cv2.INTER_LINEAR
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA if square.shape[0] > side else grows)
