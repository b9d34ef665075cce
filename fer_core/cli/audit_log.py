"""``python -m fer_core audit``: who changed what, and when."""

from __future__ import annotations

import argparse


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``audit`` to the command line."""
    command = subparsers.add_parser("audit", help="who changed what and when, the latest last")
    command.add_argument("--last", type=int, default=50, metavar="N", help="lines (default: %(default)s)")
    command.set_defaults(command=show)


def show(options: argparse.Namespace) -> None:
    """Print the latest entries of the log."""
    from collections import deque

    from fer_core.roles.audit_log import DONE, read_entries

    for entry in deque(read_entries(), maxlen=max(options.last, 0)):
        failed = "" if entry.outcome == DONE else f"  – {entry.outcome}"
        print(f"{entry.when}  {entry.who}  {entry.act}  {entry.on}{failed}")
