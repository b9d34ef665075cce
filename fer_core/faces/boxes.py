"""A picture with its faces boxed and numbered."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fer_core.faces.finders import FoundFace

#: The longer side, in pixels, of a picture as it is shown.
SHOWN_SIDE = 1000
_BOX = (47, 111, 222)
_WHITE = (255, 255, 255)


def boxed(pixels: np.ndarray, faces: Sequence[FoundFace], unanswered: Sequence[FoundFace] = ()) -> np.ndarray:
    """A copy of ``pixels`` (uint8 RGB), its long side at most SHOWN_SIDE.

    ``faces`` are boxed and numbered from 1, ``unanswered`` ones boxed; the box of a doubtful face is dashed, and one
    that was drawn by hand says so.
    """
    scale = min(1.0, SHOWN_SIDE / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    shown = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    line = max(2, max(size) // 250)
    for number, face in enumerate([*faces, *unanswered], start=1):
        x, y, width, height = (round(value * scale) for value in face.box)
        outline = _outline if face.sure else _dashed
        outline(shown, (x, y, x + width, y + height), line)
        if number <= len(faces):
            _number(
                shown,
                f"{number} by hand" if face.by_hand else str(number),
                x,
                y,
                max(0.5, max(size) / 900),
                line,
            )
    return shown


def _outline(shown: np.ndarray, corners: tuple[int, int, int, int], line: int) -> None:
    left, top, right, bottom = corners
    for colour, width in ((_WHITE, line + 2), (_BOX, line)):
        cv2.rectangle(shown, (left, top), (right, bottom), colour, width, cv2.LINE_AA)


def _dashed(shown: np.ndarray, corners: tuple[int, int, int, int], line: int) -> None:
    left, top, right, bottom = corners
    dashes = 7  # a side, with as many gaps but one
    for colour, width in ((_WHITE, line + 2), (_BOX, line)):
        for part in range(dashes):
            start, end = (np.array([2 * part, 2 * part + 1]) / (2 * dashes - 1)).tolist()
            x, to_x = (round(left + (right - left) * at) for at in (start, end))
            y, to_y = (round(top + (bottom - top) * at) for at in (start, end))
            for one, other in (
                ((x, top), (to_x, top)), ((x, bottom), (to_x, bottom)),
                ((left, y), (left, to_y)), ((right, y), (right, to_y)),
            ):  # fmt: skip
                cv2.line(shown, one, other, colour, width, cv2.LINE_AA)


def _number(shown: np.ndarray, text: str, x: int, y: int, scale: float, line: int) -> None:
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    top = max(0, y - height - 2 * below)  # above the box, so that it hides no face, where there is room
    cv2.rectangle(shown, (x, top), (x + width + 2 * below, top + height + 2 * below), _BOX, cv2.FILLED)
    place = (x + below, top + height + below)
    cv2.putText(shown, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, _WHITE, line, cv2.LINE_AA)
