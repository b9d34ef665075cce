"""A bounded number of requests at once, answered by a bounded number of threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from fer_core.errors import BusyError
from fer_core.faces import FaceFinder, default_finder

Result = TypeVar("Result")


class Workers:
    """Threads that answer pictures, each with a face finder of its own: finders can't be shared.

    To be used from one event loop.
    """

    def __init__(self, threads: int, places: int) -> None:
        """``threads`` work at once; ``places`` requests may be read, wait or be worked on."""
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._places = places
        self._taken = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """One place, from before a request's body is read until it is answered. BusyError if all are taken."""
        if self._taken >= self._places:
            raise BusyError(f"All {self._places} places of this server are taken; send it again in a moment.")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def run(self, work: Callable[[FaceFinder], Result]) -> Result:
        """The result of ``work``, done by the next free thread with its finder."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="answer")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._with_finder, work)

    def close(self) -> None:
        """Finish what is being worked on and let the threads end."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _with_finder(self, work: Callable[[FaceFinder], Result]) -> Result:
        if not hasattr(self._own, "finder"):
            self._own.finder = default_finder()
        return work(self._own.finder)
