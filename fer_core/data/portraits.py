"""Seven shaded portraits that the project draws itself: what a page shows before anyone has given a picture.

They look more like photographs than the cartoons of :mod:`fer_core.data.schematic`, so that networks that learnt from
photographs have something to go by, and are always the same: nothing is learnt from them or measured on them. What
moves in a face is told in action units (Ekman and Friesen, Facial Action Coding System, 1978); how far, for each
emotion, keeps close to the same authors' EMFACS (1983).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.errors import DataError

_SIDES = (-1, 1)
_EYES_Y, _EYE_X, _EYE_WIDTH = -0.13, 0.335, 0.175
_MOUTH_Y, _NOSE_Y = 0.56, 0.33
_DARK = 0.13


@dataclass(frozen=True)
class Muscles:
    """How far each action unit is moved, 0 at rest and 1 at its most; where two oppose each other, -1 to 1.

    Attributes:
        inner_brow: raised (AU 1), or lowered (AU 4) below 0.
        outer_brow: raised (AU 2).
        frown: brows drawn together (AU 4).
        upper_lid: raised (AU 5), or drooping below 0.
        lower_lid: tightened, cheeks raised (AU 6 and 7).
        nose: wrinkled (AU 9).
        upper_lip: raised (AU 10).
        corners: of the mouth, pulled up (AU 12), or down (AU 15) below 0.
        stretch: of the lips (AU 20), or puckered (AU 18) below 0.
        press: of the lips (AU 24).
        parted: lips (AU 25).
        jaw: dropped (AU 26).
    """

    inner_brow: float = 0.0
    outer_brow: float = 0.0
    frown: float = 0.0
    upper_lid: float = 0.0
    lower_lid: float = 0.0
    nose: float = 0.0
    upper_lip: float = 0.0
    corners: float = 0.0
    stretch: float = 0.0
    press: float = 0.0
    parted: float = 0.0
    jaw: float = 0.0

    @property
    def smile(self) -> float:
        """How far the corners are up; 0 where they are not."""
        return max(self.corners, 0.0)

    @property
    def is_open(self) -> bool:
        """Whether the lips don't touch."""
        return bool(self.parted or self.jaw)


PROTOTYPES: dict[str, Muscles] = {
    "angry": Muscles(
        inner_brow=-1, outer_brow=0.15, frown=0.8, upper_lid=0.2, lower_lid=0.4, nose=0.6,
        corners=-0.75, stretch=-0.3, press=0.5,
    ),
    "disgust": Muscles(
        inner_brow=-0.8, outer_brow=-0.3, frown=0.5, upper_lid=-0.2, lower_lid=0.6, nose=1,
        upper_lip=0.95, corners=-0.65, parted=0.1,
    ),
    "fear": Muscles(
        inner_brow=1, outer_brow=-0.1, frown=0.4, upper_lid=1, lower_lid=0.5, corners=-0.6, stretch=0.25,
        parted=0.35, jaw=0.25,
    ),
    "happy": Muscles(
        inner_brow=0.1, outer_brow=0.1, lower_lid=0.5, upper_lip=0.2, corners=1, stretch=0.35, parted=0.6
    ),
    "neutral": Muscles(),
    "sad": Muscles(
        inner_brow=0.8, outer_brow=-0.5, frown=0.5, upper_lid=-0.4, lower_lid=0.2, corners=-0.8, stretch=-0.05
    ),
    "surprise": Muscles(inner_brow=0.9, outer_brow=0.9, upper_lid=1, stretch=-0.4, parted=0.3, jaw=1),
}  # fmt: skip


def draw_portrait(emotion: str, size: int = 240) -> np.ndarray:
    """A grey portrait cut as FER2013's faces are, uint8 (size, size); DataError for an emotion it has not."""
    if emotion not in PROTOTYPES:
        raise DataError(f"There is no portrait of {emotion!r}: take one of {', '.join(PROTOTYPES)}.")
    face, muscles = _Canvas(size), PROTOTYPES[emotion]
    _draw_head(face, muscles)
    _draw_nose(face, muscles)
    _draw_furrows(face, muscles)
    for side in _SIDES:
        _draw_eye(face, muscles, side)
        _draw_brow(face, muscles, side)
    _draw_mouth(face, muscles)
    return face.pixels()


