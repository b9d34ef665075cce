"""Faces followed from frame to frame: searched for now and then, and matched as patches in between.

A detector costs more than ten models. So it runs on a reduced frame, every few frames; between, the patch of
each face is looked up near its last place in a small grey frame (normalised correlation, at three sizes), which
also says when it no longer looks alike: then the detector runs at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.faces import Box, FaceFinder, crop_face
from fer_core.live.patches import Patch, look_up

#: Faces are searched on frames reduced to this long side.
SEARCH_SIDE = 320

#: Frames between two searches where the caller does not say: at most, and at least while a patch changes.
LONGEST_PAUSE, SHORTEST_PAUSE = 10, 3

#: Correlation of a patch with its face: below the first it counts as gone, below the second as changing.
GONE, CHANGING = 0.55, 0.85

#: Searches in a row that may miss a face before it is forgotten.
PATIENCE = 3

# Mean change of a thumbnail's pixels (of 255) above which the scene has changed.
_SCENE_CHANGE = 30.0
_THUMBNAIL = (32, 24)

# A found box moves a followed one by this part of the way: boxes don't jitter. Farther off (as a part of the
# side) than the second figure, it takes its place at once.
_CORRECTION, _JUMP = 0.4, 0.25
_SAME_FACE = 0.3  # intersection over union


@dataclass(frozen=True, eq=False)
class TrackedFace:
    """One face in one frame.

    Attributes:
        number: the face's own from frame to frame, counting from 1; never given to another.
        box: x, y, width, height in pixels of the frame; a square that may reach beyond its edges.
        crop: uint8 (48, 48), grey: what the models see.
    """

    number: int
    box: Box
    crop: np.ndarray


@dataclass(eq=False)
class _Track:
    """A face being followed: ``square`` float (x, y, side) in pixels of the frame."""

    number: int
    square: np.ndarray
    patch: Patch
    likeness: float = 1.0
    missed: int = 0


class FaceTracker:
    """Follows all faces of one stream. For one thread, like the detector that it owns.

    Args:
        finder: this tracker's own detector.
        every: frames from one search to the next; None lets it be 3 to 10 by how much the faces change. A
            scene that changes and a face that no longer looks alike are searched at once in any case.
    """

    def __init__(self, finder: FaceFinder, every: int | None = None) -> None:
        self._finder = finder
        self._every = every
        self._tracks: list[_Track] = []
        self._given = 0
        self._since_search = LONGEST_PAUSE if every is None else every
        self._thumbnail: np.ndarray | None = None
        self.searched = False  # whether the last update ran the detector

    @property
    def numbers(self) -> set[int]:
        """Of all faces that are not forgotten yet, those briefly out of sight included."""
        return {track.number for track in self._tracks}

    def update(self, rgb: np.ndarray) -> list[TrackedFace]:
        """The faces in the next frame, ``rgb`` uint8 (H, W, 3), from left to right."""
        small, scale = _reduced(rgb)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        self._since_search += 1
        for track in self._tracks:
            self._follow(track, grey, scale)
        self.searched = self._due(grey)
        if self.searched:
            self._since_search = 0
            self._search(small, grey, scale)
        seen = [track for track in self._tracks if track.likeness >= GONE]
        faces = [TrackedFace(track.number, _box(track), crop_face(rgb, _box(track))) for track in seen]
        return sorted(faces, key=lambda face: face.box[:2])

    def _follow(self, track: _Track, grey: np.ndarray, scale: float) -> None:
        square, track.likeness = look_up(track.patch, track.square * scale, grey)
        if track.likeness >= GONE:
            track.square = square / scale

    def _due(self, grey: np.ndarray) -> bool:
        """Whether the detector must run on this frame."""
        thumbnail = cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumbnail = self._thumbnail, thumbnail
        if before is None or np.abs(thumbnail - before).mean() > _SCENE_CHANGE:
            return True
        if any(track.likeness < GONE for track in self._tracks):
            return True
        return self._since_search >= (self._every or self._pause())

    def _pause(self) -> int:
        changing = any(track.likeness < CHANGING for track in self._tracks)
        return SHORTEST_PAUSE if changing else LONGEST_PAUSE

    def _search(self, small: np.ndarray, grey: np.ndarray, scale: float) -> None:
        """Run the detector: correct the faces it finds again, number new ones, forget those long missed."""
        found = [np.array(face.box[:3], float) / scale for face in self._finder.find(small)]
        pairs = _same_faces([track.square for track in self._tracks], found)
        for row, track in enumerate(self._tracks):
            if row in pairs:
                self._correct(track, found[pairs[row]], grey, scale)
            else:
                track.missed += 1
        kept = [track for track in self._tracks if track.missed <= PATIENCE]
        for column in set(range(len(found))) - set(pairs.values()):
            self._given += 1
            kept.append(_Track(self._given, found[column], Patch.cut(grey, found[column] * scale)))
        self._tracks = kept

    def _correct(self, track: _Track, found: np.ndarray, grey: np.ndarray, scale: float) -> None:
        gone = track.likeness < GONE
        far = np.abs(_middle(found) - _middle(track.square)).max() > _JUMP * found[2]
        track.square = found if gone or far else track.square + _CORRECTION * (found - track.square)
        track.patch = Patch.cut(grey, track.square * scale)
        track.likeness, track.missed = 1.0, 0


def _reduced(rgb: np.ndarray) -> tuple[np.ndarray, float]:
    """The frame with its long side at most SEARCH_SIDE, and its size as a fraction of the original."""
    scale = min(1.0, SEARCH_SIDE / max(rgb.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(rgb), 1.0
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), scale


def _box(track: _Track) -> Box:
    x, y, side = (round(float(value)) for value in track.square)
    return x, y, max(1, side), max(1, side)


def _middle(square: np.ndarray) -> np.ndarray:
    return square[:2] + square[2] / 2


def _same_faces(squares: list[np.ndarray], found: list[np.ndarray]) -> dict[int, int]:
    """Row of a followed square -> column of the found one that is the same face; the best pairs first."""
    pairs = [
        (_common(one, two), row, column)
        for row, one in enumerate(squares)
        for column, two in enumerate(found)
    ]
    chosen: dict[int, int] = {}
    for common, row, column in sorted(pairs, reverse=True):
        if common >= _SAME_FACE and row not in chosen and column not in chosen.values():
            chosen[row] = column
    return chosen


def _common(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union of two squares."""
    sides = np.minimum(one[:2] + one[2], two[:2] + two[2]) - np.maximum(one[:2], two[:2])
    shared = float(np.prod(np.maximum(0, sides)))
    return shared / float(one[2] ** 2 + two[2] ** 2 - shared)
