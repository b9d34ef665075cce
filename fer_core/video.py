"""An uploaded video, analysed by any models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fer_core.classifier import Classifier
from fer_core.faces import FaceFinder
from fer_core.live.record import to_csv, to_long
from fer_core.live.timeline import Spread


@dataclass(frozen=True, eq=False)
class Video:
    """A video that was opened and can be read; ``width`` and ``height`` as it is shown (turned upright).

    ``duration_s`` and ``frames_per_s`` are what the file says, None where it doesn't.
    """

    source: bytes | Path
    name: str
    width: int
    height: int
    duration_s: float | None
    frames_per_s: float | None


@dataclass(frozen=True)
class VideoProgress:
    """How far an analysis is: ``fraction`` 0-1 (None where the file does not say how long it is), ``time_s``
    of the last frame, ``frames`` analysed, ``faces`` that were numbered so far."""

    fraction: float | None
    time_s: float
    frames: int
    faces: int


@dataclass(frozen=True, eq=False)
class VideoAnswers:
    """What the models said about a video.

    Attributes:
        table: one row a face, model and analysed frame: ``time_s, face, x, y, w, h, variant``, seven
            probabilities; boxes in pixels of the video as it is shown.
        frames: analysed.
        time_s: of the last analysed frame.
        cancelled: it was stopped before the end; what was analysed is here.
        finding_ms, model_ms: time for finding faces, and by variant id for one call on all faces of a frame.
        troubles: variant id -> sentence, for models that failed on some frame.
        notes: one sentence for each thing worth telling (cut off, longer than the limit).
    """

    video: Video
    table: pd.DataFrame
    frames: int
    time_s: float
    cancelled: bool
    finding_ms: Spread | None
    model_ms: dict[str, Spread]
    troubles: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def timeline(self) -> pd.DataFrame:
        """``time_s, face, variant, emotion, prob``, for charts."""
        return to_long(self.table)

    def csv(self) -> str:
        """The table as CSV text."""
        return to_csv(self.table)


def read_video(source: bytes | Path, name: str) -> Video:
    """Open a video file given as its bytes or path; VideoError says in one sentence why it can't be used.

    ``name`` is only used in sentences. Nothing is written to disk.
    """
    raise NotImplementedError


def analyse_video(
    video: Video,
    classifiers: Mapping[str, Classifier],
    finder: FaceFinder,
    *,
    every_s: float = 0.2,
    report: Callable[[VideoProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> VideoAnswers:
    """Ask every model about the faces in one frame each ``every_s`` seconds of the video.

    ``report`` is called after each analysed frame; when ``should_stop`` answers True the analysis ends and
    keeps what it has. Answers are not smoothed. VideoError if no frame can be decoded.
    """
    raise NotImplementedError
