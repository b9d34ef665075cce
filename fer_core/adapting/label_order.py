"""The classes of networks of elsewhere, and the order they are in."""

from __future__ import annotations

import numpy as np

from fer_core.emotions import EMOTIONS, ORDERS, emotion_named


def orders_of(classes: int) -> dict[str, tuple[str, ...]]:
    """The known orders of so many classes."""
    return {name: labels for name, labels in ORDERS.items() if len(labels) == classes}


def order_name(labels: tuple[str, ...]) -> str:
    """How an order is called, or the labels themselves."""
    emotions = tuple(emotion_named(label) or label for label in labels)
    return next((name for name, order in ORDERS.items() if order == emotions), ", ".join(labels))


def placement(labels: tuple[str, ...], merge: dict[str, str], ignore: tuple[str, ...]) -> np.ndarray:
    """float32 (K, 7): which emotion each class counts for; a row of zeros is left out.

    ValueError names a label that is no emotion and is neither merged nor ignored, and says where none is left.
    """
    places = np.zeros((len(labels), len(EMOTIONS)), np.float32)
    for row, label in enumerate(labels):
        if label in ignore:
            continue
        emotion = emotion_named(merge.get(label, label))
        if emotion is None:
            raise ValueError(
                f"`{label}` is none of {', '.join(EMOTIONS)}: name it under `ignore`, or under `merge` with the "
                "emotion that it counts for"
            )
        places[row, EMOTIONS.index(emotion)] = 1
    if not places.any():
        raise ValueError("all classes are ignored, so nothing is answered")
    return places
