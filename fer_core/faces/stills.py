"""Faces in single pictures, where there is time to look twice: small ones and doubtful ones too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fer_core.faces.detector_file import detector_path
from fer_core.faces.finders import (
    CROP_SIDE,
    SEARCH_SIDE,
    SHARED_PART,
    SMALLEST_FACE,
    FaceFinder,
    FoundFace,
    HaarFinder,
    YuNetFinder,
    in_reading_order,
    shared_part,
    whole_picture,
)
from fer_core.faces.pictures import LONG_SIDE


class StillFinder:
    """Small and doubtful faces too.

    With YuNet's file it is run at two scales, the picture reduced to SEARCH_SIDE and as large as it was read;
    where none of its faces is sure, those of the cascade are added, which knows drawings too. Without that file
    the cascade for frontal faces is run at the larger scale, and where it finds none its profile cascade.
    Not safe to share between threads.
    """

    def __init__(self, path: Path | None) -> None:
        """``path`` is a YuNet ONNX file or None; ModelError if it isn't one."""
        self._yunet = YuNetFinder(path) if path else None
        self._haar = HaarFinder()

    def find(self, rgb: np.ndarray) -> list[FoundFace]:
        """The faces in ``rgb`` uint8 (H, W, 3), in reading order; doubtful ones are not ``sure``."""
        if self._yunet is None:
            faces = self._haar.search(rgb, LONG_SIDE) or self._haar.search_profiles(rgb, SEARCH_SIDE)
        else:
            sides = [SEARCH_SIDE] if max(rgb.shape[:2]) <= SEARCH_SIDE else [SEARCH_SIDE, LONG_SIDE]
            faces = [face for side in sides for face in self._yunet.search(rgb, side)]
            if not any(face.sure for face in faces):
                faces += self._haar.search(rgb, SEARCH_SIDE)
        return _apart(face for face in faces if face.box[2] >= SMALLEST_FACE)


def still_finder() -> FaceFinder:
    """For single pictures: with YuNet where its file is (:mod:`fer_core.faces.detector_file`), else the cascades."""
    return StillFinder(detector_path())


def find_faces(rgb: np.ndarray, finder: FaceFinder) -> list[FoundFace]:
    """The faces in ``rgb`` uint8 (H, W, 3); a picture of at most 64 x 64 pixels is one face by itself."""
    return [whole_picture(rgb)] if max(rgb.shape[:2]) <= CROP_SIDE else finder.find(rgb)


def _apart(faces: Iterable[FoundFace]) -> list[FoundFace]:
    """Those that no surer box covers, in reading order."""
    kept: list[FoundFace] = []
    for face in sorted(faces, key=lambda face: (not face.sure, -face.score)):
        if not any(shared_part(face.box, other.box) > SHARED_PART for other in kept):
            kept.append(face)
    return in_reading_order(kept)
