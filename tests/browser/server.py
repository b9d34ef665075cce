"""A Streamlit server of a test's own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_core import paths

START_S = 60
#: A link with ``?token=`` and this makes a trainer of who follows it, on every server of the tests.
TOKEN = "the-token-of-the-tests"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serve(
    home: Path, program: tuple[str, ...] = ("streamlit",), port: int = 0, options: tuple[str, ...] = ()
) -> Iterator[str]:
    """The address of a server of its own, just started: nobody has visited it.

    ``program`` is the Python module that runs the app, and what it wants before Streamlit's own arguments, to
    which ``options`` are added.
    """
    port = port or free_port()
    command = [
        *(sys.executable, "-m", *program, "run", "app.py"),
        *("--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"),
        *options,
    ]
    log = home / f"server_{port}.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            cwd=paths.REPOSITORY,
            env=os.environ | {"FER_HOME": str(home), "FER_TOKEN": TOKEN},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_healthy(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text()}")
