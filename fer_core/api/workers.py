"""A bounded number of requests at once, answered by a bounded number of threads, each within a time."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from fer_core.errors import AnswerTooSlowError, BusyError
from fer_core.faces.finders import FaceFinder
from fer_core.faces.stills import still_finder

Result = TypeVar("Result")

#: Work is given a finder of its thread, and a function that raises where nobody waits for it any more.
Work = Callable[[FaceFinder, Callable[[], None]], Result]


@dataclass(eq=False)
class _Order:
    """One piece of work, and who waits for it."""

    work: Work
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future
    given_up: threading.Event

    def check(self) -> None:
        """AnswerTooSlowError where nobody waits any more."""
        if self.given_up.is_set():
            raise AnswerTooSlowError("Nobody waits for this answer any more.")

    def deliver(self, how: Callable[[Any], None], what: Any) -> None:
        """Hand over what came of it, if anybody still waits."""

        def set_unless_given_up() -> None:
            if not self.answer.done():
                how(what)

        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(set_unless_given_up)


class Workers:
    """Threads that answer pictures, each with a face finder of its own: finders can't be shared.

    To be used from one event loop. The threads hold up no end of the process: what one of them is deep in,
    inside a library, can't be stopped.
    """

    def __init__(
        self, threads: int, places: int, client_places: int | None = None, timeout_s: float | None = None
    ) -> None:
        """``threads`` work at once; ``places`` requests may be read, wait or be worked on, ``client_places`` of
        them by one client; after ``timeout_s`` a request is given up."""
        self._threads, self._timeout_s = threads, timeout_s
        self._waiting: SimpleQueue[_Order | None] = SimpleQueue()
        self._orders: set[_Order] = set()
        self._places, self._client_places = places, min(places, client_places or places)
        self._taken: Counter[str] = Counter()
        self._started = False
        self._busy, self._counting = 0, threading.Lock()

    @property
    def is_free(self) -> bool:
        """Whether a thread would begin at once with the next request."""
        return self._busy < self._threads and self._waiting.empty()

    @contextmanager
    def place(self, client: str = "") -> Iterator[None]:
        """One place, from before a request's body is read until it is answered. BusyError if there is none."""
        if self._taken.total() >= self._places:
            raise BusyError(f"All {self._places} places of this server are taken; send it again in a moment.")
        if self._taken[client] >= self._client_places:
            raise BusyError(
                f"This client holds {self._client_places} of the server's {self._places} places, as many as one "
                "may; send it again in a moment."
            )
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]

    async def run(self, work: Work[Result]) -> Result:
        """The result of ``work``, done by the next free thread. AnswerTooSlowError if it takes too long."""
        self._start()
        loop = asyncio.get_running_loop()
        order = _Order(work, loop, loop.create_future(), threading.Event())
        self._orders.add(order)
        self._waiting.put(order)
        try:
            return await asyncio.wait_for(order.answer, self._timeout_s)
        except TimeoutError as error:
            raise AnswerTooSlowError(
                f"The answer took longer than {self._timeout_s:g} seconds; send fewer or smaller pictures, ask "
                "fewer models, or come again when less is going on."
            ) from error
        finally:
            order.given_up.set()
            self._orders.discard(order)

    def close(self) -> None:
        """Let the threads end with what they are at; nothing is waited for."""
        for order in self._orders:
            order.given_up.set()
        for _ in range(self._threads if self._started else 0):
            self._waiting.put(None)
        self._started = False

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for number in range(self._threads):
                threading.Thread(target=self._serve, name=f"answer-{number}", daemon=True).start()

    def _serve(self) -> None:
        finder: list[FaceFinder] = []
        while self._do_next(finder):
            pass

    def _do_next(self, finder: list[FaceFinder]) -> bool:
        """Whether there will be more. What it knows of an order, such as its pictures, is forgotten with it."""
        order = self._waiting.get()
        if order is None:
            return False
        with self._counting:
            self._busy += 1
        try:
            order.check()
            if not finder:
                finder.append(still_finder())
            order.deliver(order.answer.set_result, order.work(finder[0], order.check))
        except BaseException as error:
            order.deliver(order.answer.set_exception, error)
        finally:
            with self._counting:
                self._busy -= 1
        return True
