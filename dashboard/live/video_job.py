"""A video being analysed in a thread of its own, whatever the page does meanwhile."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fer_core.classifier import Classifier
from fer_core.errors import FerError
from fer_core.faces import FaceFinder
from fer_core.video import VideoAnswers, VideoProgress, analyse_video, read_video

_LOG = logging.getLogger(__name__)


@dataclass
class _Shared:
    """What thread and job both see. It does not hold the job, so that a forgotten job can end its thread."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    progress: VideoProgress | None = None
    answers: VideoAnswers | None = None
    trouble: str | None = None


class VideoJob:
    """One analysis, begun when it is made. It ends by itself, by ``cancel``, or when nobody keeps the job."""

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
        self._shared = _Shared()
        weakref.finalize(self, self._shared.stop.set)
        work = (self._shared, data, name, dict(classifiers), make_finder)
        self._thread = threading.Thread(target=_analyse, args=work, name="video analysis", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has ended: with ``answers`` or with ``trouble``."""
        return self._shared.done.is_set()

    @property
    def progress(self) -> VideoProgress | None:
        """How far it is; None before the first frame."""
        return self._shared.progress

    @property
    def answers(self) -> VideoAnswers | None:
        """What the models said, without the video itself."""
        return self._shared.answers

    @property
    def trouble(self) -> str | None:
        """One sentence about why there are no answers."""
        return self._shared.trouble

    def cancel(self) -> None:
        """End it soon; what was analysed is kept."""
        self._shared.stop.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within that time."""
        return self._shared.done.wait(timeout_s)


def _analyse(
    shared: _Shared,
    data: bytes,
    name: str,
    classifiers: Mapping[str, Classifier],
    make_finder: Callable[[], FaceFinder],
) -> None:
    def report(progress: VideoProgress) -> None:
        shared.progress = progress

    try:
        video = read_video(data, name)
        answers = analyse_video(
            video, classifiers, make_finder(), report=report, should_stop=shared.stop.is_set
        )
        shared.answers = replace(answers, video=replace(video, source=b""))
    except FerError as error:
        shared.trouble = str(error)
    except Exception as error:  # a bug: said on the page, told in the log
        shared.trouble = f"{name} can't be analysed ({type(error).__name__}); try another file."
        _LOG.exception("a video could not be analysed")
    finally:
        shared.done.set()
