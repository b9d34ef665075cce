"""Pages are drawn one after the other where many are requested at once.

Every viewer's run is a thread, and Python computes in one of them at a time: twenty that run together all end when the
last one does. In turn, the first has its page at once, and the last waits no longer.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

#: Two, so that a page which reads files or waits for another process leaves the processor to the next.
PLACES = 2
#: A queue that has stood still for so long lets its first in: what runs may be long work, not a page.
PATIENCE_S = 1.0


class Turns:
    """A queue before a few places, first come first served."""

    def __init__(self, places: int = PLACES, patience_s: float = PATIENCE_S) -> None:
        """``places``: how many run together; ``patience_s``: after which one more does."""
        self._places, self._patience_s = places, patience_s
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._running, self._moved = 0, time.monotonic()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a place, and hold it."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        me = object()
        with self._changed:
            if not self._waiting:
                self._moved = time.monotonic()
            self._waiting.append(me)
            while not (self._waiting[0] is me and self._has_room()):
                self._changed.wait(self._patience_s)
            self._waiting.popleft()
            self._running += 1
            self._moved = time.monotonic()
            self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._running < self._places or time.monotonic() - self._moved >= self._patience_s


#: Of this server.
PAGES = Turns()
