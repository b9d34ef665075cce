"""Connections that send nothing, or half of a request's head, are bounded in number and time."""

from __future__ import annotations

from asyncio import BaseTransport, TimerHandle

from uvicorn.protocols.http.h11_impl import H11Protocol

#: Connections without a whole request: above it the one that has waited longest is closed.
MOST_WAITING = 256
#: Seconds in which the head of a request has to arrive.
HEAD_S = 10.0


def bounded_connections(most_waiting: int = MOST_WAITING, head_s: float = HEAD_S) -> type[H11Protocol]:
    """Uvicorn's own protocol with these bounds, for one server.

    A newcomer is never turned away for the sake of those who hold a connection and request nothing.
    """
    waiting: dict[H11Protocol, TimerHandle] = {}  # in the order of their coming

    class BoundedConnection(H11Protocol):
        """One connection. It waits until a head is whole, and again once that request is answered."""

        def connection_made(self, transport: BaseTransport) -> None:
            super().connection_made(transport)
            self._look()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._look()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._look()

        def send_400_response(self, msg: str) -> None:
            """Refuse what is no HTTP; an answer to the head that came before it has nowhere to go."""
            super().send_400_response(msg)
            if self.cycle is not None:
                self.cycle.disconnected = True
                self.cycle.message_event.set()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._leave()

        def _look(self) -> None:
            """Count this connection where it waits, and not where it is being answered."""
            if self.transport.is_closing() or (self.cycle is not None and not self.cycle.response_complete):
                self._leave()
            elif self not in waiting:
                waiting[self] = self.loop.call_later(head_s, self._close)
                if len(waiting) > most_waiting:
                    next(iter(waiting))._close()

        def _leave(self) -> None:
            timer = waiting.pop(self, None)
            if timer is not None:
                timer.cancel()

        def _close(self) -> None:
            self._leave()
            self.transport.close()

    return BoundedConnection
