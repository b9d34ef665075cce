"""Every frame of a stream through tracking and all models, at once and one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.faces.cuts import Cuts
from fer_core.faces.finders import FaceFinder
from fer_core.live.parallel import Replies, ask_all
from fer_core.live.smoothing import Smoother
from fer_core.live.tracking import SEARCH_SIDE, FaceTracker, TrackedFace
from fer_core.variants.classifier import Classifier


@dataclass(frozen=True, eq=False)
class LiveFrame:
    """What is known about one frame.

    Attributes:
        faces: from left to right; empty where there is none.
        probs: variant id -> float32 (faces, 7), smoothed, rows sum to 1, in EMOTIONS order; without the
            models in ``errors``.
        raw_probs: the same without smoothing.
        milliseconds: variant id -> time of its one call on all faces; no entry without faces.
        finding_ms: time spent on finding and following the faces.
        total_ms: time of the whole frame.
        time_s: seconds since the engine's first frame.
        number: of the frame, counting from 1.
        errors: variant id -> one sentence, for each model that failed on this frame.
    """

    faces: list[TrackedFace]
    probs: dict[str, np.ndarray]
    raw_probs: dict[str, np.ndarray]
    milliseconds: dict[str, float]
    finding_ms: float
    total_ms: float
    time_s: float
    number: int
    errors: dict[str, str] = field(default_factory=dict)


class LiveEngine:
    """Answers the frames of one stream. One engine a session; ``process`` is for the video thread.

    ``set_classifiers``, ``smoothing_s`` and ``latest`` may be used from any thread, also while a frame is
    being processed: they hold from the next one on.

    Args:
        classifiers: by variant id; may be empty.
        finder: a face detector of this engine's own.
        smoothing_s: time constant of the smoothing in seconds; 0 is off.
        every, search_side: how often, and how far reduced, whole frames are searched: see FaceTracker.
    """

    def __init__(
        self,
        classifiers: Mapping[str, Classifier],
        finder: FaceFinder,
        smoothing_s: float = 0.4,
        every: int | None = None,
        search_side: int = SEARCH_SIDE,
    ) -> None:
        self._classifiers = dict(classifiers)
        self._tracker = FaceTracker(finder, every, search_side)
        self._smoother = Smoother(smoothing_s)
        self._lock = threading.Lock()
        self._first_s: float | None = None
        self._number = 0
        self._latest: LiveFrame | None = None

    @property
    def smoothing_s(self) -> float:
        """The time constant of the smoothing in seconds; 0 is off."""
        return self._smoother.time_constant_s

    @smoothing_s.setter
    def smoothing_s(self, seconds: float) -> None:
        self._smoother.time_constant_s = seconds

    @property
    def latest(self) -> LiveFrame | None:
        """The last processed frame, with the crops that the models saw; None before the first."""
        return self._latest

    @property
    def variant_ids(self) -> list[str]:
        """The models that answer the next frame."""
        return list(self._classifiers)

    def set_classifiers(self, classifiers: Mapping[str, Classifier]) -> None:
        """Answer with these models from the next frame on; the stream goes on meanwhile."""
        self._classifiers = dict(classifiers)

    def process(self, rgb: np.ndarray, now_s: float | None = None) -> LiveFrame:
        """Find, follow and answer the faces of ``rgb`` uint8 (H, W, 3).

        ``now_s`` is the frame's time on a steady clock (``time.monotonic`` where it is None). A model that
        fails is named in ``errors`` and the others go on.
        """
        with self._lock:
            began = time.perf_counter()
            now_s = time.monotonic() if now_s is None else now_s
            self._first_s = now_s if self._first_s is None else self._first_s
            self._number += 1
            faces = self._tracker.update(rgb, now_s)
            finding_ms = _since_ms(began)
            replies = self._ask(rgb, faces)
            probs = self._smoothed(replies.probs, faces, now_s)
            time_s, total_ms = now_s - self._first_s, _since_ms(began)
            self._latest = LiveFrame(
                faces=faces,
                probs=probs,
                raw_probs=replies.probs,
                milliseconds=replies.milliseconds,
                finding_ms=finding_ms,
                total_ms=total_ms,
                time_s=time_s,
                number=self._number,
                errors=replies.errors,
            )
            return self._latest

    def _ask(self, rgb: np.ndarray, faces: list[TrackedFace]) -> Replies:
        """What all models say, in their given order."""
        classifiers = self._classifiers  # one and the same mapping, whatever another thread sets meanwhile
        if not faces:
            nothing = np.zeros((0, len(EMOTIONS)), np.float32)
            return Replies(dict.fromkeys(classifiers, nothing))
        expected_ms = self._latest.milliseconds if self._latest else {}
        replies = ask_all(classifiers, Cuts(rgb, faces), expected_ms)
        return replies.in_order(classifiers)

    def _smoothed(
        self, raw: dict[str, np.ndarray], faces: list[TrackedFace], now_s: float
    ) -> dict[str, np.ndarray]:
        numbers = [face.number for face in faces]
        self._smoother.keep_only(raw, self._tracker.numbers)
        return {name: self._smoother.smooth(name, numbers, probs, now_s) for name, probs in raw.items()}


def _since_ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
