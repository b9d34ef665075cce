"""The dashboard as visitors meet it: seconds and layout shift a page, memory of the server, twenty at once.

    python -m benchmarks.dashboard

Starts a server on the shipped variants, opens its first page in Chromium with seven models chosen (which counts the
server's start and the front end's), and clicks on every page from there. Printed for each: how long it took to be drawn
the first time, how much of that the server computed, how much moved about meanwhile (cumulative layout shift, as
browsers count it; below 0.1 is called good), and what the server weighs afterwards; then how many times as long as the
median page the slowest takes, how twenty visitors are served (``benchmarks.visitors``), and the leaderboard and the
pairs of 60 and of 1,000 synthetic variants (``benchmarks.many_variants``).
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
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


class Walk:
    """A visitor's way over the pages, and what each cost."""

    def __init__(self, page: Page, server: psutil.Process) -> None:
        self.page, self._server = page, server
        self.seconds: dict[str, float] = {}
        self._computed_s = 0.0
        self.begin()

    def begin(self) -> None:
        """From now on the next page's time runs."""
        self._began_s = time.perf_counter()

    def end(self, name: str, heading: str) -> None:
        """The page under that heading is drawn: print what it took, as ``name``."""
        self.seconds[name] = drawn_s(self.page, heading, self._began_s)
        shifted = self.page.evaluate("const seen = window.shifted; window.shifted = 0; seen")
        computed_s, weight = computed(self._server), self._server.memory_info().rss >> 20
        print(
            f"  {name:22} {self.seconds[name]:5.2f} s, {computed_s - self._computed_s:5.2f} s of it computed by the "
            f"server, shift {shifted:4.2f}, then {weight:4} MiB",
            flush=True,
        )
        self._computed_s = computed_s


def computed(server: psutil.Process) -> float:
    """Seconds that the server and the processes it has begun have computed: what a busy machine doesn't change."""
    times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def main() -> None:
    """Measure and print."""
    ranked = sorted(list_variants(), key=lambda variant: variant.card.faceoff.get("trained_at", ""))
    models = [variant.id for variant in ranked if variant.can_predict][:MODELS]
    with server() as (address, process), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(COUNT_SHIFTS)
        print(f"{len(models)} models, one visitor; server up: {process.memory_info().rss >> 20} MiB")
        walk_all(Walk(page, process), f"{address}/?models={','.join(models)}")
        browser.close()
    with server() as (address, _):
        asyncio.run(visitors.measure(address, ""))
    many_variants.run()


def walk_all(walk: Walk, address: str) -> None:
    """Open the first page, then click on every other one, and on the first again at last."""
    walk.page.goto(address)
    walk.end("the first page", "Leaderboard")
    links = walk.page.get_by_test_id("stSidebarNavLink")
    titles = [heading.splitlines()[-1].strip() for heading in links.all_inner_texts()]
    for title in [*titles[1:], titles[0]]:
        walk.begin()
        links.filter(has_text=title).click()
        walk.end(title, title)
        if title == "Explain":
            expect(walk.page.get_by_role("img", name="Heat map:").first).to_be_visible(timeout=60_000)
            walk.end("its maps", title)
    pages = {title: walk.seconds[title] for title in titles}
    slowest, median = max(pages, key=pages.get), statistics.median(pages.values())
    print(f"  slowest: {slowest}, {pages[slowest] / median:.1f} times the median page's {median:.2f} s")


if __name__ == "__main__":
    main()
