"""``python -m fer_core serve``: answer other programs over HTTP."""

from __future__ import annotations

import argparse

from fer_core.api import settings


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """``serve``."""
    command = subparsers.add_parser("serve", help="answer other programs over HTTP")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8600, help="0 takes a free one (default: %(default)s)")
    command.add_argument(
        "--token",
        help=f"that requests have to carry; better set in {settings.TOKEN_VARIABLE}, where no list of "
        "processes shows it",
    )
    command.add_argument(
        "--allow-anonymous", action="store_true", help="let other machines ask without a token"
    )
    command.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME",
        help="also answer under this name where no token is needed",
    )  # fmt: skip
    command.add_argument(
        "--allow-origin", action="append", default=[], metavar="ORIGIN",
        help="let browser pages of this origin, such as https://example.org, read the answers",
    )  # fmt: skip
    settings.add_limits(command)
    command.set_defaults(command=serve)


def serve(options: argparse.Namespace) -> None:
    """Answer requests over HTTP until stopped."""
    from fer_core.api.serving import serve_with

    serve_with(options)
