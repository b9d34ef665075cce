"""What is known about a frame, drawn on it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.faces.finders import Box
from fer_core.live.engine import LiveFrame
from fer_core.live.tracking import TrackedFace

#: RGB of boxes and label plates: far from grey, skin and most rooms.
OVERLAY_COLOUR = (0, 255, 130)

_INK = (0, 30, 15)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_frame(
    rgb: np.ndarray, frame: LiveFrame, *, labels: bool = True, mirrored: bool = False
) -> np.ndarray:
    """A copy of ``rgb`` uint8 (H, W, 3) with every face boxed and numbered: ``"face 1"``.

    With ``labels`` each number is followed by the emotion that most models name and how many of them do:
    ``"face 1: happy, 5 of 8"``. Where it is ``mirrored``, the words are not.
    """
    drawn = np.ascontiguousarray(rgb[:, ::-1]) if mirrored else rgb.copy()
    line = max(2, round(max(rgb.shape[:2]) / 320))
    for row, face in enumerate(frame.faces):
        box = _mirrored(face.box, rgb.shape[1]) if mirrored else face.box
        x, y, width, height = box
        cv2.rectangle(drawn, (x, y), (x + width, y + height), _INK, line + 2, cv2.LINE_AA)
        cv2.rectangle(drawn, (x, y), (x + width, y + height), OVERLAY_COLOUR, line, cv2.LINE_AA)
        _write(drawn, _label(face, row, frame.probs if labels else {}), box, line)
    return drawn


def majority(probs: Mapping[str, np.ndarray], row: int) -> tuple[str, int]:
    """The emotion that most models name for face ``row``, and how many do.

    ``probs`` is variant id -> float32 (faces, 7) and not empty. Of equals, the one with the higher mean
    probability, as in :func:`fer_core.answers.agreement`.
    """
    answers = np.stack([rows[row] for rows in probs.values()])
    votes = np.bincount(answers.argmax(axis=1), minlength=len(EMOTIONS))
    winner = int(np.lexsort((answers.mean(axis=0), votes))[-1])
    return EMOTIONS[winner], int(votes[winner])


def _mirrored(box: Box, width: int) -> Box:
    """Where the box lies in the mirrored frame, which is ``width`` pixels wide."""
    x, y, side, height = box
    return width - x - side, y, side, height


def _label(face: TrackedFace, row: int, probs: Mapping[str, np.ndarray]) -> str:
    if not probs:
        return f"face {face.number}"
    emotion, votes = majority(probs, row)
    return f"face {face.number}: {emotion}, {votes} of {len(probs)}"


def _write(drawn: np.ndarray, text: str, box: Box, line: int) -> None:
    """The text on a plate above the face's box, or where there is room."""
    scale = max(0.45, max(drawn.shape[:2]) / 1100)
    stroke = max(1, line - 1)
    (width, height), below = cv2.getTextSize(text, _FONT, scale, stroke)
    plate_width, plate_height = width + 2 * below, height + 2 * below
    x, y, _, side = box
    top = y - plate_height if y >= plate_height else y + side
    left = int(np.clip(x, 0, max(0, drawn.shape[1] - plate_width)))
    top = int(np.clip(top, 0, max(0, drawn.shape[0] - plate_height)))
    cv2.rectangle(drawn, (left, top), (left + plate_width, top + plate_height), OVERLAY_COLOUR, cv2.FILLED)
    place = (left + below, top + plate_height - round(1.4 * below))
    cv2.putText(drawn, text, place, _FONT, scale, _INK, stroke, cv2.LINE_AA)
