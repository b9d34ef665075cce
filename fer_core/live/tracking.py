"""Faces followed from frame to frame: searched for now and then, and matched as patches in between.

A detector over the whole frame costs more than ten models. So it runs on a reduced frame every few frames, to
find new faces. In between the patch of each face is looked up near its last place in a small grey frame, which
also says when it no longer looks alike; and every few frames the detector looks once more at the surroundings
of one face, a small part of the frame, so that its box stays where the detector would put it. Where frames come
slowly, all this is done after so much time instead of so many frames; and a face that was lost keeps its number if
one is found within a second near where it was, or where its motion would have brought it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from fer_core.faces.finders import Box, FaceFinder, crop_face
from fer_core.live.matching import SAME_FACE, best_pairs, common, nearness
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

#: Seconds in which one such frame is expected: where frames come more slowly, fewer are let pass.
FRAME_S = 0.04

#: Seconds for which a lost face is remembered.
REMEMBERED_S = 1.0

# Between frames farther apart, a face may have moved beyond where its patch is looked up: what looks alike there is
# trusted less than what the detector finds near by.
_SLOW_S = 0.15

# A look takes in so many times the face's side, reduced so that the face has so many pixels.
_SURROUNDINGS, _CONFIRM_SIDE = 1.8, 64

# Mean change of a thumbnail's pixels (of 255) above which the scene has changed.
_SCENE_CHANGE = 30.0
_THUMBNAIL = (32, 24)

# A found box moves a followed one by this part of the way: boxes don't jitter. If it lies farther off than the
# second figure, as a part of the side, it is taken as it is.
_CORRECTION, _JUMP = 0.4, 0.25


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
    seen_s: float = 0.0
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))  # of its middle, pixels a second

    @property
    def middle(self) -> np.ndarray:
        return self.square[:2] + self.square[2] / 2

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
        self._lost: list[_Track] = []  # for less than REMEMBERED_S
        self._given = 0
        self._since_search = 0
        self._now_s = self._passed_s = 0.0
        self._searched_s = -np.inf
        self._shape: tuple[int, ...] = ()
        self._thumbnail: np.ndarray | None = None
        self.searched = False  # whether the last update searched the whole frame

    @property
    def numbers(self) -> set[int]:
        """Of all faces that are not forgotten yet, those briefly out of sight included."""
        return {track.number for track in self._tracks + self._lost}

    def update(self, rgb: np.ndarray, now_s: float | None = None) -> list[TrackedFace]:
        """The faces in the next frame, ``rgb`` uint8 (H, W, 3), from left to right.

        ``now_s`` is the frame's time on a steady clock; where it is None, frames come every FRAME_S.
        """
        before_s, self._now_s = self._now_s, self._now_s + FRAME_S if now_s is None else now_s
        self._passed_s = self._now_s - before_s
        self._take_size(rgb.shape[:2])
        small, scale = _reduced(rgb, self._search_side)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        for track in self._tracks:
            square, track.likeness = look_up(track.patch, track.square * scale, grey)
            if not track.is_gone:
                self._move(track, square / scale)
            track.unconfirmed += 1
        self._since_search += 1
        cut = self._scene_changed(grey)
        if cut:
            self._tracks, self._lost = [track for track in self._tracks if not track.is_gone], []
        self.searched = cut or self._is_due(self._pause())
        if not self.searched:
            self._confirm(rgb, grey, scale)
            gone = any(track.is_gone for track in self._tracks)
            self.searched = gone and self._is_due(_SEARCH_EVERY_WHILE_GONE)
        if self.searched:
            self._search(small, grey, scale)
        self._forget()
        seen = [track for track in self._tracks if not track.is_gone]
        faces = [TrackedFace(track.number, track.box, crop_face(rgb, track.box)) for track in seen]
        return sorted(faces, key=lambda face: face.box[:2])

    def _take_size(self, shape: tuple[int, ...]) -> None:
        """Go on where the frames become larger or smaller, as senders make them when lines are slow."""
        if shape != self._shape:
            ratios = np.array(shape) / (self._shape or shape)
            if ratios.max() > 1.1 * ratios.min():  # another form: another picture
                self._tracks, self._lost, self._thumbnail = [], [], None
            for track in self._tracks + self._lost:
                track.square, track.velocity = track.square * ratios.mean(), track.velocity * ratios.mean()
            self._shape = shape

    def _scene_changed(self, grey: np.ndarray) -> bool:
        thumbnail = cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumbnail = self._thumbnail, thumbnail
        return before is None or bool(np.abs(thumbnail - before).mean() > _SCENE_CHANGE)

    def _pause(self) -> int:
        """Frames to let pass between two searches of the whole frame."""
        return self._every or (SEARCH_EVERY if self._tracks else SEARCH_EVERY_WITHOUT_FACES)

    def _is_due(self, frames: int) -> bool:
        """Whether the last search is so many frames ago, or as long as they take."""
        return self._since_search >= frames or self._now_s - self._searched_s >= frames * FRAME_S

    def _forget(self) -> None:
        """Let lost faces go: they are remembered for a while if they were found more than once."""
        self._lost += [track for track in self._tracks if track.is_lost and track.hits > 1]
        self._tracks = [track for track in self._tracks if not track.is_lost]
        self._lost = [track for track in self._lost if self._now_s - track.seen_s <= REMEMBERED_S]

    def _move(self, track: _Track, square: np.ndarray) -> None:
        """Put the track where its face is seen now, and learn its motion from that."""
        passed_s, before = self._now_s - track.seen_s, track.middle
        track.square, track.seen_s = square, self._now_s
        if passed_s > 0:
            track.velocity = (track.middle - before) / passed_s

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
        best = max(squares, key=lambda found: common(square, found), default=None)
        return best if best is not None and common(square, best) >= SAME_FACE else None

    def _search(self, small: np.ndarray, grey: np.ndarray, scale: float) -> None:
        """Search the whole frame: correct the faces that are found again, and number new ones."""
        self._since_search, self._searched_s = 0, self._now_s
        found = [np.array(face.box[:3]) / scale for face in self._finder.find(small)]
        missing = []
        pairs = best_pairs(self._tracks, found, lambda track, square: common(track.square, square), SAME_FACE)
        for track in self._tracks:
            if track.number in pairs:
                self._correct(track, found[pairs[track.number]], grey, scale)
            else:
                track.missed += 1
                missing += [track] if track.is_gone or self._passed_s > _SLOW_S else []
        left = [square for column, square in enumerate(found) if column not in pairs.values()]
        again = best_pairs(missing + self._lost, left, self._nearness, 0.0)
        for track in missing + self._lost:
            if track.number in again:
                self._correct(track, left[again[track.number]], grey, scale)
        self._tracks += [track for track in self._lost if track.number in again]
        self._lost = [track for track in self._lost if track.number not in again]
        for column, square in enumerate(left):
            if column not in again.values():
                self._given += 1
                patch = Patch.cut(grey, square * scale)
                self._tracks.append(_Track(self._given, square, patch, seen_s=self._now_s))

    def _nearness(self, track: _Track, found: np.ndarray) -> float:
        return nearness(track.square, track.velocity * (self._now_s - track.seen_s), found)

    def _correct(self, track: _Track, found: np.ndarray, grey: np.ndarray, scale: float) -> None:
        """Move the track towards where the detector found it, and remember how it looks now."""
        offset = np.abs(found[:2] + found[2] / 2 - track.square[:2] - track.square[2] / 2).max()
        at_once = track.is_gone or offset > _JUMP * found[2]
        self._move(track, found if at_once else track.square + _CORRECTION * (found - track.square))
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
