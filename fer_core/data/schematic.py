"""Parametric cartoon faces: a small labelled data set that the project draws itself.

They let every part run (import, training, export, pages, tests) where FER2013 is not at hand. They
are drawings, not people; no figure made on them says anything about real faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.data.split import Dataset, Split, SplitName
from fer_core.data.store import build_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError

#: Drawn at this multiple of the wanted size and then reduced, so that lines come out smooth.
OVERSAMPLING = 4


@dataclass(frozen=True)
class Expression:
    """How one emotion is drawn; lengths in face radii, positive is down.

    Attributes:
        mouth_curve: depth of the mouth's arc; positive smiles.
        mouth_open: half height of an open mouth; 0 draws a line.
        mouth_width: half width.
        brow_tilt: height of the brows' inner ends; positive is lowered (a frown).
        brow_lift: height of the brows above the eyes.
        eye_open: half height of the eyes.
        nose_wrinkle: whether lines stand beside the nose.
    """

    mouth_curve: float
    mouth_open: float
    mouth_width: float
    brow_tilt: float
    brow_lift: float
    eye_open: float
    nose_wrinkle: bool = False


EXPRESSIONS: dict[str, Expression] = {
    "angry": Expression(-0.10, 0.0, 0.30, 0.16, 0.20, 0.08),
    "disgust": Expression(-0.12, 0.07, 0.24, 0.10, 0.18, 0.05, nose_wrinkle=True),
    "fear": Expression(-0.06, 0.12, 0.26, -0.12, 0.34, 0.16),
    "happy": Expression(0.22, 0.06, 0.36, -0.02, 0.28, 0.08),
    "neutral": Expression(0.0, 0.0, 0.28, 0.0, 0.25, 0.10),
    "sad": Expression(-0.16, 0.0, 0.26, -0.14, 0.26, 0.07),
    "surprise": Expression(0.0, 0.20, 0.16, -0.03, 0.38, 0.17),
}


def draw_face(emotion: str, rng: np.random.Generator, size: int = 48) -> np.ndarray:
    """One grey cartoon face, uint8 (size, size); position, light, skin and strength vary with ``rng``."""
    side = size * OVERSAMPLING
    background, skin = rng.uniform(20, 120), rng.uniform(150, 240)
    ink = int(skin * rng.uniform(0.15, 0.35))
    canvas = np.full((side, side), background, np.uint8)
    radius = side * rng.uniform(0.40, 0.46)
    centre = np.array([side / 2, side / 2]) + rng.uniform(-0.03, 0.03, 2) * side
    cv2.ellipse(
        canvas, _point(centre), _point((radius * 0.86, radius)), 0, 0, 360, int(skin), -1, cv2.LINE_AA
    )
    _draw_features(canvas, centre, radius, _varied(EXPRESSIONS[emotion], rng), ink)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-6, 6), 1.0)
    canvas = cv2.warpAffine(canvas, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    face = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    noise = rng.normal(0, rng.uniform(1, 6), face.shape)
    return np.clip(face + noise, 0, 255).astype(np.uint8)


def draw_faces(count: int, seed: int) -> Split:
    """``count`` labelled faces, the emotions in turn; the same seed draws the same faces."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % len(EMOTIONS)
    faces = np.stack([draw_face(EMOTIONS[label], rng) for label in labels])
    names = np.array([f"schematic_{seed}_{row:05d}" for row in range(count)], np.str_)
    return Split(faces, labels, names)


def schematic_dataset(training: int = 1400, testing: int = 350, seed: int = 0) -> Dataset:
    """A whole data set of drawn faces with the three splits of FER2013; DataError below 7 faces a split."""
    if min(training, testing) < len(EMOTIONS):
        raise DataError(f"A split needs at least {len(EMOTIONS)} faces, one of each emotion.")
    splits = {
        SplitName.TRAINING: draw_faces(training, seed),
        SplitName.PUBLIC_TEST: draw_faces(testing, seed + 1),
        SplitName.PRIVATE_TEST: draw_faces(testing, seed + 2),
    }
    return build_dataset(splits, f"schematic faces, seed {seed}")


def _varied(expression: Expression, rng: np.random.Generator) -> Expression:
    strength = rng.uniform(0.75, 1.15)

    def near(value: float) -> float:
        return value * strength + rng.normal(0, 0.012)

    return Expression(
        near(expression.mouth_curve),
        expression.mouth_open * strength,
        expression.mouth_width * rng.uniform(0.9, 1.1),
        near(expression.brow_tilt),
        expression.brow_lift * rng.uniform(0.95, 1.05),
        expression.eye_open * rng.uniform(0.9, 1.1),
        expression.nose_wrinkle,
    )


def _draw_features(canvas: np.ndarray, centre: np.ndarray, radius: float, face: Expression, ink: int) -> None:
    stroke = max(2, int(radius * 0.055))

    def at(x: float, y: float) -> tuple[int, int]:
        return _point(centre + radius * np.array([x, y]))

    for sign in (-1, 1):
        eye = at(sign * 0.34, -0.18)
        cv2.ellipse(
            canvas, eye, _point((radius * 0.11, radius * face.eye_open)), 0, 0, 360, ink, -1, cv2.LINE_AA
        )
        brow = -0.18 - face.brow_lift
        inner, outer = at(sign * 0.16, brow + face.brow_tilt), at(sign * 0.52, brow - face.brow_tilt * 0.4)
        cv2.line(canvas, inner, outer, ink, stroke, cv2.LINE_AA)
        if face.nose_wrinkle:
            cv2.line(canvas, at(sign * 0.10, 0.02), at(sign * 0.22, 0.12), ink, stroke, cv2.LINE_AA)
    cv2.line(canvas, at(0, -0.02), at(0, 0.14), ink, stroke, cv2.LINE_AA)
    across = np.linspace(-1, 1, 25)
    lips = 0.45 + face.mouth_curve * (1 - across**2) - face.mouth_curve / 2
    gap = face.mouth_open * np.sqrt(1 - across**2)
    upper = [at(x * face.mouth_width, y) for x, y in zip(across, lips - gap, strict=True)]
    lower = [at(x * face.mouth_width, y) for x, y in zip(across, lips + gap, strict=True)]
    if face.mouth_open:
        cv2.fillPoly(canvas, [np.array(upper + lower[::-1])], ink, cv2.LINE_AA)
    cv2.polylines(canvas, [np.array(upper)], False, ink, stroke, cv2.LINE_AA)


def _point(values: np.ndarray | tuple[float, float]) -> tuple[int, int]:
    return round(float(values[0])), round(float(values[1]))
