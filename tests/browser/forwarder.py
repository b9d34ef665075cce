"""A forwarder that says ``Host: localhost`` of whoever comes, and adds no header: as many proxies are set up."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_MOST = 65_536


@contextmanager
def forward(address: str, host: str = "localhost") -> Iterator[str]:
    """The address of a forwarder to ``address``: each connection's first request says ``Host: host:port``.

    What follows passes as it is, websockets too; a connection's further requests have to open new ones.
    """
    port = urlsplit(address).port
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, host), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, host: str) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, port, host), daemon=True).start()


def _serve(browser: socket.socket, port: int, host: str) -> None:
    with suppress(OSError), browser, socket.create_connection(("127.0.0.1", port)) as server:
        request = b""
        while _HEAD_END not in request:
            more = browser.recv(_MOST)
            if not more:
                return
            request += more
        head, _, rest = request.partition(_HEAD_END)
        server.sendall(_with_host(head, f"{host}:{port}".encode()) + _HEAD_END + rest)
        threading.Thread(target=_pass_on, args=(browser, server), daemon=True).start()
        _pass_on(server, browser)


def _with_host(head: bytes, host: bytes) -> bytes:
    """The head with another host; and unless it is a websocket's, with the wish to end the connection after it."""
    lines = [line for line in head.split(b"\r\n") if not re.match(rb"(?i)host:", line)]
    if not any(re.match(rb"(?i)upgrade:", line) for line in lines):
        lines = [line for line in lines if not re.match(rb"(?i)connection:", line)] + [b"Connection: close"]
    return b"\r\n".join([lines[0], b"Host: " + host, *lines[1:]])


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_MOST):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
