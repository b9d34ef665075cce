"""Listening: where a server of the API may be reached, and how it starts and ends."""

from __future__ import annotations

import argparse
import copy
import ipaddress
import os
import socket
import threading
from collections.abc import Iterable
from types import FrameType

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from fer_core.api.app import create_app
from fer_core.api.connections import bounded_connections
from fer_core.api.settings import TOKEN_VARIABLE, Settings, read_limits, read_token
from fer_core.errors import ConfigurationError
from fer_core.faces.stills import still_finder
from fer_core.machine import memory

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")

_LAST_PORT = 65_535
_KEEP_ALIVE_S = 5

# Requests under way at SIGTERM have this long; whatever is still going on after the second time is cut off.
_GRACE_S = 7
_END_S = 9


def serve_with(options: argparse.Namespace) -> None:
    """Serve as the command line's options and the environment say; ConfigurationError names what is wrong."""
    token, limits = read_token(options.token), read_limits(options)
    check_address(options.host, token, options.allow_anonymous)
    hosts = known_hosts(options.host, token, options.allow_anonymous, options.allow_host)
    serve(options.host, options.port, Settings(limits, token, hosts, tuple(options.allow_origin)))


def check_address(host: str, token: str | None, allow_anonymous: bool) -> None:
    """ConfigurationError if ``host`` can't be found, or others could reach it without a token."""
    if token is None and not allow_anonymous and not _is_loopback(host):
        raise ConfigurationError(
            f"{host} can be reached from other machines, and nobody would need a token: set {TOKEN_VARIABLE}, "
            "or start with --allow-anonymous if that is meant."
        )


def known_hosts(
    host: str, token: str | None, allow_anonymous: bool, more: Iterable[str]
) -> frozenset[str] | None:
    """The names that the server answers under: without a token its own and those in ``more``; else any."""
    if token is not None or (allow_anonymous and not _is_loopback(host)):
        return None
    return frozenset(name.lower() for name in (*_LOOPBACK_NAMES, host, *more))


def serve(host: str, port: int, settings: Settings) -> None:
    """Answer requests until SIGINT or SIGTERM; then those that were begun are finished, if that takes seconds.

    ConfigurationError if the address can't be had; ModelError if the face detector can't be loaded.
    """
    memory.share_arenas()
    still_finder()
    listener = listen(host, port)
    config = uvicorn.Config(
        create_app(settings),
        log_config=_logging(),
        server_header=False,
        ws="none",
        http=bounded_connections(),
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    print(f"Faceoff's API is at {_address(listener)}, its description at /docs. Ctrl-C ends it.", flush=True)
    _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """One that ends in time, whatever a library is deep in."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; and see to it that there is an end."""
        if not self.should_exit:
            end = threading.Timer(_END_S, os._exit, [128 + sig])
            end.daemon = True
            end.start()
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. ConfigurationError if it can't be had.

    Its protocol is given: only of sockets that say TCP does asyncio switch off Nagle's algorithm, which makes
    each answer wait 40 ms for the client's acknowledgement of its head.
    """
    if not 0 <= port <= _LAST_PORT:
        raise ConfigurationError(f"There is no port {port}; choose one up to {_LAST_PORT} with --port.")
    family, address = _resolve(host, port)[0]
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Port {port} of {host} can't be used ({error.strerror}); choose another with --port."
        ) from error
    return listener


def _resolve(host: str, port: int = 0) -> list[tuple[socket.AddressFamily, tuple]]:
    """Family and address of all that ``host`` stands for, IPv4 first."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"There is no host {host!r}; correct --host.") from error
    return sorted((family, address[:2]) for family, _, _, _, address in found)


def _is_loopback(host: str) -> bool:
    return all(
        ipaddress.ip_address(address[0].partition("%")[0]).is_loopback for _, address in _resolve(host)
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _logging() -> dict:
    """Uvicorn's own, but silent about what stands in uploads."""
    config = copy.deepcopy(LOGGING_CONFIG)
    config["loggers"]["python_multipart"] = {"level": "CRITICAL"}
    return config
