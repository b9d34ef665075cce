"""What is done to every request and every answer."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fer_core.api.problems import refusal
from fer_core.errors import BusyError, WrongHostError
from fer_core.machine import memory

#: Answers are about people: no cache keeps them, no page frames them, nothing is guessed about them.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

#: Requests of all kinds at once, and the paths for whoever monitors the server.
MOST_UNDER_WAY = 128
ALWAYS_ANSWERED = ("/health", "/ready")

#: After a request with a longer body, freed memory goes back to the system: that takes milliseconds.
LARGE_BODY_BYTES = 1_000_000


class SafeAnswers:
    """Adds SECURITY_HEADERS to each answer that doesn't set them itself, and answers HEAD as GET without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        without_body = scope["method"] == "HEAD"

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            elif without_body:
                message = {**message, "body": b""}
            await send(message)

        if without_body:
            scope = {**scope, "method": "GET"}
        return await self.app(scope, receive, send_safely)


class BoundedRoom:
    """Refuses requests where too many are under way; those in ALWAYS_ANSWERED never."""

    def __init__(self, app: ASGIApp, most: int = MOST_UNDER_WAY) -> None:
        self.app = app
        self.most = most
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ALWAYS_ANSWERED:
            return await self.app(scope, receive, send)
        if self.under_way >= self.most:
            error = BusyError(f"{self.most} requests are under way at once; send it again in a moment.")
            return await refusal(error)(scope, receive, send)
        self.under_way += 1
        try:
            return await self.app(scope, receive, send)
        finally:
            self.under_way -= 1


class GivenBack:
    """Gives memory back to the system after each request whose body was longer than LARGE_BODY_BYTES."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_and_count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        try:
            return await self.app(scope, receive_and_count, send)
        finally:
            if received > LARGE_BODY_BYTES:
                memory.give_back()


class KnownHosts:
    """Refuses requests whose ``Host`` is none of ``hosts``."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and host_of(Headers(scope=scope).get("host", "")) not in self.hosts:
            error = WrongHostError(
                "This server doesn't answer under the name of this request; ask it as "
                f"{' or '.join(sorted(self.hosts))}, or start it with --allow-host."
            )
            return await refusal(error)(scope, receive, send)
        return await self.app(scope, receive, send)


def host_of(header: str) -> str:
    """``"localhost:8600"`` -> ``"localhost"``, ``"[::1]:8600"`` -> ``"::1"``, in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()
