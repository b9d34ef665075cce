"""An uploaded video, analysed by any models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from fer_core.faces.finders import SEARCH_SIDE, FaceFinder
from fer_core.faces.videos import Video, read_frames, read_video
from fer_core.live.engine import LiveEngine, LiveFrame
from fer_core.live.recording import AnswerRecord, to_csv, to_long
from fer_core.live.timeline import Spread, spread
from fer_core.variants.classifier import Classifier

__all__ = ["Video", "VideoAnswers", "VideoProgress", "analyse_video", "read_video"]

#: Rows of answers (one a face, model and analysed frame) at which an analysis ends.
MOST_ROWS = 400_000

#: Frames are never analysed closer together than this.
SHORTEST_STEP_S = 0.02


@dataclass(frozen=True)
class VideoProgress:
    """How far an analysis is.

    Attributes:
        fraction: 0-1; None where the file does not say how long it is.
        time_s: of the last analysed frame, from the first one.
        frames: analysed so far.
        faces: distinct ones so far.
    """

    fraction: float | None
    time_s: float
    frames: int
    faces: int


@dataclass(frozen=True, eq=False)
class VideoAnswers:
    """What the models said about a video.

    Attributes:
        video: as it was opened.
        table: one row a face, model and analysed frame: ``time_s, face, x, y, w, h, variant`` and the seven
            probabilities, not smoothed; boxes in pixels of the video as it is shown.
        frames: analysed, those without a face included.
        time_s: of the last analysed frame, from the first one.
        cancelled: it was stopped before the end; what was analysed is here.
        finding_ms: finding and following the faces of one frame.
        model_ms: variant id -> its one call on all faces of one frame.
        errors: variant id -> one sentence, for models that failed on some frame.
        notes: one sentence for each thing worth knowing: damaged parts, bounds that were reached.
    """

    video: Video
    table: pd.DataFrame
    frames: int
    time_s: float
    cancelled: bool
    finding_ms: Spread | None
    model_ms: dict[str, Spread]
    errors: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def faces(self) -> int:
        """How many distinct faces were answered."""
        return int(self.table["face"].nunique())

    @property
    def timeline(self) -> pd.DataFrame:
        """``time_s, face, variant, emotion, prob``, for charts."""
        return to_long(self.table)

    def csv(self) -> str:
        """The table as CSV text."""
        return to_csv(self.table)


class _Analysis:
    """What has been learned so far."""

    def __init__(self, video: Video) -> None:
        self.video = video
        self.record = AnswerRecord(MOST_ROWS)
        self.notes: list[str] = []
        self.frames, self.time_s, self.cancelled = 0, 0.0, False
        self.numbers: set[int] = set()
        self.finding_ms: list[float] = []
        self.model_ms: dict[str, list[float]] = defaultdict(list)
        self.errors: dict[str, str] = {}

    def add(self, frame: LiveFrame) -> bool:
        """Keep one frame's answers; False if there is no more room."""
        if not self.record.add(frame.time_s, frame.faces, frame.raw_probs):
            self.notes.append(f"Only the first {self.time_s:.0f} seconds were analysed: {MOST_ROWS:,} rows.")
            return False
        self.frames, self.time_s = self.frames + 1, frame.time_s
        self.numbers.update(face.number for face in frame.faces)
        self.finding_ms.append(frame.finding_ms)
        for name, milliseconds in frame.milliseconds.items():
            self.model_ms[name].append(milliseconds)
        self.errors |= frame.errors
        return True

    def progress(self) -> VideoProgress:
        """For whoever waits."""
        duration_s = self.video.duration_s
        fraction = min(1.0, self.time_s / duration_s) if duration_s else None
        return VideoProgress(fraction, self.time_s, self.frames, len(self.numbers))

    def answers(self) -> VideoAnswers:
        """All of it."""
        return VideoAnswers(
            video=self.video,
            table=self.record.table(),
            frames=self.frames,
            time_s=self.time_s,
            cancelled=self.cancelled,
            finding_ms=spread(self.finding_ms),
            model_ms={name: spread(values) for name, values in self.model_ms.items()},
            errors=self.errors,
            notes=tuple(self.notes),
        )


def analyse_video(
    video: Video,
    classifiers: Mapping[str, Classifier],
    finder: FaceFinder,
    *,
    every_s: float = 0.2,
    on_progress: Callable[[VideoProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> VideoAnswers:
    """Run every model on the faces in one frame for each ``every_s`` seconds of the video.

    Args:
        video: from :func:`read_video`.
        classifiers: by variant id.
        finder: of this thread; faces are searched in every analysed frame.
        every_s: 0 analyses every frame, up to 50 a second.
        on_progress: called after each analysed frame.
        should_stop: called before each analysed frame; when it answers True, the analysis ends and keeps what
            it has.

    Raises:
        VideoError: a frame can't be used.
    """
    analysis = _Analysis(video)
    engine = LiveEngine(classifiers, finder, smoothing_s=0, every=1, search_side=SEARCH_SIDE)
    for frame in read_frames(video, max(every_s, SHORTEST_STEP_S), analysis.notes):
        if should_stop is not None and should_stop():
            analysis.cancelled = True
            break
        if not analysis.add(engine.process(frame.rgb, frame.time_s)):
            break
        if on_progress is not None:
            on_progress(analysis.progress())
    return analysis.answers()
