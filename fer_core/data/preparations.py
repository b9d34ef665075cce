"""What is done to the training split, and to no other, before the first epoch; the same for the same seed.

Nothing is cached: preparing all of Training costs one core three seconds, once a training.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    "expanded": "changed copies of each class's pictures up to the size of the largest class, strong changes",
    "balanced": "changed copies of each class's pictures up to the size of the largest class, mild changes",
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


def prepared_classes(preparation: str) -> np.ndarray:
    """The labels, int64 (6,) or (7,) ascending, that a network learns to distinguish after ``preparation``."""
    labels = np.arange(len(EMOTIONS))
    return np.delete(labels, LEFT_OUT) if preparation == "reduced6" else labels


def prepared_counts(counts: Mapping[str, int], preparation: str) -> dict[str, int]:
    """How many pictures an emotion ``preparation`` makes of a training split with these ``counts`` of them."""
    found = {name: counts[name] for name in EMOTIONS}
    if preparation == "reduced6":
        kept = [EMOTIONS[label] for label in prepared_classes("reduced6")]
        return {name: min(found[name], REDUCED_COUNT) if name in kept else 0 for name in EMOTIONS}
    if preparation in _CHANGES:
        return {name: max(found.values()) if count else 0 for name, count in found.items()}
    return found


def prepared_size(counts: Mapping[str, int], preparation: str) -> int:
    """How many pictures ``preparation`` makes of a training split with these pictures an emotion."""
    return sum(prepared_counts(counts, preparation).values())


def example_copies(faces: np.ndarray, preparation: str, seed: int) -> np.ndarray:
    """What copies of ``faces`` uint8 (N, 48, 48) look like after ``preparation``: the same shape, new memory.

    Preparations that add no copies leave them as they are.
    """
    if preparation not in _CHANGES:
        return faces.copy()
    return _CHANGES[preparation](faces.copy(), np.random.default_rng(seed))


def prepare(training: Split, preparation: str, seed: int) -> Split:
    """The training split after one of PREPARATIONS; RecipeError for any other name.

    ``expanded`` and ``balanced`` keep every picture and add copies, spread evenly over the pictures of
    their class, until each class that has pictures is as large as the largest one. MoodMirror raised its
    classes to 8,989 pictures, which was its largest class; the largest of Training alone has 7,215.

    Args:
        training: the split to prepare; it is not changed.
        preparation: a key of PREPARATIONS.
        seed: decides which pictures are drawn and how copies are changed.
    """
    if preparation not in PREPARATIONS:
        raise RecipeError(f"There is no preparation {preparation!r}: choose {', '.join(PREPARATIONS)}.")
    rng = np.random.default_rng((seed, 1 + list(PREPARATIONS).index(preparation)))
    if preparation == "reduced6":
        return training.take(_reduced_rows(training.labels, rng))
    if preparation in _CHANGES:
        return _with_copies(training, _CHANGES[preparation], rng)
    return training


def _reduced_rows(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows of the kept classes, ascending."""
    rows = [np.flatnonzero(labels == label) for label in prepared_classes("reduced6")]
    return np.sort(np.concatenate([rng.permutation(found)[:REDUCED_COUNT] for found in rows]))


def _with_copies(training: Split, change, rng: np.random.Generator) -> Split:
    counts = np.bincount(training.labels, minlength=len(EMOTIONS))
    sources = [
        np.resize(rng.permutation(np.flatnonzero(training.labels == label)), counts.max() - count)
        for label, count in enumerate(counts)
        if 0 < count < counts.max()
    ]
    if not sources:
        return training
    rows = np.concatenate(sources)
    return Split(
        np.concatenate([training.faces, change(training.faces[rows], rng)]),
        np.concatenate([training.labels, training.labels[rows]]),
        np.concatenate([training.names, np.char.add(training.names[rows], "+")]),
    )


def _expanded(faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """MoodMirror's changes: mirrored, enlarged, turned, moved and relit, each with its probability."""
    mirrored = rng.random(len(faces)) < EXPANSION_PROBABILITY
    faces[mirrored] = faces[mirrored, :, ::-1]
    enlarged = rng.random(len(faces)) < EXPANSION_PROBABILITY
    faces = zoomed_in(faces, 1 + enlarged * rng.uniform(0, EXPANSION_ZOOM, len(faces)))
    return augment(faces, EXPANSION, rng)


def _balanced(faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return augment(faces, BALANCING, rng)


_CHANGES = {"expanded": _expanded, "balanced": _balanced}
