"""The seven emotions and their one order; every other order is converted at the edge."""

from __future__ import annotations

import numpy as np

#: The only label order inside Faceoff: alphabetical, as Kaggle's folders are.
EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

#: The order of the integer labels in ``fer2013.csv``, and of the cos429 and hust reports.
CSV_ORDER: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

#: One glyph per emotion, drawn beside its name.
GLYPHS: dict[str, str] = {
    "angry": "😠",
    "disgust": "🤢",
    "fear": "😨",
    "happy": "😄",
    "neutral": "😐",
    "sad": "😢",
    "surprise": "😮",
}

#: ``CSV_TO_CANONICAL[label in csv order]`` is the label in EMOTIONS order.
CSV_TO_CANONICAL: np.ndarray = np.array([EMOTIONS.index(name) for name in CSV_ORDER])

#: ``columns_in_csv_order[..., CSV_COLUMNS]`` are the columns in EMOTIONS order.
CSV_COLUMNS: np.ndarray = np.array([CSV_ORDER.index(name) for name in EMOTIONS])


#: What others call the seven emotions: words of folders and files, and codes as KDEF (AN, AF, DI, HA, NE, SA, SU)
#: and JAFFE (AN, DI, FE, HA, NE, SA, SU) have them. ``suprise`` is how many data sets spell it.
SYNONYMS: dict[str, str] = {
    name: emotion
    for emotion, names in {
        "angry": "anger angrily ang an mad",
        "disgust": "disgusted disgusting dis di",
        "fear": "fearful feared fea fe af afraid scared",
        "happy": "happiness happily hap ha joy joyful",
        "neutral": "neutrality natural neu ne",
        "sad": "sadness sa unhappy",
        "surprise": "surprised suprise suprised surprize sur su",
    }.items()
    for name in [emotion, *names.split()]
}


def emotion_named(word: str) -> str | None:
    """The emotion that others call ``word``, whatever its case, or with a number before it; None for no such word.

    >>> emotion_named("Anger"), emotion_named("1_happiness"), emotion_named("contempt")
    ('angry', 'happy', None)
    """
    return SYNONYMS.get(word.strip().lower().strip("0123456789_-. "))
