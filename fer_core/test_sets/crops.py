"""A picture of any kind as the one face that it is labelled for: a square, kept up to 224 pixels wide."""

from __future__ import annotations

import cv2
import numpy as np

from fer_core.errors import PictureError
from fer_core.faces.finders import (
    CROP_SIDE,
    Box,
    FaceFinder,
    FoundFace,
    crop_face,
    whole_picture,
)
from fer_core.faces.intake import Intake
from fer_core.faces.pictures import LARGEST_PIXELS, read_picture, shown_name
from fer_core.machine.picture_bytes import announced_size, is_bmp

LARGEST_SIDE = 224
#: How faces are cut: searched, or the whole picture taken for one.
AUTO, WHOLE = "auto", "whole"
CROPS = {AUTO: "the face is found and cut", WHOLE: "the middle square of each picture"}
#: What was done to a picture.
AS_IT_IS, FOUND, DOUBTFUL, LARGEST, NOT_FOUND = (
    "taken whole",
    "cut round the face that was found",
    "cut round a place that may be no face",
    "cut round the largest of several faces",
    "taken whole because no face was found",
)
#: A picture without a face that is found is a face crop by itself if it is no larger, and nearly square.
_CROP_LIKE_SIDE, _CROP_LIKE_SHAPE = 300, 1.25


def read_any(data: bytes, name: str) -> np.ndarray:
    """uint8 (H, W, 3) RGB of any kind that uploads may have, or of a BMP; PictureError says why not."""
    if not is_bmp(data):
        return read_picture(data, name).pixels
    width, height = announced_size(data) or (0, 0)
    if not 0 < width * height <= LARGEST_PIXELS:
        raise PictureError(f"{shown_name(name)} has too many pixels.")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise PictureError(f"{shown_name(name)} is damaged or cut off.")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def cut(rgb: np.ndarray, crop: str, finder: FaceFinder) -> tuple[np.ndarray, str] | None:
    """The face in ``rgb`` uint8 (H, W, 3) and what was done, one of the words above; None where none is found.

    The face is uint8 (S, S) where it is grey, else (S, S, 3) RGB, S at most LARGEST_SIDE.
    """
    if crop == WHOLE or max(rgb.shape[:2]) <= CROP_SIDE:
        return _square(rgb, whole_picture(rgb).box), AS_IT_IS
    found = finder.find(rgb)
    faces = [face for face in found if face.sure]
    if faces:
        largest = max(faces, key=lambda face: face.box[2])
        return _square(rgb, largest.box), LARGEST if _are_several(faces) else FOUND
    if _is_crop_like(rgb):
        return _square(rgb, whole_picture(rgb).box), NOT_FOUND
    if found:  # who labelled the picture saw a face in it
        return _square(rgb, max(found, key=lambda face: face.score).box), DOUBTFUL
    return None


def _are_several(faces: list[FoundFace]) -> bool:
    """Whether another face is nearly as large: not one in the background."""
    sides = sorted(face.box[2] for face in faces)
    return len(sides) > 1 and sides[-2] > sides[-1] / 2


def _is_crop_like(rgb: np.ndarray) -> bool:
    shorter, longer = sorted(rgb.shape[:2])
    return longer <= _CROP_LIKE_SIDE and longer <= _CROP_LIKE_SHAPE * shorter


def _square(rgb: np.ndarray, box: Box) -> np.ndarray:
    """A square box of the picture, what lies beyond it repeating its edge; grey where all is grey."""
    found = crop_face(rgb, box, Intake(min(box[2], LARGEST_SIDE), colour=True))
    is_grey = (found[..., 0] == found[..., 1]).all() and (found[..., 1] == found[..., 2]).all()
    return np.ascontiguousarray(found[..., 0]) if is_grey else found
