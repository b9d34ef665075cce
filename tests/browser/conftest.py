"""A real server, a real browser, and variants of known answers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fer_core import paths
from tests.fixtures_variants import make_variant

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
MODELS = ("demo.good", "demo.fair")
START_S = 60


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """A FER_HOME with two trained variants, a recipe and a broken folder."""
    folder = tmp_path_factory.mktemp("home")
    cards = folder / "model_cards"
    cards.mkdir()
    make_variant(cards, MODELS[0], seed=1, skill=3.0, latency_ms=2.0)
    make_variant(cards, MODELS[1], seed=2, skill=2.0, framework="keras", latency_ms=1.0)
    make_variant(cards, "demo.recipe", seed=3, status="recipe-only")
    (cards / "demo.broken").mkdir()
    return folder


@contextmanager
def serve(home: Path) -> Iterator[str]:
    """The address of a server of its own, just started: nobody has visited it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "streamlit", "run", "app.py"),
        *("--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"),
    ]
    log = home / f"server_{port}.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            cwd=paths.REPOSITORY,
            env=os.environ | {"FER_HOME": str(home)},
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


@pytest.fixture(scope="session")
def address(home) -> Iterator[str]:
    """The server that most tests share."""
    with serve(home) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[playwright.Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on the path")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator[playwright.Page]:
    """A tab of a visitor who has never been here, 1280 pixels wide."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


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
