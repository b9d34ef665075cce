"""What may happen to a face between people and classifier: blur, noise, masks, bad light, careless crops.

Two sets. The *suite* puts every test face through each distortion at five severities, as Hendrycks and Dietterich
(2019, "Benchmarking neural network robustness to common corruptions") do for ImageNet. The *report's* set is
what the cos429 report did: five distortions, each on a fifth of the test faces, at one severity.

All functions take and return uint8 (N, S, S) grey or (N, S, S, 3) RGB and leave their input as it is; chance comes
from a generator seeded by (seed, distortion, severity), so a figure can be computed again. Levels are those of a face
that is 48 pixels wide: on larger pictures blurs, masks and moves grow with the side, and noise, alike in all colours,
is drawn for 48 x 48 places and enlarged, so that the same harm is done to a face in whatever size a model takes it.
JPEG alone works on the pixels that there are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.errors import DataError, near_names

SEVERITIES = (1, 2, 3, 4, 5)
#: The row of an untouched test set.
NONE = "none"

Change = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Distortion:
    """One kind of damage: its ``title``, what its level counts (``unit``), and the level of each severity."""

    title: str
    unit: str
    levels: tuple[float, ...]
    change: Change


def distort(faces: np.ndarray, name: str, severity: int, seed: int = 0) -> np.ndarray:
    """``faces`` uint8 (N, S, S) or (N, S, S, 3) after the distortion ``name`` at ``severity``, in new memory.

    ``severity`` is 1–5, or 1 alone for the report's distortions. DataError names the near distortions.
    """
    distortion = _known(name, severity)
    rng = np.random.default_rng((seed, zlib.crc32(name.encode()), severity))
    return distortion.change(faces, distortion.levels[severity - 1], rng)


def distort_each(faces: np.ndarray, name: str, severity: int, first: int = 0, seed: int = 0) -> np.ndarray:
    """The same, but that chance is drawn for each face by itself, from its number; ``first`` is that of the first one.

    So parts of a set give what the whole does, and a face has the same harm done to it in every size and colour.
    """
    distortion, kind = _known(name, severity), zlib.crc32(name.encode())
    result = np.empty_like(faces)
    for row in range(len(faces)):
        rng = np.random.default_rng((seed, kind, severity, first + row))
        result[row] = distortion.change(faces[row : row + 1], distortion.levels[severity - 1], rng)[0]
    return result


def _known(name: str, severity: int) -> Distortion:
    """DataError for one that there is not."""
    known = SUITE | REPORT
    if name not in known:
        raise DataError(f"There is no distortion {name!r}{near_names(name, known)}")
    distortion = known[name]
    if severity not in range(1, len(distortion.levels) + 1):
        raise DataError(f"{name} has the severities 1 to {len(distortion.levels)}, not {severity}.")
    return distortion


def _each(change: Callable[[np.ndarray, float], np.ndarray]) -> Change:
    """A change without chance, made picture by picture."""

    def changed(faces: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        result = np.empty_like(faces)
        for row, face in enumerate(faces):
            result[row] = change(face, level)
        return result

    return changed


def _blur(face: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(face, (0, 0), sigma * _scale(face))


def _kernel_blur(face: np.ndarray, kernel: float) -> np.ndarray:
    side = 2 * round((kernel * _scale(face) - 1) / 2) + 1  # a kernel's side is odd
    return cv2.GaussianBlur(face, (side, side), 0)  # OpenCV's own sigma for that kernel


def _jpeg(face: np.ndarray, quality: float) -> np.ndarray:
    _, data = cv2.imencode(".jpg", _reversed(face), [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return _reversed(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))


def _reversed(face: np.ndarray) -> np.ndarray:
    """RGB as OpenCV's BGR, and the other way; grey as it is."""
    return np.ascontiguousarray(face[..., ::-1]) if face.ndim == 3 else face


