"""Long work in a thread of its own, whatever the page does meanwhile."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fer_core.errors import FerError

Progress = TypeVar("Progress")
Result = TypeVar("Result")
Work = Callable[[Callable[[Progress], None], Callable[[], bool]], Result]

_LOG = logging.getLogger(__name__)


@dataclass
class _Shared(Generic[Progress, Result]):
    """What thread and job both see. It does not hold the job, so that a forgotten job can end its thread."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    progress: Progress | None = None
    result: Result | None = None
    error: str | None = None


class Background(Generic[Progress, Result]):
    """One piece of work, begun when it is made. It ends by itself, by ``cancel``, or when nobody keeps it.

    The work is a function of ``on_progress(progress)`` and ``should_stop()``; what it returns is the ``result``. A
    FerError becomes ``error``, its sentence; any other exception ``failed``, and is logged.
    """

    def __init__(self, work: Work[Progress, Result], name: str, failed: str) -> None:
        self._shared: _Shared[Progress, Result] = _Shared()
        weakref.finalize(self, self._shared.stop.set)
        arguments = (self._shared, work, failed)
        self._thread = threading.Thread(target=_run, args=arguments, name=name, daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has ended: with a ``result`` or with ``error``."""
        return self._shared.done.is_set()

    @property
    def progress(self) -> Progress | None:
        """How far it is; None before it has reported."""
        return self._shared.progress

    @property
    def result(self) -> Result | None:
        """What came of it; None before its end, and where there is an ``error``."""
        return self._shared.result

    @property
    def error(self) -> str | None:
        """One sentence about why there is no result."""
        return self._shared.error

    def cancel(self) -> None:
        """End it soon."""
        self._shared.stop.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within that time."""
        return self._shared.done.wait(timeout_s)


def _run(shared: _Shared[Progress, Result], work: Work[Progress, Result], failed: str) -> None:
    def on_progress(progress: Progress) -> None:
        shared.progress = progress

    try:
        shared.result = work(on_progress, shared.stop.is_set)
    except FerError as error:
        shared.error = str(error)
    except Exception as error:  # a bug: a sentence on the page, its trace in the log
        shared.error = f"{failed} ({type(error).__name__})."
        _LOG.exception("%s", failed)
    finally:
        shared.done.set()
