"""Labelled pictures in the layouts that people have, built small: drawn faces, and a photographed one."""

from __future__ import annotations

import csv
import io

import cv2
import numpy as np
from skimage import data

from fer_core.data.schematic import draw_face
from fer_core.emotions import CSV_ORDER, EMOTIONS

RAF = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")
AFFECTNET = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry")
CK = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "sad": "sadness",
    "surprise": "surprise",
}
EACH = 2


def face(emotion: str, number: int, size: int = 48) -> np.ndarray:
    """A drawn face, uint8 (size, size)."""
    return draw_face(emotion, np.random.default_rng((EMOTIONS.index(emotion), number)), size)


def tinted(emotion: str, number: int, size: int = 224) -> np.ndarray:
    """The same in colour, uint8 (size, size, 3)."""
    return enlarged(face(emotion, number), size)


def enlarged(grey: np.ndarray, size: int) -> np.ndarray:
    """A face uint8 (48, 48), larger and tinted: uint8 (size, size, 3)."""
    larger = cv2.resize(grey, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.stack([larger, larger // 2 + 60, larger // 3 + 90], axis=2)


def photograph(number: int) -> np.ndarray:
    """640 x 480 with one real face, which stands elsewhere in each and is tinted."""
    picture = cv2.resize(data.coffee(), (640, 480), interpolation=cv2.INTER_AREA)
    head = data.astronaut()[40:200, 144:304]
    head = (head * np.array([1.0, 0.9 - 0.02 * number, 0.8])).astype(np.uint8)
    top, left = 20 + 17 * number % 280, 30 + 41 * number % 440
    picture[top : top + len(head), left : left + len(head)] = head
    return picture


def pasted(grey: np.ndarray, number: int, side: int = 160) -> np.ndarray:
    """640 x 480 with the face ``grey`` uint8 (48, 48), enlarged, tinted, and elsewhere in each."""
    picture = cv2.resize((data.coffee(), data.rocket())[number % 2], (640, 480), interpolation=cv2.INTER_AREA)
    large = cv2.resize(grey, (side, side), interpolation=cv2.INTER_CUBIC)
    top, left = np.random.default_rng(number).integers(0, (480 - side, 640 - side))
    tint = np.array([1.0, 0.92 - 0.02 * (number % 5), 0.85])
    picture[top : top + side, left : left + side] = (large[..., None] * tint).astype(np.uint8)
    return picture


def encoded(pixels: np.ndarray, suffix: str = ".png") -> bytes:
    """RGB or grey pixels as a file."""
    return cv2.imencode(suffix, pixels[..., ::-1] if pixels.ndim == 3 else pixels)[1].tobytes()


def class_folders(make=face, above: str = "", names=EMOTIONS, each: int = EACH, **more) -> dict[str, bytes]:
    """``above/<name>/<emotion>_<number>.png``; ``names`` in EMOTIONS order, or a dict of those that there are."""
    named = names if isinstance(names, dict) else dict(zip(EMOTIONS, names, strict=True))
    return {
        f"{above}{name}/{emotion}_{number}.png": encoded(make(emotion, number, **more))
        for emotion, name in named.items()
        for number in range(each)
    }


def numbered(order: tuple[str, ...], pattern: str) -> dict[str, str]:
    """Emotion -> folder, numbered in that order by a pattern such as ``class{:03}``."""
    return {emotion: pattern.format(number) for number, emotion in enumerate(order)}


def pixel_csv(columns: tuple[str, ...], rows: list[dict[str, object]]) -> bytes:
    """A csv with these columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def pixel_rows(usages: tuple[str, ...] = ("PrivateTest",), each: int = EACH) -> list[dict[str, object]]:
    """Rows as FER2013's csv has them."""
    return [
        {
            "emotion": CSV_ORDER.index(emotion),
            "pixels": " ".join(map(str, face(emotion, number).ravel())),
            "Usage": usage,
        }
        for usage in usages
        for emotion in EMOTIONS
        for number in range(each)
    ]


def listed_files(delimiter: str = ",") -> dict[str, bytes]:
    """``images/*.png`` and ``labels.csv`` beside them."""
    pictures = {
        f"images/{emotion}_{number}.png": encoded(face(emotion, number))
        for emotion in EMOTIONS
        for number in range(EACH)
    }
    rows = [f"{name}{delimiter}{name.partition('/')[2].partition('_')[0].title()}" for name in pictures]
    return pictures | {"labels.csv": "\n".join([f"File{delimiter}Label", *rows]).encode()}
