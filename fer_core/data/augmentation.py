"""Random changes of whole training batches, the same for every framework.

They run on uint8 pictures before a framework sees them (about 15 µs a picture on one core), with a
generator seeded by (seed, epoch), so that a resumed training draws what an uninterrupted one would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

import cv2
import numpy as np

from fer_core.errors import RecipeError, near_names, quoted

BORDERS = {"nearest": cv2.BORDER_REPLICATE, "black": cv2.BORDER_CONSTANT, "reflect": cv2.BORDER_REFLECT_101}

#: No change of a picture is larger, degrees included.
_LARGEST = 360


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a training picture; the defaults change nothing.

    Attributes:
        rotation: largest angle, degrees to either side.
        zoom: largest relative change of size; each axis is drawn from [1 - zoom, 1 + zoom].
        shift: largest translation on each axis, as a fraction of the side.
        shear_degrees: largest angle of the shear, degrees to either side.
        shear: the same as a tangent, as recipes had it before ``shear_degrees``; not both.
        horizontal_flip: mirror every second picture, on average.
        brightness: largest relative change of brightness.
        contrast: largest relative change of contrast about the picture's mean.
        cutout: side of one square set to mid-grey, as a fraction of the side (0 for none).
        probability: chance that each kind of change is applied to a picture.
        fill: what lies outside the picture: ``nearest``, ``reflect`` or ``black``.
    """

    rotation: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    shear: float = 0.0
    horizontal_flip: bool = False
    brightness: float = 0.0
    contrast: float = 0.0
    cutout: float = 0.0
    probability: float = 1.0
    fill: str = "nearest"
    shear_degrees: float = field(default=0.0, metadata={"later": True})

    @classmethod
    def from_recipe(cls, settings: dict) -> Augmentation:
        """Read the recipe's ``data.augmentation``; RecipeError names a wrong key or value."""
        known = {spec.name: type(spec.default) for spec in fields(cls)}
        for key, value in settings.items():
            if key not in known:
                raise RecipeError(
                    f"data.augmentation has no setting {quoted(key)}{near_names(str(key)[:80], known)}"
                )
            if known[key] is float and (
                isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST
            ):
                raise RecipeError(
                    f"data.augmentation.{key} is {quoted(value)}; it must be a number between 0 and {_LARGEST}."
                )
            if known[key] is bool and not isinstance(value, bool):
                raise RecipeError(f"data.augmentation.{key} is {quoted(value)}; it must be true or false.")
        augmentation = cls(**settings)
        if not isinstance(augmentation.fill, str) or augmentation.fill not in BORDERS:
            raise RecipeError(
                f"data.augmentation.fill is {quoted(augmentation.fill)}; choose {', '.join(BORDERS)}."
            )
        if augmentation.shear and augmentation.shear_degrees:
            raise RecipeError("data.augmentation has shear and shear_degrees: keep one of them.")
        for key, limit in {"probability": 1.0, "zoom": 0.95, "cutout": 1.0, "shear_degrees": 80.0}.items():
            if getattr(augmentation, key) > limit:
                raise RecipeError(
                    f"data.augmentation.{key} is {getattr(augmentation, key)}; at most {limit} works."
                )
        return augmentation

    @property
    def changes_nothing(self) -> bool:
        return self == Augmentation(probability=self.probability, fill=self.fill)


def augment(faces: np.ndarray, augmentation: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Randomly changed copies of ``faces``.

    Args:
        faces: uint8 (N, H, W).
        augmentation: what may happen.
        rng: the source of chance; the same state gives the same pictures.

    Returns:
        uint8 (N, H, W), new memory.
    """
    if augmentation.changes_nothing:
        return faces.copy()
    count, height, width = faces.shape
    result = np.empty_like(faces)
    border = BORDERS[augmentation.fill]
    for row, matrix in enumerate(_affine_matrices(count, height, width, augmentation, rng)):
        result[row] = cv2.warpAffine(
            faces[row], matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border
        )
    _change_light(result, augmentation, rng)
    _cut_out(result, augmentation, rng)
    return result


def _affine_matrices(
    count: int, height: int, width: int, augmentation: Augmentation, rng: np.random.Generator
) -> np.ndarray:
    """(N, 2, 3) maps about the picture's centre: zoom, shear, rotate, flip, then shift."""

    def draw(limit: float) -> np.ndarray:
        return rng.uniform(-limit, limit, count) * (rng.random(count) < augmentation.probability)

    angle = np.radians(draw(augmentation.rotation))
    zoom_x, zoom_y = 1 + draw(augmentation.zoom), 1 + draw(augmentation.zoom)
    degrees = augmentation.shear_degrees
    shear = np.tan(np.radians(draw(degrees))) if degrees else draw(augmentation.shear)
    flip = 1 - 2.0 * (augmentation.horizontal_flip & (rng.random(count) < 0.5))
    cosine, sine = np.cos(angle), np.sin(angle)
    linear = np.empty((count, 2, 2))
    linear[:, 0, 0] = flip * zoom_x * cosine
    linear[:, 0, 1] = zoom_y * (shear * cosine - sine)
    linear[:, 1, 0] = flip * zoom_x * sine
    linear[:, 1, 1] = zoom_y * (shear * sine + cosine)
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = np.stack([draw(augmentation.shift) * width, draw(augmentation.shift) * height], axis=1)
    offset = centre + shift - linear @ centre
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def _change_light(faces: np.ndarray, augmentation: Augmentation, rng: np.random.Generator) -> None:
    """Contrast about each picture's mean, then brightness, in place."""
    if not augmentation.brightness and not augmentation.contrast:
        return
    count = len(faces)
    chosen = rng.random((2, count)) < augmentation.probability
    contrast = 1 + chosen[0] * rng.uniform(-augmentation.contrast, augmentation.contrast, count)
    brightness = 1 + chosen[1] * rng.uniform(-augmentation.brightness, augmentation.brightness, count)
    values = faces.astype(np.float32)
    mean = values.mean(axis=(1, 2), keepdims=True)
    values = ((values - mean) * contrast[:, None, None] + mean) * brightness[:, None, None]
    np.clip(values + 0.5, 0, 255, out=values)
    faces[:] = values.astype(np.uint8)


def _cut_out(faces: np.ndarray, augmentation: Augmentation, rng: np.random.Generator) -> None:
    """One mid-grey square somewhere in each chosen picture (DeVries & Taylor 2017), in place."""
    if not augmentation.cutout:
        return
    count, height, width = faces.shape
    side = math.ceil(augmentation.cutout * min(height, width))
    tops = rng.integers(0, height - side + 1, count)
    lefts = rng.integers(0, width - side + 1, count)
    for row in np.flatnonzero(rng.random(count) < augmentation.probability):
        faces[row, tops[row] : tops[row] + side, lefts[row] : lefts[row] + side] = 128


def zoomed_in(faces: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """``faces`` uint8 (N, H, W), each enlarged about its centre by its factor (N,) of 1 or more, same size."""
    _, height, width = faces.shape
    result = np.empty_like(faces)
    for row, factor in enumerate(factors):
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, float(factor))
        result[row] = cv2.warpAffine(faces[row], matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return result
