"""The emotions as others name and order them."""

from __future__ import annotations

import numpy as np

from fer_core.emotions import EMOTIONS

#: Other names of the seven, as data sets and libraries write them; case and signs don't count.
_NAMES = {
    "angry": ("anger", "an", "ang"),
    "disgust": ("disgusted", "di", "dis"),
    "fear": ("fearful", "afraid", "scared", "fe", "fea"),
    "happy": ("happiness", "joy", "ha", "hap"),
    "neutral": ("neutrality", "ne", "neu", "natural"),
    "sad": ("sadness", "sa"),
    "surprise": ("surprised", "su", "sur"),
}
_FOLDED = {name: emotion for emotion, names in _NAMES.items() for name in (emotion, *names)}
#: What is no emotion of FER2013, and is left out where nothing else is said.
LEFT_OUT = ("contempt", "other", "unknown", "uncertain", "none", "no face", "nf", "ambiguous")

#: Orders that are in use, the most usual first. Those of eight hold contempt.
ORDERS: dict[str, tuple[str, ...]] = {
    "alphabetical": EMOTIONS,
    "fer2013.csv": ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "RAF-DB": ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"),
    "face-api": ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"),
    "FER+ without contempt": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear"),
    "AffectNet without contempt": ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry"),
    "FER+": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
    "AffectNet": ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt"),
    "AffectNet, alphabetical": (
        "angry", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise",
    ),
    "without disgust": ("angry", "fear", "happy", "neutral", "sad", "surprise"),
}  # fmt: skip


def folded(name: str) -> str | None:
    """The emotion that ``name`` is another word for, or None."""
    return _FOLDED.get(_plain(name))


def is_left_out(name: str) -> bool:
    """Whether the name is of a class that FER2013 has not."""
    return _plain(name) in LEFT_OUT


def orders_of(classes: int) -> dict[str, tuple[str, ...]]:
    """The known orders of so many classes."""
    return {name: labels for name, labels in ORDERS.items() if len(labels) == classes}


def order_name(labels: tuple[str, ...]) -> str:
    """How an order is called, or the labels themselves."""
    emotions = tuple(folded(label) or label for label in labels)
    return next((name for name, order in ORDERS.items() if order == emotions), ", ".join(labels))


def placement(labels: tuple[str, ...], merge: dict[str, str], ignore: tuple[str, ...]) -> np.ndarray:
    """float32 (K, 7): which emotion each class counts for; a row of zeros is left out.

    ValueError names a label that is no emotion and is neither merged nor ignored, and says where none is left.
    """
    places = np.zeros((len(labels), len(EMOTIONS)), np.float32)
    for row, label in enumerate(labels):
        if label in ignore:
            continue
        emotion = folded(merge.get(label, label))
        if emotion is None:
            raise ValueError(
                f"`{label}` is none of {', '.join(EMOTIONS)}: name it under `ignore`, or under `merge` with the "
                "emotion that it counts for"
            )
        places[row, EMOTIONS.index(emotion)] = 1
    if not places.any():
        raise ValueError("all classes are ignored, so nothing is answered")
    return places


def _plain(name: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in name.lower()).split())
