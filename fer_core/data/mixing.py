"""Mixtures of the faces of a batch: two pictures in one, with both their labels by share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def mix(
    faces: np.ndarray, soft: Sequence[np.ndarray], mixup: float, cutmix: float, rng: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray]]:
    """A batch mixed with itself in another order; where both ways are given, one is drawn for each batch.

    Args:
        faces: uint8 (N, H, W).
        soft: targets float32 (N, K) that are mixed by the same share as the faces.
        mixup: the Beta distribution's parameter of the share by which pictures are laid over each other (Zhang
            et al. 2018); 0 for never.
        cutmix: the same of the share that is cut out and filled from the other picture (Yun et al. 2019).
        rng: the source of chance.

    Returns:
        Faces and soft targets of the same shapes and dtypes, new memory.
    """
    other = rng.permutation(len(faces))
    if cutmix and (not mixup or rng.random() < 0.5):
        mixed, share = _cut(faces, faces[other], rng.beta(cutmix, cutmix), rng)
    else:
        share = rng.beta(mixup, mixup)
        blend = faces * np.float32(share) + faces[other] * np.float32(1 - share)
        mixed = (blend + 0.5).astype(np.uint8)
    share = np.float32(share)
    return mixed, [each * share + each[other] * (1 - share) for each in soft]


def _cut(
    faces: np.ndarray, others: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """One rectangle of every face from another one, and the share of the face that is left."""
    height, width = faces.shape[1:]
    side = np.sqrt(1 - share)
    middle_y, middle_x = rng.integers(height), rng.integers(width)
    top, bottom = (int(np.clip(middle_y + sign * side * height / 2, 0, height)) for sign in (-1, 1))
    left, right = (int(np.clip(middle_x + sign * side * width / 2, 0, width)) for sign in (-1, 1))
    mixed = faces.copy()
    mixed[:, top:bottom, left:right] = others[:, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)
