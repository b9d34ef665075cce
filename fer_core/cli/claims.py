"""``python -m fer_core claims``: what the reports found, and what our own runs say to it."""

from __future__ import annotations

import argparse

from fer_core.errors import RecipeError, near_names

#: How the command line spells the verdicts of :mod:`fer_core.literature.claims`.
VERDICTS = {
    "holds": "holds",
    "fails": "does not hold",
    "undecided": "undecided",
    "equal-length": "at equal length",
    "not-comparable": "not comparable yet",
    "waits": "waits",
    "needs-weights": "can't be decided here",
}


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``claims`` to the command line."""
    command = subparsers.add_parser("claims", help="the reports' findings, tested again on our own runs")
    command.add_argument("--report", default="", metavar="FAMILY", help="of one report, such as pisa")
    command.add_argument(
        "--verdict", choices=VERDICTS, help="only those of this verdict; needs-weights: ImageNet weights"
    )
    command.set_defaults(command=claims)


def claims(options: argparse.Namespace) -> None:
    """Print every claim with its verdict, its figures and what would decide it."""
    from fer_core.literature.claims import weigh_all
    from fer_core.literature.reports import list_reports
    from fer_core.variants.registry import list_variants

    if options.report and options.report not in list_reports():
        raise RecipeError(
            f"There is no report {options.report!r}{near_names(options.report, list_reports())}"
        )
    chosen = [each for each in weigh_all(list_variants()) if options.report in ("", each.claim.family)]
    counts = {name: sum(each.verdict == words for each in chosen) for name, words in VERDICTS.items()}
    summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    other = sum(bool(each.claim.network) for each in chosen)
    print(f"{len(chosen)} claims: {summary}" + (f"; {other} of them on another network" if other else ""))
    for each in chosen:
        if options.verdict and each.verdict != VERDICTS[options.verdict]:
            continue
        print(f"\n{each.claim.family}.{each.claim.id} ({each.claim.section})\n  {each.claim.claim}")
        print(f"  reported: {each.claim.reported}\n  verdict:  {each.words}")
        for one in each.evidence:
            if not one.missing:
                print(f"            {_line(one)}")
        if each.claim.network:
            print(f"  network:  {each.claim.network}")
        if each.claim.unlike:
            print(f"  but:      {each.claim.unlike}")
        if each.needed:
            print(f"  needs:    {each.needed.text}: {', '.join(each.needed.names)}")


def _line(evidence) -> str:
    from fer_core.literature.claims.tables import evidence_row

    row = evidence_row(evidence)
    interval = "" if row["lo"] != row["lo"] else f" [{row['lo']:.2f}, {row['hi']:.2f}]"
    unequal = f"; {' and '.join(evidence.unequal)}" if evidence.unequal else ""
    return f"{row['label']}: {row['advantage']:+.2f}{interval} {row['unit']}; {evidence.test}{unequal}"
