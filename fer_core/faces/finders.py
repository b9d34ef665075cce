"""Find the faces in a picture and cut them as FER2013 was cut: squares, grey of 48 x 48 pixels by default.

How wide to cut was measured on FER2013 faces enlarged with a border, found again, and cut again. The box of
OpenCV's Haar cascade is 0.97 of the original crop (which was made with such a cascade): a classifier loses
1.6 points on its cuts. YuNet's box varies more; centred between eyes and mouth it costs 3 points, centred on
the box 5.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from fer_core.errors import ModelError
from fer_core.faces.detector_file import VARIABLE as YUNET_VARIABLE
from fer_core.faces.detector_file import detector_path
from fer_core.faces.intake import FER_FACE, Intake, resized

Box = tuple[int, int, int, int]

#: Faces are searched on a picture reduced to this side; crops are cut from the picture as it came.
SEARCH_SIDE = 640

#: A picture no larger than this is a face crop already.
CROP_SIDE = 64

_HAAR_FILE = "haarcascade_frontalface_alt2.xml"
_HAAR_PROFILE_FILE = "haarcascade_profileface.xml"  # of faces that look to the left
_HAAR_MARGIN = 1.03
_HAAR_STEP = 1.1
_HAAR_NEIGHBOURS = 5
_HAAR_SURE = (
    13  # neighbours: faces pasted into a photograph had 26 and more, coins, grass and a rocket up to 12
)
#: A narrower face is not found, in pixels of the picture that is searched.
SMALLEST_FACE = 32

_YUNET_MARGIN = 1.3  # of the box's width
_YUNET_ABOVE_CENTRE = 0.09  # of the box's width: how far the crop's middle lies above that of eyes and mouth
_YUNET_LEAST = 0.6  # below, pictures without a face hold several
_YUNET_SCORE = 0.7  # in moving pictures, where a face may not be lost
_YUNET_SURE = 0.75  # in single pictures: pasted faces had 0.77 and more, a page of text up to 0.74
_YUNET_OVERLAP = 0.3
_YUNET_SHORTEST_SIDE = 128  # on narrow strips it finds faces in nothing, and infinite ones

#: Of two boxes that share more than this part of the smaller one, the surer is kept.
SHARED_PART = 0.5


@dataclass(frozen=True, eq=False)
class FoundFace:
    """One face: ``box`` (x, y, width, height) in pixels of the picture, a square that may reach beyond its
    edges; ``crop`` uint8 (48, 48), grey; ``score`` the detector's own certainty, higher is surer, not
    comparable between detectors (YuNet's is 0 to 1, the cascade's how many neighbouring boxes agree); ``sure``
    False where it may well be none; ``by_hand`` True where a person gave the box."""

    box: Box
    crop: np.ndarray
    score: float
    sure: bool = True
    by_hand: bool = False


class FaceFinder(Protocol):
    """Anything that finds faces. Detectors keep state: one object per session and thread."""

    def find(self, rgb: np.ndarray) -> list[FoundFace]:
        """The faces in ``rgb`` uint8 (H, W, 3), in reading order (:func:`in_reading_order`); none is an empty list."""
        ...


class HaarFinder:
    """OpenCV's frontal-face cascade, which comes with it. Not safe to share between threads."""

    def __init__(self) -> None:
        self._cascade = _cascade(_HAAR_FILE)
        self._profiles: cv2.CascadeClassifier | None = None

    def find(self, rgb: np.ndarray) -> list[FoundFace]:
        """The frontal faces in ``rgb`` uint8 (H, W, 3), in reading order."""
        return self.search(rgb, SEARCH_SIDE)

    def search(self, rgb: np.ndarray, side: int) -> list[FoundFace]:
        """The same on the picture with its long side at most ``side`` pixels."""
        small, scale = _reduced(rgb, side)
        return _found(rgb, *_boxes(self._cascade, small, scale), _HAAR_MARGIN, _HAAR_SURE)

    def search_profiles(self, rgb: np.ndarray, side: int) -> list[FoundFace]:
        """Faces that look to the left or to the right; ``side`` as for :meth:`search`."""
        if self._profiles is None:
            self._profiles = _cascade(_HAAR_PROFILE_FILE)
        small, scale = _reduced(rgb, side)
        boxes, scores = _boxes(self._profiles, small, scale)
        mirrored, more = _boxes(self._profiles, np.ascontiguousarray(small[:, ::-1]), scale)
        mirrored[:, 0] = rgb.shape[1] - mirrored[:, 0] - mirrored[:, 2]
        return _found(
            rgb, np.concatenate([boxes, mirrored]), np.concatenate([scores, more]), _HAAR_MARGIN, _HAAR_SURE
        )


