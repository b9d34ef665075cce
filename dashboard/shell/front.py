"""The empty page that a browser gets before anything of the app: under our name, and with our style from the start."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.shell import look

_HTML = "text/html"
_CHANGES = {
    b"<title>Streamlit</title>": b"<title>Faceoff</title>",
    b"</head>": f"{look.HEAD}</head>".encode(),
}


class FrontPage:
    """Changes the front end's HTML on its way to a browser, and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        """``app`` answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _HTML not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        # Not compressed, and never "as you have it": its text is wanted.
        dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
        await self._app(scope | {"headers": headers}, receive, _Changing(send))


class _Changing:
    """Holds an HTML answer back until it is whole, and sends it changed; passes any other on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_changed(self._start)

    async def _send_changed(self, start: Message) -> None:
        if all(old in self._body for old in _CHANGES):
            for old, new in _CHANGES.items():
                self._body = self._body.replace(old, new)
            headers = MutableHeaders(raw=start["headers"])
            headers["content-length"] = str(len(self._body))
            for name in ("etag", "last-modified"):  # of the page as it was
                del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": self._body})


def _is_page(start: Message) -> bool:
    return start["status"] == 200 and Headers(raw=start["headers"]).get("content-type", "").startswith(_HTML)
