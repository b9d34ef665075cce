"""The leaderboard and the pairs of many synthetic variants, each answering all 7,178 test faces.

    python -m benchmarks.many_variants 60 1000

For each number, variants are drawn into a folder of their own and read by a fresh process. Printed are the
seconds of the leaderboard with all its statistics (the first time and again), of the whole page as Streamlit
runs it (the first time, imports left out, and again), and of every pair; beside them how many times the seconds
that reading the cards alone takes.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fer_core import paths

FACES_PER_SPLIT = 3589
#: Beyond this the table of pairs grows with the square; nobody can read that many.
MOST_PAIRED = 100
_HOME = "FER_HOME"
_PARTS = ("core", "page")


def draw_variants(count: int, home: Path) -> None:
    """``count`` trained variants of rising skill in ``home``, without model files."""
    from tests.fixtures_variants import make_variant

    cards = home / "model_cards"
    cards.mkdir(parents=True)
    for number in range(count):
        make_variant(
            cards, f"family{number % 6}.v{number}", seed=number, skill=1 + 1.5 * number / count,
            faces_per_split=FACES_PER_SPLIT, with_model=False, parameters=10**8,
        )  # fmt: skip


def measure(part: str) -> None:
    """Measure the variants of FER_HOME in this process, with nothing else registered, and print."""
    paths.SHIPPED_CARDS = Path(os.environ[_HOME]) / "none"
    (_measure_core if part == "core" else _measure_page)()


def _measure_core() -> None:
    from fer_core.comparison.leaderboard import leaderboard_frame
    from fer_core.comparison.standings import pair_frame, read_outcomes, standings_frame
    from fer_core.variants.registry import list_variants

    def leaderboard() -> Any:
        variants = list_variants()
        leaderboard_frame(variants)
        reading = read_outcomes(variants)
        standings_frame(reading)
        return reading

    variants, cards_s = _timed(list_variants)
    print(f"{len(variants)} variants x {2 * FACES_PER_SPLIT:,} answers")
    _report("cards alone", cards_s, cards_s)
    reading, seconds = _timed(leaderboard)
    _report("leaderboard with all statistics, first", cards_s + seconds, cards_s)
    _report("again", _timed(leaderboard)[1], cards_s)
    _report("with a baseline", _timed(lambda: standings_frame(reading, variants[0].id))[1], cards_s)
    if len(variants) <= MOST_PAIRED:
        _report("every pair", _timed(lambda: pair_frame(reading.panels[0]))[1], cards_s)


def _measure_page() -> None:
    from streamlit.testing.v1 import AppTest

    for name in (
        "dashboard.shell.sidebar",
        "dashboard.compare.table",
        "dashboard.reads.paired_tests",
        "fer_core.charts.scores",
    ):
        importlib.import_module(name)
    app = AppTest.from_file(str(paths.REPOSITORY / "app.py"), default_timeout=300)
    for words in ("the page, first", "the page, again"):
        _, seconds = _timed(app.run)
        print(f"  {words:42}{seconds:7.2f} s")
    if app.exception:
        raise SystemExit(str(app.exception))


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return call(), time.perf_counter() - began


def _report(words: str, seconds: float, unit_s: float) -> None:
    print(f"  {words:42}{seconds:7.2f} s{seconds / unit_s:8.1f} x")


def run(counts: Sequence[int] = (60, 1000)) -> None:
    """Draw, measure and print for each number of variants."""
    for count in counts:
        with tempfile.TemporaryDirectory() as home:
            draw_variants(count, Path(home))
            for part in _PARTS:
                command = [sys.executable, "-m", "benchmarks.many_variants", "--part", part]
                environment = os.environ | {_HOME: home}
                subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)


def main() -> None:
    """The command line, and one part of it in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counts", nargs="*", type=int, default=[60, 1000])
    parser.add_argument("--part", choices=_PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        measure(options.part)
    else:
        run(options.counts)


if __name__ == "__main__":
    main()
