"""A camera made of a file: real or drawn faces that move over grey."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np

from fer_core.data.schematic import draw_faces
from fer_core.faces.finders import HaarFinder
from tests.conftest import ARCHIVE

WIDTH, HEIGHT, FRAMES_PER_S = 640, 480, 15
GREY = 128
SIDE = 220


def faces_to_film(request, count: int = 3) -> np.ndarray:
    """uint8 (count, 48, 48): of FER2013 where ``FER_TEST_ARCHIVE`` names it, else drawn; all can be found."""
    if os.environ.get(ARCHIVE):
        candidates = request.getfixturevalue("fer2013").split("PrivateTest").faces
    else:
        candidates = draw_faces(40, seed=7).faces
    return findable(candidates, count)


def findable(candidates: np.ndarray, count: int) -> np.ndarray:
    """The first ``count`` of uint8 (N, 48, 48) that the detector finds in a film."""
    finder, found = HaarFinder(), []
    for face in candidates:
        if len(finder.find(_placed(face, 0.5))) == 1:
            found.append(face)
        if len(found) == count:
            return np.stack(found)
    raise RuntimeError("the detector finds too few of the faces")


def frames(faces: np.ndarray, seconds: float = 6.0) -> list[np.ndarray]:
    """uint8 (480, 640, 3) pictures: each face of (N, 48, 48) in turn, together from side to side and back."""
    count = round(seconds * FRAMES_PER_S)
    ways = (1 - np.cos(2 * np.pi * np.arange(count) / count)) / 2
    return [_placed(faces[number * len(faces) // count], way) for number, way in enumerate(ways)]


def film(pictures: list[np.ndarray], path: Path) -> Path:
    """Write uint8 (480, 640, 3) pictures to ``path`` (.y4m), which Chromium takes for a camera."""
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_S}:1 Ip A1:1 C420mpeg2\n".encode())
        for picture in pictures:
            out.write(b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


def _placed(face: np.ndarray, way: float) -> np.ndarray:
    """uint8 (480, 640, 3): grey, with the face ``way`` (0-1) of the way across."""
    frame = np.full((HEIGHT, WIDTH), GREY, np.uint8)
    x, y = round(40 + way * (WIDTH - SIDE - 80)), (HEIGHT - SIDE) // 2 + round(30 * np.sin(6 * way))
    frame[y : y + SIDE, x : x + SIDE] = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.repeat(frame[:, :, None], 3, axis=2)
