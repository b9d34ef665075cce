"""The dashboard as a visitor meets it: seconds to the first view, memory of the server process.

    python -m benchmarks.dashboard

Starts a server on the shipped variants, walks all pages in Chromium with seven models chosen,
and prints how long each took to be drawn the first time and what the server weighs afterwards. Then the
leaderboard and the pairs of 60 and of 1,000 synthetic variants (``benchmarks.many_variants``).
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

from benchmarks import many_variants
from fer_core import paths
from fer_core.variants.registry import list_variants

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
#: As many as people look at together.
MODELS = 7
EVERY_CHART_STANDS = """
    [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].every(chart => chart.querySelector("svg.marks"))
"""


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


def drawn_s(page: Page, heading: str, began: float) -> float:
    """Seconds since ``began`` until the page of that heading, and every chart on it, is drawn."""
    expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=60_000
    )
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=60_000)
    page.wait_for_function(EVERY_CHART_STANDS, timeout=60_000)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    ranked = sorted(list_variants(), key=lambda variant: variant.card.faceoff.get("trained_at", ""))
    models = [variant.id for variant in ranked if variant.can_predict][:MODELS]
    with server() as (address, process), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        print(f"{len(models)} models, one visitor; server up: {process.memory_info().rss >> 20} MiB")
        began = time.perf_counter()
        page.goto(f"{address}/?models={','.join(models)}")
        expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible(timeout=60_000)
        print(f"  {'its table':22} {time.perf_counter() - began:5.2f} s: what the first screen shows")
        report("Leaderboard", drawn_s(page, "Leaderboard", began), process)
        links = page.get_by_test_id("stSidebarNavLink")
        for heading in links.all_inner_texts()[1:]:
            title = heading.splitlines()[-1].strip()
            began = time.perf_counter()
            links.filter(has_text=title).click()
            report(title, drawn_s(page, title, began), process)
        browser.close()
    many_variants.run()


def report(heading: str, seconds: float, process: psutil.Process) -> None:
    """Print a page's seconds and what the server weighs after it."""
    print(f"  {heading:22} {seconds:5.2f} s, then {process.memory_info().rss >> 20:4} MiB", flush=True)


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
