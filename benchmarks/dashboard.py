"""The dashboard as visitors meet it: seconds and layout shift a page, memory of the server, twenty at once.

    python -m benchmarks.dashboard

Starts a server on the shipped variants, walks all pages in Chromium with seven models chosen,
and prints how long each took to be drawn the first time, how much moved about meanwhile (cumulative layout shift, as
browsers count it; below 0.1 is called good), and what the server weighs afterwards; then how twenty visitors are served
(``benchmarks.visitors``), and the leaderboard and the pairs of 60 and of 1,000 synthetic variants
(``benchmarks.many_variants``).
"""

from __future__ import annotations

import asyncio
import shutil
import time

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks import many_variants, visitors
from benchmarks.fresh_server import server
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
#: Browsers call a page good where no more has moved.
GOOD_SHIFT = 0.1
#: Counts in ``window.shifted`` how far parts of a page have moved without a click that asked for it.
COUNT_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
EVERY_CHART_STANDS = """
    [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].every(chart => chart.querySelector("svg.marks"))
"""


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
        page.add_init_script(COUNT_SHIFTS)
        print(f"{len(models)} models, one visitor; server up: {process.memory_info().rss >> 20} MiB")
        began = time.perf_counter()
        page.goto(f"{address}/?models={','.join(models)}")
        expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible(timeout=60_000)
        print(f"  {'its table':22} {time.perf_counter() - began:5.2f} s: what the first screen shows")
        report(page, "Leaderboard", drawn_s(page, "Leaderboard", began), process)
        links = page.get_by_test_id("stSidebarNavLink")
        for heading in links.all_inner_texts()[1:]:
            title = heading.splitlines()[-1].strip()
            began = time.perf_counter()
            links.filter(has_text=title).click()
            report(page, title, drawn_s(page, title, began), process)
        browser.close()
    with server() as (address, _):
        asyncio.run(visitors.measure(address, ""))
    many_variants.run()


def report(page: Page, heading: str, seconds: float, process: psutil.Process) -> None:
    """Print a page's seconds, what moved on it, and what the server weighs after it."""
    shifted = page.evaluate("const seen = window.shifted; window.shifted = 0; seen")
    weight = process.memory_info().rss >> 20
    print(f"  {heading:22} {seconds:5.2f} s, shift {shifted:4.2f}, then {weight:4} MiB", flush=True)


if __name__ == "__main__":
    main()