class _Canvas:
    """Greys from 0 to 1 over a square from -1 to 1, x to the right and y down; lengths are half its side."""

    def __init__(self, size: int) -> None:
        places = (np.arange(size) + 0.5) / size * 2 - 1
        self.x, self.y = np.meshgrid(places, places)
        self.grey = 0.3 - 0.05 * (self.x + self.y)

    def cover(self, where: np.ndarray, grey: np.ndarray | float) -> None:
        self.grey = self.grey * (1 - where) + grey * where

    def darken(self, by: np.ndarray) -> None:
        self.grey = self.grey * (1 - np.clip(by, 0, 1))

    def lighten(self, by: np.ndarray) -> None:
        self.grey = self.grey + (1 - self.grey) * np.clip(by, 0, 1)

    def spot(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """1 at its middle, fading like a bell."""
        return np.exp(-(((self.x - x) / width) ** 2 + ((self.y - y) / height) ** 2) / 2)

    def line(self, along: np.ndarray | float, width: float) -> np.ndarray:
        """1 where y is ``along``, fading like a bell."""
        return np.exp(-(((self.y - along) / width) ** 2))

    def pixels(self) -> np.ndarray:
        grey = (255 * np.clip(self.grey, 0, 1)).astype(np.uint8)
        return cv2.GaussianBlur(grey, (0, 0), len(grey) / 300)


def _below(value: np.ndarray, edge: np.ndarray | float, softness: float) -> np.ndarray:
    """1 where ``value`` is less than ``edge``, 0 where it is more, with a soft step between."""
    return 1 / (1 + np.exp(np.clip((value - edge) / softness, -30, 30)))


def _draw_head(face: _Canvas, muscles: Muscles) -> None:
    x, y = face.x, face.y
    drop = 0.07 * muscles.jaw
    crown = _below(np.hypot(x / 0.93, (y + 0.22) / 0.93), 1, 0.015)
    face.cover(crown, _hair(face))
    face.cover(_below(np.abs(x), 0.42, 0.02) * _below(-y, -0.75, 0.02), 0.40)
    for side in _SIDES:
        face.cover(_below(np.hypot((x - side * 0.79) / 0.10, (y + 0.02) / 0.20), 1, 0.05), 0.50)
        face.darken(0.35 * face.spot(side * 0.80, -0.02, 0.035, 0.09))
    across = x / (0.76 * (1 - 0.2 * np.clip(y - 0.1, 0, None) ** 1.3))
    down = (y - 0.06 - drop) / (0.98 + drop)
    radius = np.hypot(across, down)
    towards_us = np.sqrt(np.clip(1 - radius**2, 0, 1))
    light = np.clip(0.82 * towards_us - 0.29 * across - 0.32 * down, 0, None)
    face.cover(_below(radius, 1, 0.012), 0.33 + 0.5 * light**0.9)
    face.lighten(0.12 * face.spot(-0.05, -0.48, 0.30, 0.12))
    for side in _SIDES:
        cheek = 0.13 * (1 + 0.9 * muscles.smile)
        face.lighten(cheek * face.spot(side * 0.40, _EYES_Y + 0.36 - 0.06 * muscles.smile, 0.15, 0.11))
    if (lifted := max(muscles.inner_brow, muscles.outer_brow)) > 0.5:
        reach = 0.42 if muscles.outer_brow > 0.5 else 0.2
        for height in (-0.36, -0.44):
            furrow = face.line(_EYES_Y + height + 0.03 * np.cos(6 * x), 0.014)
            face.darken(0.2 * lifted * furrow * _below(np.abs(x), reach, 0.05))
    fringe = -0.66 + 0.25 * x**2 + 0.03 * np.sin(9 * x + 1)
    face.cover(crown * _below(y, fringe, 0.035), _hair(face))


def _hair(face: _Canvas) -> np.ndarray:
    return _DARK + 0.02 * np.sin(55 * face.x + 12 * face.y) + 0.015 * np.sin(31 * face.x - 9 * face.y)


def _draw_nose(face: _Canvas, muscles: Muscles) -> None:
    nostrils = _NOSE_Y - 0.03 * muscles.nose - 0.02 * muscles.upper_lip
    face.lighten(0.20 * face.spot(-0.015, 0.05, 0.035, 0.20))
    face.lighten(0.16 * face.spot(-0.015, 0.255, 0.07, 0.05))
    face.darken(0.20 * face.spot(0.085, 0.10, 0.035, 0.20))
    face.darken(0.08 * face.spot(-0.10, 0.10, 0.035, 0.20))
    face.darken(0.22 * face.spot(0, nostrils + 0.035, 0.12, 0.02))
    for side in _SIDES:
        face.darken(0.75 * face.spot(side * 0.075, nostrils, 0.040, 0.018))
        face.darken(0.40 * face.spot(side * 0.165, nostrils - 0.04, 0.022, 0.05))


def _draw_furrows(face: _Canvas, muscles: Muscles) -> None:
    """Between the brows, over the nose, and from the nose to the corners of the mouth."""
    x, y = face.x, face.y
    for side in _SIDES:
        face.darken(0.55 * muscles.frown * face.spot(side * 0.045, _EYES_Y - 0.19, 0.013, 0.085))
    if muscles.inner_brow < 0:
        face.darken(0.22 * muscles.frown * face.spot(0, _EYES_Y - 0.10, 0.10, 0.03))
    for height in (0.01, 0.07, 0.13):
        wrinkle = face.line(_EYES_Y + height + 0.5 * np.abs(x), 0.016) * _below(np.abs(x), 0.12, 0.015)
        face.darken(0.35 * muscles.nose * wrinkle)
    deep = max(0.65 * muscles.smile, 0.8 * muscles.upper_lip, 0.5 * muscles.nose)
    down = np.clip((y - 0.26) / (_MOUTH_Y - 0.24), 0, 1)
    fold = 0.20 + (_mouth_width(muscles) - 0.12) * down**0.8
    for side in _SIDES:
        shown = np.exp(-(((side * x - fold) / 0.026) ** 2)) * _below(np.abs(y - 0.42), 0.15, 0.03)
        face.darken(0.36 * deep * shown)


def _draw_eye(face: _Canvas, muscles: Muscles, side: int) -> None:
    x, y, middle = face.x, face.y, side * _EYE_X
    tight, raised = muscles.lower_lid, max(muscles.upper_lid, 0.0)
    face.darken(0.30 * face.spot(middle, _EYES_Y - 0.10, 0.17, 0.09))
    face.darken(0.16 * face.spot(side * 0.17, _EYES_Y + 0.02, 0.06, 0.10))
    face.darken((0.08 + 0.14 * tight) * face.spot(middle, _EYES_Y + 0.15, 0.12, 0.035))
    outwards = (x - middle) / _EYE_WIDTH * side
    arch = np.clip(1 - outwards**2, 0, 1)
    level = _EYES_Y - 0.012 * outwards
    top = level - 0.075 * (1 + 0.75 * muscles.upper_lid) * (1 - 0.35 * tight) * arch**0.75
    bottom = level + 0.042 * (1 - 0.55 * tight) * (1 + 0.25 * raised) * arch**0.8
    ball = _below(top, y, 0.01) * _below(y, bottom, 0.01) * _below(np.abs(outwards), 1, 0.03)
    from_pupil = np.hypot(x - middle, y - _EYES_Y + 0.012)
    face.cover(ball, 0.80 - 0.12 * np.abs(outwards))
    face.cover(ball * _below(from_pupil, 0.072, 0.010), 0.20)
    face.cover(ball * _below(from_pupil, 0.033, 0.008), 0.04)
    face.cover(ball * _below(np.hypot(x - middle + 0.022, y - _EYES_Y + 0.035), 0.014, 0.006), 0.97)
    face.darken(0.35 * ball * face.line(top, 0.03))
    lid = _below(np.abs(outwards), 1.02, 0.04)
    face.darken(0.85 * lid * face.line(top - 0.004, 0.017))
    face.darken(0.40 * lid * face.line(bottom, 0.012))
    face.darken((0.38 - 0.19 * raised) * lid * face.line(top - 0.045 - 0.02 * raised, 0.013))
    for height in (-0.05, 0.0, 0.05):
        spread = height * (1 + 6 * (side * x - 0.52))
        foot = face.line(_EYES_Y + spread, 0.011) * _below(np.abs(side * x - 0.60), 0.06, 0.015)
        face.darken(0.4 * tight * muscles.smile * foot)


def _draw_brow(face: _Canvas, muscles: Muscles, side: int) -> None:
    along = (side * face.x - 0.12 + 0.06 * muscles.frown) / 0.47
    part = np.clip(along, 0, 1)
    inner = _EYES_Y - 0.235 - 0.115 * muscles.inner_brow
    outer = _EYES_Y - 0.215 - 0.10 * muscles.outer_brow
    slants = muscles.inner_brow > 0 and muscles.outer_brow < 0.3
    arc = 0.025 if slants else 0.055 + 0.03 * max(muscles.outer_brow, 0.0)
    middle = inner * (1 - part) + outer * part - 4 * arc * part * (1 - part)
    thick = 0.044 - 0.022 * part
    face.cover(
        0.92 * _below(np.abs(face.y - middle), thick, 0.012) * _below(np.abs(along - 0.5), 0.5, 0.03), _DARK
    )


def _mouth_width(muscles: Muscles) -> float:
    """Half of it."""
    return 0.30 * (1 + 0.35 * muscles.stretch + 0.12 * muscles.smile)


def _draw_mouth(face: _Canvas, muscles: Muscles) -> None:
    y, width = face.y, _mouth_width(muscles)
    outwards = np.abs(face.x / width)
    arch = np.clip(1 - outwards**2, 0, 1)
    rest, corners = _MOUTH_Y + 0.05 * muscles.jaw, -0.115 * muscles.corners
    middle = rest + corners * outwards**1.7 + 0.035 * muscles.corners
    gap = muscles.is_open * (0.045 * muscles.parted + 0.02 * muscles.upper_lip)
    upper = middle - gap * arch**0.6 - 0.05 * muscles.upper_lip * arch
    lower = middle + (0.075 * muscles.parted + 0.24 * muscles.jaw) * arch**0.7
    bow = 1 - 0.25 * np.exp(-((face.x / width / 0.16) ** 2))
    top = upper - 0.05 * (1 - 0.6 * muscles.press) * (1 - 0.3 * muscles.smile) * bow * arch**0.6
    bottom = lower + 0.07 * (1 - 0.5 * muscles.press) * (1 - 0.2 * muscles.smile) * arch**0.55
    inside = _below(outwards, 1, 0.03)
    lowest = float(bottom.max())
    face.cover(inside * _below(top, y, 0.012) * _below(y, bottom, 0.012), np.where(y < middle, 0.38, 0.47))
    if muscles.is_open:
        hole = inside * _below(upper, y, 0.008) * _below(y, lower, 0.008)
        face.cover(hole, 0.07)
        teeth = 0.085 * min(1.0, 1.3 * muscles.parted) * (1 - 0.5 * muscles.jaw) * arch**0.3
        face.cover(
            hole * _below(y, upper + teeth, 0.01) * _below(outwards, 0.92, 0.03), 0.88 - 0.25 * outwards**2
        )
    else:
        face.darken(0.55 * inside * face.line(middle, 0.013))
    for side in _SIDES:
        end = rest + corners + 0.035 * muscles.corners
        face.darken(0.45 * face.spot(side * 1.02 * width, end, 0.025, 0.02))
        face.darken(max(-0.25 * muscles.corners, 0) * face.spot(side * 1.08 * width, end + 0.09, 0.03, 0.05))
    face.darken(0.22 * face.spot(0, lowest + 0.045, 0.14, 0.025))
    face.lighten(0.10 * face.spot(-0.03, _MOUTH_Y + 0.27 + 0.056 * muscles.jaw, 0.13, 0.06))
