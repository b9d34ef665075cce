"""The drawn sample, and faces as the models see them."""

from __future__ import annotations

import zlib

import cv2
import numpy as np

from fer_core.data.schematic import draw_face


def drawn_sample(emotion: str) -> bytes:
    """A cartoon face of that emotion as a PNG of 48 x 48 pixels; always the same one."""
    face = draw_face(emotion, np.random.default_rng(zlib.crc32(emotion.encode())))
    return cv2.imencode(".png", face)[1].tobytes()


def enlarged(crop: np.ndarray, side: int = 240) -> np.ndarray:
    """A face as the models see it, its pixels visible."""
    return cv2.resize(crop, (side, side), interpolation=cv2.INTER_NEAREST)
