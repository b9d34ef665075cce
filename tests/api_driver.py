"""The API as its tests drive it: in this process, or as a server of a test's own."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from skimage import data

from fer_core import paths
from fer_core.api.app import create_app
from fer_core.api.settings import Limits, Settings
from tests.browser.pictures import encoded

START_S = 60
BOUNDARY = b"between-parts"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
PROBLEM = "application/problem+json"
PORTRAIT = encoded(Image.fromarray(data.astronaut()), "JPEG")


def client(settings: Settings | None = None, **limits: int) -> TestClient:
    """A client of a new application; a bug in it raises here."""
    settings = settings or Settings(Limits(**limits))
    return TestClient(create_app(settings), base_url="http://127.0.0.1", follow_redirects=False)


def picture(content: bytes, name: str = "face.jpg") -> tuple[str, tuple[str, bytes, str]]:
    """One file of a form."""
    return "images", (name, content, "image/jpeg")


def noise(seed: int) -> bytes:
    """A face crop that no other seed gives: 48 x 48 grey pixels as PNG."""
    return encoded(Image.fromarray(np.random.default_rng(seed).integers(0, 256, (48, 48), np.uint8)), "PNG")


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    """One part of a form written by hand, without the line that ends the form."""
    named = f'; filename="{file}"' if file is not None else ""
    head = f'--{BOUNDARY.decode()}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode("utf-8", "surrogateescape") + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """The whole body of those parts."""
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def post_directly(app: FastAPI, body: bytes) -> int:
    """The status of ``POST /predict``, sent without a client: clients hold on to what they sent."""
    pieces = iter([body[start : start + 65_536] for start in range(0, len(body), 65_536)])
    sent: list[dict] = []
    scope = {
        "type": "http", "method": "POST", "path": "/predict", "raw_path": b"/predict", "root_path": "",
        "query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in FORM.items()],
    }  # fmt: skip

    async def receive() -> dict:
        piece = next(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


@dataclass(frozen=True)
class Server:
    """A running server: its address, its process, and the file of all it prints."""

    address: str
    process: subprocess.Popen
    log: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def peak_memory_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@contextmanager
def serve(home: Path, *options: str, **environment: str) -> Iterator[Server]:
    """``python -m fer_core serve`` on a free port, over the variants of ``home`` and the shipped ones."""
    log = home / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "fer_core", "serve", "--port", "0", *options],
            cwd=paths.REPOSITORY,
            env=os.environ | {"FER_HOME": str(home)} | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(_printed_address(process, log), process, log)
    finally:
        process.terminate()
        process.wait(timeout=40)


def _printed_address(process: subprocess.Popen, log: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"is at (http://\S+),", log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text()}")
