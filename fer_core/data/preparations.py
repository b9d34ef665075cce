"""What is done to the training split, and to no other, before the first epoch; the same for the same seed.

Nothing is cached: preparing all of Training costs one core three seconds, once a training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fer_core.data.augmentation import Augmentation, augment, zoomed_in
from fer_core.data.split import Split
from fer_core.emotions import EMOTIONS
from fer_core.errors import RecipeError

#: What each preparation does, by its name in recipes.
PREPARATIONS: dict[str, str] = {
    "raw": "the pictures as they are",
    "class_weight": "the pictures as they are, each weighted by the inverse share of its class",
    "reduced6": "disgust left out, at most 4,002 pictures of each other class, drawn at random",
    "expanded": "changed copies of each class's pictures up to the largest class, or a target count; strong changes",
    "balanced": "changed copies of each class's pictures up to the largest class, or a target count; mild changes",
}
#: The class that ``reduced6`` leaves out, and how many pictures of each other one it keeps at most.
LEFT_OUT = EMOTIONS.index("disgust")
REDUCED_COUNT = 4002
#: MoodMirror's chance of each change of a copy, its largest enlargement, and its other changes.
EXPANSION_PROBABILITY = 0.7
EXPANSION_ZOOM = 0.55
EXPANSION = Augmentation(
    rotation=30, shift=0.1, brightness=0.3, contrast=0.3, probability=EXPANSION_PROBABILITY, fill="reflect"
)
#: The pisa report's changes of a copy; ``shear_range`` of the generator that it used is in degrees.
BALANCING = Augmentation(rotation=10, zoom=0.15, shift=0.1, shear_degrees=0.15, fill="nearest")
#: What of an augmentation grows with the strength of the changes.
_GROWING = ("rotation", "zoom", "shift", "brightness", "contrast", "shear_degrees")


@dataclass(frozen=True)
class Copying:
    """How ``expanded`` and ``balanced`` copy; the defaults are what their reports did.

    Attributes:
        target_count: pictures that each class is raised to, classes that have more keep theirs; 0 for as many as the
            largest class has.
        strength: by which every change is multiplied.
    """

    target_count: int = 0
    strength: float = 1.0

    def raised(self, largest: int) -> int:
        """How many pictures a class is raised to where the largest one has so many."""
        return self.target_count or largest


AS_REPORTED = Copying()


def adds_copies(preparation: str) -> bool:
    """Whether the preparation adds changed copies, so that :class:`Copying` means something to it."""
    return preparation in _CHANGES


def prepared_classes(preparation: str) -> np.ndarray:
    """The labels, int64 (6,) or (7,) ascending, that a network learns to distinguish after ``preparation``."""
    labels = np.arange(len(EMOTIONS))
    return np.delete(labels, LEFT_OUT) if preparation == "reduced6" else labels


def prepared_counts(
    counts: Mapping[str, int], preparation: str, copying: Copying = AS_REPORTED
) -> dict[str, int]:
    """How many pictures an emotion ``preparation`` makes of a training split with these ``counts`` of them."""
    found = {name: counts[name] for name in EMOTIONS}
    if preparation == "reduced6":
        kept = [EMOTIONS[label] for label in prepared_classes("reduced6")]
        return {name: min(found[name], REDUCED_COUNT) if name in kept else 0 for name in EMOTIONS}
    if preparation in _CHANGES:
        raised = copying.raised(max(found.values()))
        return {name: max(count, raised) if count else 0 for name, count in found.items()}
    return found


def prepared_size(counts: Mapping[str, int], preparation: str, copying: Copying = AS_REPORTED) -> int:
    """How many pictures ``preparation`` makes of a training split with these pictures an emotion."""
    return sum(prepared_counts(counts, preparation, copying).values())


def example_copies(faces: np.ndarray, preparation: str, seed: int, strength: float = 1.0) -> np.ndarray:
    """What copies of ``faces`` uint8 (N, 48, 48) look like after ``preparation``: the same shape, new memory.

    Preparations that add no copies leave them as they are.
    """
    if preparation not in _CHANGES:
        return faces.copy()
    return _CHANGES[preparation](faces.copy(), np.random.default_rng(seed), strength)


def prepare(training: Split, preparation: str, seed: int, copying: Copying = AS_REPORTED) -> Split:
    """The training split after one of PREPARATIONS; RecipeError for any other name.

    ``expanded`` and ``balanced`` keep every picture and add copies, spread evenly over the pictures of
    their class, until each class that has pictures is as large as the largest one, or has ``copying.target_count``.
    MoodMirror raised its classes to 8,989 pictures, which was its largest class; the largest of Training alone has
    7,215.

    Args:
        training: the split to prepare; it is not changed.
        preparation: a key of PREPARATIONS.
        seed: decides which pictures are drawn and how copies are changed.
        copying: how many copies ``expanded`` and ``balanced`` make, and how much these are changed.
    """
    if preparation not in PREPARATIONS:
        raise RecipeError(f"There is no preparation {preparation!r}: choose {', '.join(PREPARATIONS)}.")
    rng = np.random.default_rng((seed, 1 + list(PREPARATIONS).index(preparation)))
    if preparation == "reduced6":
        return training.take(_reduced_rows(training.labels, rng))
    if preparation in _CHANGES:
        return _with_copies(training, preparation, copying, rng)
    return training


def _reduced_rows(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows of the kept classes, ascending."""
    rows = [np.flatnonzero(labels == label) for label in prepared_classes("reduced6")]
    return np.sort(np.concatenate([rng.permutation(found)[:REDUCED_COUNT] for found in rows]))


def _with_copies(training: Split, preparation: str, copying: Copying, rng: np.random.Generator) -> Split:
    counts = np.bincount(training.labels, minlength=len(EMOTIONS))
    raised = copying.raised(counts.max())
    sources = [
        np.resize(rng.permutation(np.flatnonzero(training.labels == label)), raised - count)
        for label, count in enumerate(counts)
        if 0 < count < raised
    ]
    if not sources:
        return training
    rows = np.concatenate(sources)
    changed = _CHANGES[preparation](training.faces[rows], rng, copying.strength)
    return Split(
        np.concatenate([training.faces, changed]),
        np.concatenate([training.labels, training.labels[rows]]),
        np.concatenate([training.names, np.char.add(training.names[rows], "+")]),
    )


def _stronger(changes: Augmentation, strength: float) -> Augmentation:
    return replace(changes, **{name: strength * getattr(changes, name) for name in _GROWING})


def _expanded(faces: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """MoodMirror's changes: mirrored, enlarged, turned, moved and relit, each with its probability."""
    mirrored = rng.random(len(faces)) < EXPANSION_PROBABILITY
    faces[mirrored] = faces[mirrored, :, ::-1]
    enlarged = rng.random(len(faces)) < EXPANSION_PROBABILITY
    faces = zoomed_in(faces, 1 + enlarged * rng.uniform(0, strength * EXPANSION_ZOOM, len(faces)))
    return augment(faces, _stronger(EXPANSION, strength), rng)


def _balanced(faces: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    return augment(faces, _stronger(BALANCING, strength), rng)


_CHANGES = {"expanded": _expanded, "balanced": _balanced}
