"""All models run on the same faces at once.

ONNX Runtime lets go of Python's lock while it computes. On two cores eight models answer one face in 11.4 ms
by two threads and in 21.7 ms by one; each model runs on one thread, which is fastest for few small faces.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.faces.cuts import Cuts
from fer_core.faces.intake import intake_of
from fer_core.variants.classifier import Classifier

# Shared by all streams of this process: beside the calling threads, never more than there are cores.
_HELPERS = max(0, (os.cpu_count() or 1) - 1)
_POOL = ThreadPoolExecutor(max(1, _HELPERS), thread_name_prefix="live_models")


@dataclass(frozen=True, eq=False)
class Replies:
    """By variant id: ``probs`` float32 (faces, 7), ``milliseconds`` of the call, and one sentence in
    ``errors`` for each model that failed, which then has no probs."""

    probs: dict[str, np.ndarray] = field(default_factory=dict)
    milliseconds: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def in_order(self, variant_ids: Iterable[str]) -> Replies:
        """The same in this order, and not in that of finishing."""
        names = list(variant_ids)
        return Replies(
            {name: self.probs[name] for name in names if name in self.probs},
            {name: self.milliseconds[name] for name in names if name in self.milliseconds},
            {name: self.errors[name] for name in names if name in self.errors},
        )


def ask_all(classifiers: Mapping[str, Classifier], faces: Cuts, expected_ms: Mapping[str, float]) -> Replies:
    """Run every model on ``faces``, as each takes them, in one call each, in as many threads as are free.

    ``expected_ms`` is what models took before, as far as known: the longest begin first. Whatever a model
    raises ends in ``errors``.
    """
    replies = Replies()
    waiting = sorted(classifiers, key=lambda name: expected_ms.get(name, 0.0))
    helpers = [
        _POOL.submit(_ask_in_turn, waiting, classifiers, faces, replies)
        for _ in range(min(_HELPERS, len(waiting) - 1))
    ]
    _ask_in_turn(waiting, classifiers, faces, replies)
    for helper in helpers:
        if not helper.cancel():  # one that has not begun, because other streams keep all busy, is not needed
            helper.result()
    return replies


def _ask_in_turn(
    waiting: list[str], classifiers: Mapping[str, Classifier], faces: Cuts, replies: Replies
) -> None:
    """Run models from the end of ``waiting`` until it is empty (one list for all threads: pop is atomic)."""
    while True:
        try:
            name = waiting.pop()
        except IndexError:
            return
        try:
            crops = faces.of(intake_of(classifiers[name]))
            began = time.perf_counter()
            replies.probs[name] = _checked(classifiers[name].predict_proba(crops), len(crops))
            replies.milliseconds[name] = (time.perf_counter() - began) * 1000
        except FerError as error:
            replies.errors[name] = str(error)
        except Exception as error:  # whatever a model does, the stream and the other models go on
            replies.errors[name] = (
                f"{name} failed ({type(error).__name__}: {error}); take it out of the stream."
            )


def _checked(probs: np.ndarray, faces: int) -> np.ndarray:
    if probs.shape != (faces, len(EMOTIONS)) or not np.isfinite(probs).all():
        raise ValueError(f"it answered {faces} faces with unusable numbers of shape {probs.shape}")
    return probs
