"""Heat maps as pictures: laid over the face they speak of, and the scale of their colours."""

from __future__ import annotations

import cv2
import numpy as np

from fer_core.data.sources import FACE_SIZE
from fer_core.evaluation.regions import REGIONS

#: Dark violet to yellow: equal steps look equal, in grey and to every kind of eye as well.
_COLOURS = cv2.COLORMAP_INFERNO
_STRONGEST = 0.8
_GREY = 128
_DARK, _LIGHT = (20, 20, 20), (255, 255, 255)


def overlaid(face: np.ndarray, heat: np.ndarray, side: int = 240) -> np.ndarray:
    """A face under its map: uint8 RGB (side, side, 3).

    ``face`` is uint8 (S, S) grey or (S, S, 3) RGB, ``heat`` float (48, 48), 0–1. The stronger a place, the more
    of its colour and the less of the face is seen.
    """
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_LINEAR)
    strength = cv2.resize(heat.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return _tinted(large, strength)


def over_boxes(heat: np.ndarray, side: int = 240) -> np.ndarray:
    """A map of many faces (float (h, w), 0–1) over middle grey, with the boxes of a face's parts: uint8 RGB
    (side, side, 3)."""
    shown = overlaid(np.full((FACE_SIZE, FACE_SIZE), _GREY, np.uint8), heat, side)
    for boxes in REGIONS.values():
        for box in boxes:
            left, top, right, bottom = (round(edge * side / FACE_SIZE) for edge in box)
            cv2.rectangle(shown, (left, top), (right - 1, bottom - 1), _DARK, 1)
            cv2.rectangle(shown, (left + 1, top + 1), (right - 2, bottom - 2), _LIGHT, 1)
    return shown


def scale(width: int = 240, height: int = 14) -> np.ndarray:
    """The colours over middle grey from 0 (left) to 1 (right): uint8 RGB (height, width, 3)."""
    strength = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    return _tinted(np.full((height, width), _GREY, np.uint8), strength)


def _tinted(face: np.ndarray, strength: np.ndarray) -> np.ndarray:
    strength = strength.clip(0, 1)
    colours = cv2.applyColorMap(np.rint(255 * strength).astype(np.uint8), _COLOURS)
    colours = cv2.cvtColor(colours, cv2.COLOR_BGR2RGB).astype(np.float32)
    share = (_STRONGEST * strength)[..., None]
    mixed = (1 - share) * (face if face.ndim == 3 else face[..., None]) + share * colours
    return np.rint(mixed).astype(np.uint8)
