"""What stands between a viewer's camera and the page: frames in on one thread, answers out on others."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import numpy as np

from fer_core.errors import FerError
from fer_core.faces.finders import FaceFinder
from fer_core.live import LiveEngine, Timeline, draw_frame

if TYPE_CHECKING:
    import av

_LOG = logging.getLogger(__name__)


class LiveCamera:
    """One session's stream. Its object lives in the session; the video thread holds it by closure.

    ``engine`` and ``timeline`` may be used from any thread. Whatever goes wrong with a frame, the frame goes
    back as it came, and ``error`` says why until a frame succeeds (an exception would freeze the video). What is
    shown may be ``mirrored``, as people know themselves; what models see never is.
    """

    def __init__(self, finder: FaceFinder) -> None:
        """``finder`` is a detector of this camera's own: detectors must not be shared between threads."""
        self.engine = LiveEngine({}, finder)
        self.timeline = Timeline()
        self.mirrored = False
        self.error: str | None = None
        self._logged = threading.Event()

    def answer(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame with its faces boxed and labelled."""
        import av

        drawn = av.VideoFrame.from_ndarray(self.draw(frame.to_ndarray(format="rgb24")), format="rgb24")
        drawn.pts, drawn.time_base = frame.pts, frame.time_base
        return drawn

    def draw(self, rgb: np.ndarray) -> np.ndarray:
        """``rgb`` uint8 (H, W, 3) with boxes and labels, or as it came where something failed."""
        try:
            seen = self.engine.process(rgb)
            self.timeline.add(seen)
            drawn = draw_frame(rgb, seen, mirrored=self.mirrored)
        except FerError as error:
            self.error = str(error)
            return self._plain(rgb)
        except Exception as error:  # a bug: said and logged once, and the video goes on
            self.error = (
                f"The video can't be answered ({type(error).__name__}): stop it and start it again, or use "
                "Single pictures."
            )
            if not self._logged.is_set():
                self._logged.set()
                _LOG.exception("a frame could not be answered")
            return self._plain(rgb)
        self.error = None
        return drawn

    def _plain(self, rgb: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(rgb[:, ::-1]) if self.mirrored else rgb