class YuNetFinder:
    """OpenCV's YuNet network: quicker, and finds turned faces too. Not safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """``path`` is a YuNet ONNX file; ModelError if it isn't one."""
        if not Path(path).is_file():
            raise ModelError(f"The face detector {path} is missing; correct or unset {YUNET_VARIABLE}.")
        try:
            self._net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), _YUNET_LEAST, _YUNET_OVERLAP)
            self._boxes(np.zeros((64, 64, 3), np.uint8))
        except cv2.error as error:
            raise ModelError(
                f"{Path(path).name} is not a YuNet face detector; correct {YUNET_VARIABLE}."
            ) from error

    def find(self, rgb: np.ndarray) -> list[FoundFace]:
        """The faces in ``rgb`` uint8 (H, W, 3), in reading order."""
        return [face for face in self.search(rgb, SEARCH_SIDE) if face.score >= _YUNET_SCORE]

    def search(self, rgb: np.ndarray, side: int) -> list[FoundFace]:
        """The same on the picture with its long side at most ``side`` pixels, doubtful ones too."""
        small, scale = _reduced(rgb, side)
        rows = self._boxes(small)
        return _found(rgb, _centred_on_features(rows) / scale, rows[:, -1], _YUNET_MARGIN, _YUNET_SURE)

    def _boxes(self, rgb: np.ndarray) -> np.ndarray:
        """float (faces, 15): x, y, width, height, then x, y of eyes, nose and mouth corners, then the score."""
        missing = [max(0, _YUNET_SHORTEST_SIDE - side) for side in rgb.shape[:2]]
        rgb = cv2.copyMakeBorder(rgb, 0, missing[0], 0, missing[1], cv2.BORDER_CONSTANT)
        self._net.setInputSize((rgb.shape[1], rgb.shape[0]))
        _, rows = self._net.detect(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        return np.zeros((0, 15)) if rows is None else rows


def default_finder() -> FaceFinder:
    """For moving pictures: YuNet where its file is (:mod:`fer_core.faces.detector_file`), else the Haar cascade."""
    path = detector_path()
    return YuNetFinder(path) if path else HaarFinder()


def whole_picture(rgb: np.ndarray) -> FoundFace:
    """The middle square of ``rgb`` as one face, for a picture that is a face crop already; its score is 1."""
    height, width = rgb.shape[:2]
    side = min(height, width)
    box = ((width - side) // 2, (height - side) // 2, side, side)
    return FoundFace(box, crop_face(rgb, box), 1.0)


def boxed_by_hand(rgb: np.ndarray, box: Box) -> FoundFace:
    """The face that a person drew ``box`` about, which is widened to a square about its middle."""
    x, y, side = _square(np.asarray(box, float), 1.0)
    square = (x, y, side, side)
    return FoundFace(square, crop_face(rgb, square), float("inf"), by_hand=True)


def crop_face(rgb: np.ndarray, box: Box, intake: Intake = FER_FACE) -> np.ndarray:
    """``box`` (x, y, width, height) of ``rgb`` uint8 (H, W, 3) as a face, uint8 (48, 48) grey or as ``intake`` says.

    A box that is not square is widened about its middle to one; what lies beyond the picture repeats its
    edge. A grey crop of 48 x 48 pixels comes back unchanged.
    """
    x, y, side = _square(np.asarray(box, float), 1.0)
    height, width = rgb.shape[:2]
    rows = np.arange(y, y + side).clip(0, height - 1)
    columns = np.arange(x, x + side).clip(0, width - 1)
    square = np.ascontiguousarray(rgb[np.ix_(rows, columns)])
    return resized(square if intake.colour else cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), intake.size)


def shared_part(one: Box, other: Box) -> float:
    """The common area as a fraction of the smaller box."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height) / min(one[2] * one[3], other[2] * other[3])


def _cascade(name: str) -> cv2.CascadeClassifier:
    """One of those that come with OpenCV."""
    cascade = cv2.CascadeClassifier(os.path.join(cv2.data.haarcascades, name))
    if cascade.empty():
        raise ModelError(f"OpenCV's {name} can't be loaded; reinstall opencv-python-headless 4.")
    return cascade


def _boxes(cascade: cv2.CascadeClassifier, rgb: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """float (faces, 4) in pixels of the picture before it was reduced, and how many neighbours each has."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    smallest = (SMALLEST_FACE, SMALLEST_FACE)
    boxes, neighbours = cascade.detectMultiScale2(grey, _HAAR_STEP, _HAAR_NEIGHBOURS, minSize=smallest)
    return np.reshape(boxes, (-1, 4)) / scale, np.ravel(neighbours).astype(float)


def _reduced(rgb: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """The picture with its long side at most ``side``, and its size as a fraction of the original."""
    scale = min(1.0, side / max(rgb.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(rgb), 1.0
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), scale


def _found(
    rgb: np.ndarray, boxes: np.ndarray, scores: np.ndarray, margin: float, sure: float
) -> list[FoundFace]:
    """Crops of the boxes that no surer box covers, in reading order."""
    kept = _plausible(rgb, boxes)
    boxes, scores = boxes[kept], scores[kept]
    faces: list[FoundFace] = []
    for index in np.argsort(-scores, kind="stable"):
        x, y, side = _square(boxes[index], margin)
        box = (x, y, side, side)
        if not any(shared_part(box, face.box) > SHARED_PART for face in faces):
            score = float(scores[index])
            faces.append(FoundFace(box, crop_face(rgb, box), score, score >= sure))
    return in_reading_order(faces)


def in_reading_order(faces: Iterable[FoundFace]) -> list[FoundFace]:
    """The faces row by row from the top, each row from left to right.

    A face whose middle is less than a face's height away from that of the row above it belongs to that row: people of
    different heights beside each other are one.
    """
    rows: list[list[FoundFace]] = []
    for face in sorted(faces, key=_middle):
        row = rows[-1] if rows else []
        height = np.mean([each.box[3] for each in (*row, face)])
        if row and _middle(face) - np.mean([_middle(each) for each in row]) < height:
            row.append(face)
        else:
            rows.append([face])
    return [face for row in rows for face in sorted(row, key=lambda face: face.box[:2])]


def _middle(face: FoundFace) -> float:
    return face.box[1] + face.box[3] / 2


def _centred_on_features(rows: np.ndarray) -> np.ndarray:
    """Square boxes (faces, 4) as wide as YuNet's, about the middle of eyes and mouth, a little above it."""
    points = rows[:, 4:14].reshape(-1, 5, 2)
    middles = points[:, [0, 1, 3, 4]].mean(axis=1)
    widths = rows[:, 2:3]
    corners = middles - widths * (0.5, 0.5 + _YUNET_ABOVE_CENTRE)
    return np.concatenate([corners, widths, widths], axis=1)


def _plausible(rgb: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """bool (boxes,): its middle in the picture and no longer than it (a detector may err)."""
    height, width = rgb.shape[:2]
    boxes = np.nan_to_num(boxes, nan=-1.0, posinf=-1.0, neginf=-1.0)
    middles, longest = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:].max(axis=1, initial=0)
    inside = ((middles >= 0) & (middles <= (width, height))).all(axis=1)
    return inside & (longest >= 1) & (longest <= max(height, width))


def _square(box: np.ndarray, margin: float) -> tuple[int, int, int]:
    """x, y and side of the square of ``margin`` times the box's longer side about the box's middle."""
    x, y, width, height = box
    side = max(1, round(float(max(width, height)) * margin))
    return round(float(x + (width - side) / 2)), round(float(y + (height - side) / 2)), side
