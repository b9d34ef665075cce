"""A training that makes no step any more is ended, and says so, instead of occupying a core without end.

What hangs is native code of a framework, which no exception reaches: the process has to end.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from fer_core import paths
from fer_core.errors import TrainingError

#: Seconds without a step after which a training is ended; 0 never ends one.
STALL_VARIABLE = "FER_STALL_S"
STALL_S = 600.0
_TICK_S = 1.0


def stall_limit_s() -> float:
    """Seconds without a step after which a training is ended, 0 for never; TrainingError if set to nonsense."""
    text = os.environ.get(STALL_VARIABLE) or str(STALL_S)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise TrainingError(
            f"{STALL_VARIABLE} is {text!r}; it must be a number of seconds, 0 to never end one."
        )
    return seconds


@contextmanager
def stall_watch(end: Callable[[str], None] | None) -> Iterator[Callable[[], None]]:
    """Inside, ``end`` is called with a sentence when the function yielded here has not been called for too long.

    ``end`` runs in a thread of its own, while the training's thread is stuck. None watches nothing. Time in
    which the whole process is stopped does not count: ticks are counted, not the clock.
    """
    limit_s = stall_limit_s()
    if end is None or not limit_s:
        yield lambda: None
        return
    ended, ticks, watched = threading.Event(), [0.0], threading.get_ident()

    def watch() -> None:
        tick_s = min(_TICK_S, limit_s / 4)
        while not ended.wait(tick_s):
            ticks[0] += tick_s
            if ticks[0] >= limit_s:
                return end(_sentence(limit_s, sys._current_frames().get(watched)))

    def stepped() -> None:
        ticks[0] = 0.0

    threading.Thread(target=watch, daemon=True, name="stall-watch").start()
    try:
        yield stepped
    finally:
        ended.set()


def end_process(sentence: str) -> None:
    """Print the sentence and end this process with 1, whatever its other threads are stuck in."""
    print(f"\nfer_core: {sentence}", file=sys.stderr, flush=True)
    os._exit(1)


def _sentence(limit_s: float, frame: FrameType | None) -> str:
    waited = f"{limit_s / 60:g} minutes" if limit_s >= 120 else f"{limit_s:g} seconds"
    return (
        f"The training made no step for {waited}{_place(frame)} and was ended: resume it after its last finished "
        f"epoch; {STALL_VARIABLE} sets the limit."
    )


def _place(frame: FrameType | None) -> str:
    """The innermost function of this project that the stuck thread is in."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(str(paths.REPOSITORY / "fer_core")):
            return f" (stuck in {frame.f_code.co_name})"
        frame = frame.f_back
    return ""