def _reduce(face: np.ndarray, side: float) -> np.ndarray:
    small = cv2.resize(face, (int(side), int(side)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, face.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _contrast(face: np.ndarray, factor: float) -> np.ndarray:
    mean = face.mean()
    return _pixels((face - mean) * factor + mean)


def _noise(faces: np.ndarray, sd: float, rng: np.random.Generator) -> np.ndarray:
    return _pixels(faces + _enlarged(rng.normal(0, sd, _places(faces)), faces))


def _speckle(faces: np.ndarray, sd: float, rng: np.random.Generator) -> np.ndarray:
    return _pixels(faces * (1 + _enlarged(rng.normal(0, sd, _places(faces)), faces)))


def _salt_pepper(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    drawn = _enlarged(rng.random(_places(faces)), faces)
    return np.where(drawn < share / 2, 255, np.where(drawn > 1 - share / 2, 0, faces)).astype(np.uint8)


def _report_salt_pepper(faces: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    """30 to ``most`` places white, then as many drawn anew black, in each picture."""
    drawn = np.full(_places(faces), _LEFT).reshape(len(faces), -1)
    for places in drawn:
        for colour in (255, 0):
            count = rng.integers(_REPORT_FEWEST, int(most) + 1)
            places[rng.choice(places.size, count, replace=False)] = colour
    colours = _enlarged(drawn.reshape(_places(faces)), faces)
    return np.where(colours == _LEFT, faces, colours).astype(np.uint8)


def _brightness(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Every second picture, drawn, brighter by ``share`` of the way to white; the others as much darker."""
    result = np.empty_like(faces)
    for row, (face, brighter) in enumerate(zip(faces, rng.random(len(faces)) < 0.5, strict=True)):
        target = 255.0 if brighter else 0.0
        result[row] = _pixels(face + share * (target - face))
    return result


def _turn(faces: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    signs = rng.choice((-1.0, 1.0), len(faces))
    return np.stack([_warped(face, angle=degrees * sign) for face, sign in zip(faces, signs, strict=True)])


def _shift(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """As a detector errs: the crop lies ``share`` of the side away in a drawn direction, and is as much larger."""
    angles = rng.uniform(0, 2 * np.pi, len(faces))
    reach = share * faces.shape[1]
    return np.stack(
        [
            _warped(face, scale=1 - share, move=(reach * np.cos(angle), reach * np.sin(angle)))
            for face, angle in zip(faces, angles, strict=True)
        ]
    )


def _quarter(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A square of ``share`` of the picture's area, black, at a drawn place."""
    side = round(_SIDE * share**0.5)
    result = faces.copy()
    for face in result:
        top, left = rng.integers(0, _SIDE - side + 1, 2)
        up, down, start, end = (round(place * _scale(face)) for place in (top, top + side, left, left + side))
        face[up:down, start:end] = 0
    return result


def _report_quarter(faces: np.ndarray, _: float, rng: np.random.Generator) -> np.ndarray:
    """One of the picture's four quarters, drawn, black."""
    half = faces.shape[1] // 2
    result = faces.copy()
    for face, corner in zip(result, rng.integers(0, 4, len(faces)), strict=True):
        top, left = half * (corner // 2), half * (corner % 2)
        face[top : top + half, left : left + half] = 0
    return result


def _mask(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A cloth over mouth and chin: the lower ``share`` of the picture in the grey of a surgical mask."""
    result = faces.copy()
    side = faces.shape[1]
    top, beside = round(side * (1 - share)), round(4 * side / _SIDE)
    result[:, top:, beside : side - beside] = _CLOTH
    return result


def _glasses(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Two round lenses and a bridge over the eyes, ``share`` of the way from clear to black."""
    lenses, scale = np.zeros(faces.shape[1:3], np.uint8), faces.shape[1] / _SIDE
    for across in (15, 33):
        cv2.circle(lenses, (round(across * scale), round(18 * scale)), round(8 * scale), 255, -1)
    height = round(17 * scale)
    cv2.line(lenses, (round(22 * scale), height), (round(26 * scale), height), 255, max(1, round(2 * scale)))
    return _pixels(faces * (1 - share * _enlarged(lenses[None] > 0, faces)))


def _warped(
    face: np.ndarray, angle: float = 0.0, scale: float = 1.0, move: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    side = face.shape[0]
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), angle, scale)
    matrix[:, 2] += move
    return cv2.warpAffine(face, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)


def _scale(face: np.ndarray) -> float:
    """How much larger a picture is than those that levels are defined for."""
    return face.shape[0] / _SIDE


def _places(faces: np.ndarray) -> tuple[int, int, int]:
    """So many places are drawn for."""
    return (len(faces), _SIDE, _SIDE)


def _enlarged(drawn: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """What was drawn for places, (N, h, h) or (1, h, h), for each pixel of ``faces``, alike in all colours."""
    side = faces.shape[1]
    rows = np.arange(side) * drawn.shape[1] // side
    found = drawn if side == drawn.shape[1] else drawn[:, rows[:, None], rows]
    return found[..., None] if faces.ndim == 4 else found


def _pixels(values: np.ndarray) -> np.ndarray:
    return values.round().clip(0, 255).astype(np.uint8)


#: Levels are defined for faces of so many pixels a side.
_SIDE = 48
_LEFT = -1  # as it is
_CLOTH = 200
_REPORT_FEWEST = 30  # pixels

#: Over all test faces at five severities.
SUITE: dict[str, Distortion] = {
    "gaussian_blur": Distortion("Gaussian blur", "sd of the blur, pixels", (0.6, 1.0, 1.5, 2.2, 3.2), _each(_blur)),
    "gaussian_noise": Distortion("Gaussian noise", "sd, grey levels of 255", (6, 12, 20, 32, 48), _noise),
    "salt_pepper": Distortion("Salt and pepper", "share of pixels", (0.01, 0.03, 0.06, 0.12, 0.2), _salt_pepper),
    "speckle": Distortion("Speckle", "sd, share of the pixel", (0.08, 0.15, 0.25, 0.4, 0.6), _speckle),
    "occlusion": Distortion("Occlusion", "share of the picture black", (0.04, 0.08, 0.14, 0.2, 0.25), _quarter),
    "mask": Distortion("Mask over the mouth", "share of the height", (0.15, 0.22, 0.29, 0.36, 0.43), _mask),
    "glasses": Distortion("Dark glasses", "darkness of the lenses", (0.2, 0.4, 0.6, 0.8, 1.0), _glasses),
    "jpeg": Distortion("JPEG", "quality", (50, 30, 18, 10, 5), _each(_jpeg)),
    "brightness": Distortion("Brightness", "way to white or black", (0.15, 0.3, 0.45, 0.6, 0.75), _brightness),
    "contrast": Distortion("Contrast", "contrast left", (0.7, 0.5, 0.35, 0.2, 0.1), _each(_contrast)),
    "low_resolution": Distortion("Low resolution", "pixels a side", (32, 24, 18, 14, 10), _each(_reduce)),
    "rotation": Distortion("Rotation", "degrees", (8, 16, 24, 34, 45), _turn),
    "crop_shift": Distortion("Careless crop", "share of the side", (0.05, 0.1, 0.15, 0.2, 0.25), _shift),
}  # fmt: skip

#: The cos429 report's own, each on a fifth of the test faces. It prints no strength for speckle: that is ours.
REPORT: dict[str, Distortion] = {
    "report_blur": Distortion("Gaussian blur, kernel 7", "kernel, pixels", (7,), _each(_kernel_blur)),
    "report_noise": Distortion("Gaussian noise, variance 4", "sd, grey levels", (2.0,), _noise),
    "report_salt_pepper": Distortion("Salt and pepper, 30–500 each", "most pixels", (500,), _report_salt_pepper),
    "report_speckle": Distortion("Speckle", "sd, share of the pixel", (1.0,), _speckle),
    "report_occlusion": Distortion("A random quarter black", "share", (0.25,), _report_quarter),
}  # fmt: skip
