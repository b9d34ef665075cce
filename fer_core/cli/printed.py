"""``python -m fer_core printed``: every decimal that the reports print, and where it stands in Faceoff."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from fer_core.errors import RecipeError, near_names


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``printed`` to the command line."""
    command = subparsers.add_parser("printed", help="every figure that the reports print, with its line")
    command.add_argument("--report", default="", metavar="FAMILY", help="of one report, such as pisa")
    command.add_argument(
        "--check",
        type=Path,
        metavar="FOLDER",
        help="hold the reports' own texts in FOLDER against it; fails where a decimal stands nowhere",
    )
    command.set_defaults(command=printed)


def printed(options: argparse.Namespace) -> int:
    """Print the decimals of one report or of all, a count for each; 1 where a text has one that Faceoff lacks."""
    from fer_core.literature.report_texts import (
        MISSING,
        STATES,
        WRONG,
        find_texts,
        listed_decimals,
        placed_decimals,
    )
    from fer_core.literature.reports import list_reports

    if options.report and options.report not in list_reports():
        raise RecipeError(
            f"There is no report {options.report!r}{near_names(options.report, list_reports())}"
        )
    texts = find_texts(options.check) if options.check else {}
    total: Counter[str] = Counter()
    for family in [options.report] if options.report else list_reports():
        if texts:
            decimals = list(placed_decimals(family, texts[family].read_text(encoding="utf-8")))
        else:
            decimals = listed_decimals(family)
        for each in decimals:
            print(f"{family}:{each.line:<4} {each.printed:>10}  {each.state:<7}  {each.stands}")
        counts = Counter(each.state for each in decimals)
        print(f"{family}: {_summary(counts, STATES)}\n")
        total += counts
    print(f"{total.total()} decimals: {_summary(total, STATES)}")
    return 1 if total[MISSING] or total[WRONG] else 0


def _summary(counts: Counter[str], states: dict[str, str]) -> str:
    return ", ".join(f"{counts[state]} {words}" for state, words in states.items())
