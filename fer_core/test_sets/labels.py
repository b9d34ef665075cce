"""What others call the classes of their pictures, in words or numbers, and which of the seven emotions each is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fer_core.emotions import EMOTIONS, ORDERS, SYNONYMS, emotion_named, is_other_class
from fer_core.errors import DataError, near_names
from fer_core.formats import listed

#: Numbers of classes, by the data set that has them so. 7 is contempt in AffectNet, and where FER2013 was extended.
NUMBERS: dict[str, dict[int, str]] = {
    "fer2013": {**dict(enumerate(ORDERS["fer2013.csv"])), 7: "contempt"},
    "affectnet": dict(enumerate(ORDERS["AffectNet"])),
    "raf-db": dict(enumerate(ORDERS["RAF-DB"], start=1)),
}
_NUMBERED = re.compile(r"(?:class|label|emotion)?[_ -]*0*(\d{1,2})")


@dataclass(frozen=True)
class Wishes:
    """How whoever brings pictures wants their classes read.

    Attributes:
        merged: their words -> an emotion, in small letters.
        ignored: their words that are left out, in small letters.
        numbers: a key of NUMBERS; "" for what fits.
    """

    merged: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()
    numbers: str = ""


@dataclass(frozen=True)
class Naming:
    """What each word of a data set was taken for: an emotion, or "" where it is left out; and the numbers' order."""

    emotions: dict[str, str]
    numbers: str = ""

    def label(self, word: str) -> int | None:
        """0-6 in EMOTIONS order; None where the class is left out."""
        emotion = self.emotions[word]
        return EMOTIONS.index(emotion) if emotion else None

    def shown(self, word: str) -> str:
        """A class as reports name it: a number with what it stands for."""
        stands_for = NUMBERS[self.numbers].get(number_of(word)) if self.numbers else None
        return f"{word} ({stands_for})" if stands_for else word or "without name"


def parse_wishes(merged: Collection[str] = (), ignored: Collection[str] = (), numbers: str = "") -> Wishes:
    """Wishes from texts such as ``calm=neutral``; DataError where one names no emotion."""
    pairs = {}
    for text in merged:
        word, mark, emotion = text.partition("=")
        known = emotion_named(emotion)
        if not mark or not word.strip() or not known:
            raise DataError(
                f"{text!r} should say which emotion a class is, as calm=neutral: the seven are {', '.join(EMOTIONS)}."
            )
        pairs[word.strip().lower()] = known
    if numbers and numbers not in NUMBERS:
        raise DataError(f"There are no numbers {numbers!r}: choose {listed(list(NUMBERS))}.")
    return Wishes(pairs, [word.strip().lower() for word in ignored if word.strip()], numbers)


def number_of(word: str) -> int | None:
    """The number of a class such as ``3``, ``003`` or ``class003``; None for a word."""
    found = _NUMBERED.fullmatch(word.strip().lower())
    return int(found[1]) if found else None


def is_class_word(word: str) -> bool:
    """Whether a word names an emotion, or one of the classes that others have beside them."""
    return emotion_named(word) is not None or is_other_class(word)


def name_classes(words: Counter[str], wishes: Wishes, source: str) -> Naming:
    """What each of ``words`` (with how many pictures it has) stands for.

    DataError, naming all of them, for words near to an emotion's, which may be slips; and where none is an emotion.
    """
    if not words:
        raise DataError(f"{source} has no rows below its heading.")
    numbers = _numbering({number for word in words if (number := number_of(word)) is not None}, wishes)
    found = {word: _emotion_of(word, wishes, numbers) for word in words}
    slips = [word for word, emotion in found.items() if not emotion and _near(word, wishes)]
    if slips:
        suspects = listed([f"{word!r} ({_near(word, wishes)}?)" for word in sorted(slips)])
        raise DataError(
            f"{source}: {suspects} may be emotions that are misspelt: say which they are (`--labels "
            f"{slips[0]}={_near(slips[0], wishes)}`), or leave them out (`--ignore {slips[0]}`)."
        )
    if not any(found.values()):
        shown = [repr(word) if word else "no folder" for word in sorted(words)[:12]]
        raise DataError(
            f"{source}: none of its classes ({listed(shown)}) is one of {', '.join(EMOTIONS)}, or a synonym: put each "
            f"emotion's pictures into a folder of its name, or say what the classes are (`--labels "
            f"{sorted(words)[0] or 'FOLDER'}=happy`)."
        )
    return Naming(found, numbers)


def _emotion_of(word: str, wishes: Wishes, numbers: str) -> str:
    lower = word.strip().lower()
    if lower in wishes.ignored:
        return ""
    if lower in wishes.merged:
        return wishes.merged[lower]
    number = number_of(word)
    if number is None:
        return emotion_named(word) or ""
    emotion = NUMBERS[numbers].get(number, "") if numbers else ""
    return emotion if emotion in EMOTIONS else ""


def _numbering(numbers: set[int], wishes: Wishes) -> str:
    """Whose numbers these are: RAF-DB's count from 1 to 7, AffectNet's from 0 to 7, FER2013's from 0 to 6."""
    if not numbers or wishes.numbers:
        return wishes.numbers
    if 0 not in numbers and max(numbers) <= 7:
        return "raf-db"
    return "affectnet" if 7 in numbers else "fer2013"


def _near(word: str, wishes: Wishes) -> str:
    """The emotion that a word may be misspelt for; "" for a number, another class, or one that is left out."""
    lower = word.strip().lower()
    if lower in wishes.ignored or is_other_class(lower) or number_of(word) is not None or len(lower) < 3:
        return ""
    near = (
        near_names(lower, [name for name in SYNONYMS if len(name) > 3], 1).rpartition("mean ")[2].strip("?.")
    )
    return SYNONYMS.get(near, "")
