"""A video being analysed in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fer_core.faces.finders import FaceFinder
from fer_core.live.video import (
    VideoAnswers,
    VideoProgress,
    analyse_video,
    read_video,
)
from fer_core.machine.background import Background
from fer_core.variants.classifier import Classifier


class VideoJob(Background[VideoProgress, VideoAnswers]):
    """One analysis. Cancelled, it keeps what was analysed; its ``result`` is the answers without the video."""

    def __init__(
        self,
        data: bytes,
        name: str,
        classifiers: Mapping[str, Classifier],
        make_finder: Callable[[], FaceFinder],
    ) -> None:
        """``data`` is the file; ``make_finder`` makes the detector inside the thread."""
        self.name = name
        self.variant_ids = list(classifiers)
        chosen = dict(classifiers)

        def analyse(
            on_progress: Callable[[VideoProgress], None], should_stop: Callable[[], bool]
        ) -> VideoAnswers:
            video = read_video(data, name)
            answers = analyse_video(
                video, chosen, make_finder(), on_progress=on_progress, should_stop=should_stop
            )
            return replace(answers, video=replace(video, source=b""))

        super().__init__(analyse, "video analysis", f"{name} can't be analysed; try another file")
