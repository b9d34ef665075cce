"""What is wrong with a data set before anyone trains on it: copies, contradictions, blanks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fer_core.data.split import Split, SplitName

#: A picture whose pixels vary less than this (standard deviation, 0-255) shows next to nothing.
NEAR_BLANK_SD = 5.0


def face_keys(faces: np.ndarray) -> np.ndarray:
    """One opaque value per picture, equal exactly where all pixels are; ``faces`` uint8 (N, 48, 48)."""
    flat = np.ascontiguousarray(faces).reshape(len(faces), -1)
    return flat.view(np.dtype((np.void, flat.shape[1])))[:, 0]


def copy_groups(splits: Mapping[str, Split]) -> list[list[tuple[str, int]]]:
    """Groups of two or more pictures with identical pixels, each as [(split, row), ...]."""
    groups: dict[bytes, list[tuple[str, int]]] = {}
    for name, split in splits.items():
        for row, key in enumerate(face_keys(split.faces)):
            groups.setdefault(key.tobytes(), []).append((name, row))
    return [group for group in groups.values() if len(group) > 1]


def leaked(splits: Mapping[str, Split]) -> dict[str, np.ndarray]:
    """Which test pictures are exact copies of pictures that training or model choice has seen.

    Returns:
        bool (N,) per split: PublicTest rows with a copy in Training, PrivateTest rows with a copy in
        Training or PublicTest; all False for Training. Where the two test splits are one and the same, as
        some protocols have it, only copies in Training count.
    """
    keys = {name: [key.tobytes() for key in face_keys(splits[name].faces)] for name in SplitName}
    learnt = set(keys[SplitName.TRAINING])
    chosen = (
        set()
        if keys[SplitName.PUBLIC_TEST] == keys[SplitName.PRIVATE_TEST]
        else set(keys[SplitName.PUBLIC_TEST])
    )
    return {
        SplitName.TRAINING: np.zeros(len(keys[SplitName.TRAINING]), bool),
        SplitName.PUBLIC_TEST: np.array([key in learnt for key in keys[SplitName.PUBLIC_TEST]], bool),
        SplitName.PRIVATE_TEST: np.array(
            [key in learnt or key in chosen for key in keys[SplitName.PRIVATE_TEST]], bool
        ),
    }


def audit(splits: Mapping[str, Split]) -> dict:
    """Counts of every problem, as stored in the manifest.

    Returns:
        ``duplicate_groups``, ``duplicate_images`` (pictures in those groups), ``conflicting_groups``
        (copies that carry different labels), ``private_in_training``,
        ``private_in_training_or_public``, ``public_in_training``, and per split ``near_blank``
        (pixel standard deviation under 5), ``blank`` (0) and ``duplicate_groups``.
    """
    groups = copy_groups(splits)
    conflicting = [
        group for group in groups if len({int(splits[name].labels[row]) for name, row in group}) > 1
    ]
    found: dict = {
        "duplicate_groups": len(groups),
        "duplicate_images": sum(map(len, groups)),
        "conflicting_groups": len(conflicting),
        "splits": {name: _audit_split(name, split, groups) for name, split in splits.items()},
    }
    if set(splits) >= set(SplitName):
        marks = leaked(splits)
        training = {key.tobytes() for key in face_keys(splits[SplitName.TRAINING].faces)}
        private = face_keys(splits[SplitName.PRIVATE_TEST].faces)
        found["private_in_training"] = sum(key.tobytes() in training for key in private)
        found["private_in_training_or_public"] = int(marks[SplitName.PRIVATE_TEST].sum())
        found["public_in_training"] = int(marks[SplitName.PUBLIC_TEST].sum())
    return found


def _audit_split(name: str, split: Split, groups: list[list[tuple[str, int]]]) -> dict:
    spread = split.faces.reshape(len(split), -1).std(axis=1)
    within = [sum(member == name for member, _ in group) for group in groups]
    return {
        "near_blank": int((spread < NEAR_BLANK_SD).sum()),
        "blank": int((spread == 0).sum()),
        "duplicate_groups": sum(count > 1 for count in within),
        "duplicate_images": sum(count for count in within if count > 1),
    }
