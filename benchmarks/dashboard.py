"""The dashboard as a visitor meets it: seconds to the first view, memory of the server process.

    python -m benchmarks.dashboard

Starts a server on the shipped variants, opens every page in Chromium with all models that can answer chosen,
and prints how long each first view took and what the server weighs afterwards.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from fer_core import paths
from fer_core.registry import list_variants

PAGES = {"Leaderboard": "", "Compare": "compare", "Try a picture": "try_picture", "Model card": "model_card"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process]]:
    """Address and process of a fresh server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            command,
            cwd=paths.REPOSITORY,
            env=os.environ | {"FER_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()


def first_view_s(page: Page, address: str, heading: str) -> float:
    """Seconds from asking for a page until its heading and its last element stand."""
    began = time.perf_counter()
    page.goto(address)
    expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=60_000)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    models = [variant.id for variant in list_variants() if variant.can_predict]
    with server() as (address, process), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        print(f"{len(models)} models; server up: {process.memory_info().rss / 1e6:.0f} MB")
        for heading, path in PAGES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            link = f"{address}/{path}?models={','.join(models)}"
            seconds = first_view_s(page, link, heading)
            print(
                f"  {heading:14} {seconds:5.2f} s to its first view, then {process.memory_info().rss / 1e6:4.0f} MB"
            )
            page.close()
        browser.close()


def _wait(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
