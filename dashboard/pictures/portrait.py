"""The drawn sample, and faces as the models see them."""

from __future__ import annotations

import cv2
import numpy as np

from fer_core.data.portraits import draw_portrait

SIDE = 240


def drawn_sample(emotion: str) -> bytes:
    """The drawn portrait of that emotion as a PNG of SIDE x SIDE pixels."""
    return cv2.imencode(".png", draw_portrait(emotion, SIDE))[1].tobytes()


def enlarged(crop: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A face as the models see it, its pixels visible."""
    return cv2.resize(crop, (side, side), interpolation=cv2.INTER_NEAREST)
