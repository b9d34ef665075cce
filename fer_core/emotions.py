"""The seven emotions and their one order; every other order is converted at the edge."""

from __future__ import annotations

import numpy as np

#: The only label order inside Faceoff: alphabetical, as Kaggle's folders are.
EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

#: The order of the integer labels in ``fer2013.csv``, and of the cos429 and hust reports.
CSV_ORDER: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

#: How far from 1 the seven probabilities of a face may sum; float32 sums of float16-rounded networks stay well inside.
ROW_SUM_TOLERANCE = 1e-3

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

#: Orders of labels that are in use, the most usual first. Those of eight hold contempt.
ORDERS: dict[str, tuple[str, ...]] = {
    "alphabetical": EMOTIONS,
    "fer2013.csv": CSV_ORDER,
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

#: What others call the seven emotions: words of folders, files and models, and codes as KDEF (AN, AF, DI, HA, NE, SA,
#: SU) and JAFFE (AN, DI, FE, HA, NE, SA, SU) have them. ``suprise`` is how many data sets spell it.
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
#: Classes that others have beside the seven, and that stand for none of them.
NO_EMOTION = frozenset({
    "contempt", "contemptuous", "contemptuously", "unknown", "uncertain", "ambiguous", "none", "nf", "no face",
    "non face", "other", "others", "unlabelled",
})  # fmt: skip
#: Classes of others that one of the seven may be meant to stand for.
STATES = frozenset({
    "calm", "boredom", "bored", "confused", "confusion", "pain", "painful", "tired", "sleepy", "excited", "excitement",
    "amusement", "amused", "shame", "ashamed", "pride", "proud", "embarrassment", "embarrassed", "interest",
    "interested", "concentrated", "concentration",
})  # fmt: skip


def emotion_named(word: str) -> str | None:
    """The emotion that others call ``word``, whatever its case and signs, or with a number before it; None for no
    such word.

    >>> emotion_named("Anger"), emotion_named("1_happiness"), emotion_named("contempt")
    ('angry', 'happy', None)
    """
    return SYNONYMS.get(_plain(word))


def is_no_emotion(word: str) -> bool:
    """Whether ``word`` is what others call a class that stands for none of the seven."""
    return _plain(word) in NO_EMOTION


def is_other_class(word: str) -> bool:
    """Whether ``word`` is a class that others have beside the seven, and so no slip of the pen."""
    return _plain(word) in NO_EMOTION | STATES


def _plain(word: str) -> str:
    """In small letters, its signs as single spaces, without numbers at its ends."""
    letters = "".join(sign if sign.isalnum() else " " for sign in word.lower())
    return " ".join(letters.split()).strip("0123456789 ")
