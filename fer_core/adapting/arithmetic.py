"""What an adaptation says, worked out in NumPy: what the adapted graph is held against."""

from __future__ import annotations

import numpy as np

from fer_core.adapting.adaptation import Adaptation
from fer_core.emotions import ROW_SUM_TOLERANCE

#: Added to probabilities that are made to sum to 1 again, so that a row of zeros becomes an even one.
LEAST = 1e-9


def prepared(faces: np.ndarray, adaptation: Adaptation, kind: str) -> np.ndarray:
    """The network's input for ``faces`` uint8 (N, S, S) or (N, S, S, 3), in ``kind``, NumPy's name of its numbers."""
    pictures = faces if faces.ndim == 4 else np.repeat(faces[..., None], adaptation.channels, axis=3)
    if adaptation.colour == "bgr":
        pictures = pictures[..., ::-1]
    if kind.startswith("float"):
        factor, offset = adaptation.range.factors(adaptation.channels)
        pictures = pictures.astype(np.float32) * factor + offset
    if adaptation.layout == "nchw":
        pictures = pictures.transpose(0, 3, 1, 2)
    elif adaptation.layout == "nhw":
        pictures = pictures[..., 0]
    return np.ascontiguousarray(pictures.astype(kind))


def answered(raw: np.ndarray, adaptation: Adaptation) -> np.ndarray:
    """float32 (N, 7) of what the network answers, (N, K) or (N, K, 1, 1)."""
    raw = raw.reshape(len(raw), -1).astype(np.float64)
    places = adaptation.placement
    kept = places.any(axis=1)
    raw = raw[:, kept]
    if adaptation.kind in ("logits", "log_probs"):
        raw = np.exp(raw - raw.max(axis=1, keepdims=True))
    elif adaptation.kind == "sigmoid" or not kept.all():
        raw = raw + LEAST
    probs = (raw / raw.sum(axis=1, keepdims=True)) @ places[kept]
    return probs.astype(np.float32)


def kind_of(raw: np.ndarray) -> str:
    """What rows (N, K) look like: ``probs``, ``log_probs``, ``sigmoid`` or ``logits``."""
    raw = raw.reshape(len(raw), -1).astype(np.float64)
    if (raw >= -1e-6).all() and (raw <= 1 + 1e-6).all():
        return "probs" if np.abs(raw.sum(axis=1) - 1).max() < ROW_SUM_TOLERANCE else "sigmoid"
    if (raw <= 1e-6).all() and np.abs(np.exp(raw).sum(axis=1) - 1).max() < ROW_SUM_TOLERANCE:
        return "log_probs"
    return "logits"
