"""Faces followed from frame to frame: searched for now and then, and matched as patches in between.

A detector over the whole frame costs more than ten models. So it runs on a reduced frame every few frames, to
find new faces. In between the patch of each face is looked up near its last place in a small grey frame, which
also says when it no longer looks alike; and every few frames the detector looks once more at the surroundings
of one face, a small part of the frame, so that its box stays where the detector would put it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.faces.finders import Box, FaceFinder, crop_face
from fer_core.live.patches import Patch, look_up

#: The whole frame is searched reduced to this long side: faces of a tenth of it are found.
SEARCH_SIDE = 320

#: Frames between two searches of the whole frame, with faces in sight and without.
SEARCH_EVERY, SEARCH_EVERY_WITHOUT_FACES = 12, 4

#: Frames between two looks of the detector at a followed face.
CONFIRM_EVERY = 4

#: Correlation with its last confirmed look below which a face counts as gone from where it was.
GONE = 0.55

#: Looks in a row that may miss a face before it is forgotten: one that looks alike, one that is gone. A face
#: that was found n times may be missed n times at most, so that mistakes of the detector vanish soon.
PATIENCE, PATIENCE_GONE = 8, 3

_SEARCH_EVERY_WHILE_GONE = 3

# A look takes in so many times the face's side, reduced so that the face has so many pixels.
_SURROUNDINGS, _CONFIRM_SIDE = 1.8, 64

# Mean change of a thumbnail's pixels (of 255) above which the scene has changed.
_SCENE_CHANGE = 30.0
_THUMBNAIL = (32, 24)

# A found box moves a followed one by this part of the way: boxes don't jitter. If it lies farther off than the
# second figure, as a part of the side, it is taken as it is.
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
    hits: int = 1
    missed: int = 0
    unconfirmed: int = 0  # frames since the detector last looked

    @property
    def box(self) -> Box:
        x, y, side = (round(float(value)) for value in self.square)
        return x, y, max(1, side), max(1, side)

    @property
    def is_gone(self) -> bool:
        return self.likeness < GONE

    @property
    def is_lost(self) -> bool:
        return self.missed > min(self.hits, PATIENCE_GONE if self.is_gone else PATIENCE)


class FaceTracker:
    """Follows all faces of one stream. For one thread, like the detector that it owns.

    Args:
        finder: this tracker's own detector.
        every: frames from one search of the whole frame to the next; None is 12, and 4 while there is no
            face. A scene that changes and a face that no longer looks alike are searched at once in any case.
        search_side: pixels of the long side to which the searched frame is reduced.
    """

    def __init__(self, finder: FaceFinder, every: int | None = None, search_side: int = SEARCH_SIDE) -> None:
        self._finder = finder
        self._every = every
        self._search_side = search_side
        self._tracks: list[_Track] = []
        self._given = 0
        self._since_search = 0
        self._shape: tuple[int, ...] = ()
        self._thumbnail: np.ndarray | None = None
        self.searched = False  # whether the last update searched the whole frame

    @property
    def numbers(self) -> set[int]:
        """Of all faces that are not forgotten yet, those briefly out of sight included."""
        return {track.number for track in self._tracks}

    def update(self, rgb: np.ndarray) -> list[TrackedFace]:
        """The faces in the next frame, ``rgb`` uint8 (H, W, 3), from left to right."""
        self._take_size(rgb.shape[:2])
        small, scale = _reduced(rgb, self._search_side)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        for track in self._tracks:
            square, track.likeness = look_up(track.patch, track.square * scale, grey)
            track.square = track.square if track.is_gone else square / scale
            track.unconfirmed += 1
        self._since_search += 1
        cut = self._scene_changed(grey)
        if cut:
            self._tracks = [track for track in self._tracks if not track.is_gone]
        self.searched = cut or self._since_search >= self._pause()
        if not self.searched:
            self._confirm(rgb, grey, scale)
            gone = any(track.is_gone for track in self._tracks)
            self.searched = gone and self._since_search >= _SEARCH_EVERY_WHILE_GONE
        if self.searched:
            self._search(small, grey, scale)
        self._tracks = [track for track in self._tracks if not track.is_lost]
        seen = [track for track in self._tracks if not track.is_gone]
        faces = [TrackedFace(track.number, track.box, crop_face(rgb, track.box)) for track in seen]
        return sorted(faces, key=lambda face: face.box[:2])

    def _take_size(self, shape: tuple[int, ...]) -> None:
        """Go on where the frames become larger or smaller, as senders make them when lines are slow."""
        if shape != self._shape:
            ratios = np.array(shape) / (self._shape or shape)
            if ratios.max() > 1.1 * ratios.min():  # another form: another picture
                self._tracks, self._thumbnail = [], None
            for track in self._tracks:
                track.square = track.square * ratios.mean()
            self._shape = shape

    def _scene_changed(self, grey: np.ndarray) -> bool:
        thumbnail = cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumbnail = self._thumbnail, thumbnail
        return before is None or bool(np.abs(thumbnail - before).mean() > _SCENE_CHANGE)

    def _pause(self) -> int:
        """Frames to let pass between two searches of the whole frame."""
        return self._every or (SEARCH_EVERY if self._tracks else SEARCH_EVERY_WITHOUT_FACES)

    def _confirm(self, rgb: np.ndarray, grey: np.ndarray, scale: float) -> None:
        """Look at the surroundings of faces that seem gone, and of the one not looked at for longest."""
        due = [track for track in self._tracks if track.unconfirmed >= CONFIRM_EVERY and not track.is_gone]
        longest = [max(due, key=lambda track: track.unconfirmed)] if due else []
        for track in [track for track in self._tracks if track.is_gone] + longest:
            found = self._look_near(rgb, track.square)
            if found is not None:
                self._correct(track, found, grey, scale)
            elif not track.is_gone:
                track.missed += 1
                track.unconfirmed = 0

    def _look_near(self, rgb: np.ndarray, square: np.ndarray) -> np.ndarray | None:
        """Where the detector finds this face (x, y, side); None if it doesn't."""
        reach = (_SURROUNDINGS - 1) / 2 * square[2]
        corners = np.concatenate([square[:2] - reach, square[:2] + square[2] + reach])
        height, width = rgb.shape[:2]
        left, top, right, bottom = corners.round().astype(int).clip(0, (width, height, width, height))
        if min(right - left, bottom - top) < square[2] / 2:
            return None
        near, scale = _reduced(rgb[top:bottom, left:right], round(_SURROUNDINGS * _CONFIRM_SIDE))
        squares = [np.array(face.box[:3]) / scale + (left, top, 0) for face in self._finder.find(near)]
        best = max(squares, key=lambda found: _common(square, found), default=None)
        return best if best is not None and _common(square, best) >= _SAME_FACE else None

    def _search(self, small: np.ndarray, grey: np.ndarray, scale: float) -> None:
        """Search the whole frame: correct the faces that are found again, and number new ones."""
        self._since_search = 0
        found = [np.array(face.box[:3]) / scale for face in self._finder.find(small)]
        pairs = _same_faces([track.square for track in self._tracks], found)
        for row, track in enumerate(self._tracks):
            if row in pairs:
                self._correct(track, found[pairs[row]], grey, scale)
            else:
                track.missed += 1
        for column in sorted(set(range(len(found))) - set(pairs.values())):
            self._given += 1
            patch = Patch.cut(grey, found[column] * scale)
            self._tracks.append(_Track(self._given, found[column], patch))

    def _correct(self, track: _Track, found: np.ndarray, grey: np.ndarray, scale: float) -> None:
        """Move the track towards where the detector found it, and remember how it looks now."""
        offset = np.abs(found[:2] + found[2] / 2 - track.square[:2] - track.square[2] / 2).max()
        at_once = track.is_gone or offset > _JUMP * found[2]
        track.square = found if at_once else track.square + _CORRECTION * (found - track.square)
        track.patch = Patch.cut(grey, track.square * scale)
        track.likeness, track.missed, track.unconfirmed = 1.0, 0, 0
        track.hits += 1


def _reduced(rgb: np.ndarray, longest: int) -> tuple[np.ndarray, float]:
    """The picture with its long side at most ``longest`` pixels, and its size as a part of the original."""
    scale = min(1.0, longest / max(rgb.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(rgb), 1.0
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), scale


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
    """Intersection over union of two squares (x, y, side)."""
    sides = np.minimum(one[:2] + one[2], two[:2] + two[2]) - np.maximum(one[:2], two[:2])
    shared = float(np.prod(np.maximum(0, sides)))
    return shared / float(one[2] ** 2 + two[2] ** 2 - shared)
