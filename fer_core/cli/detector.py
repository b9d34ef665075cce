"""``python -m fer_core detector``: fetch the file of the better face detector."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.roles.permissions import for_trainers

if TYPE_CHECKING:
    from fer_core.faces.detector_file import DetectorFile


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``detector`` to the command line."""
    command = subparsers.add_parser("detector", help="fetch the YuNet face detector (0.2 MB), once")
    command.set_defaults(command=fetch_it)


def fetch_it(options: argparse.Namespace) -> None:
    """Say which detector is used, fetching it first where no other is chosen."""
    from fer_core.faces.detector_file import VARIABLE, YUNET, detector_path, is_wanted
    from fer_core.faces.finders import YuNetFinder

    if is_wanted():
        print(f"Fetched {_fetched(YUNET, by=None)}")
    path = detector_path()
    if path is not None:
        YuNetFinder(path)  # ModelError, with what to do, where it is none
    print(
        f"Faces are found with {path}."
        if path
        else f"{VARIABLE} is off: faces are found with OpenCV's cascade."
    )


@for_trainers("fetched the face detector", "file")
def _fetched(file: DetectorFile, *, by: None) -> Path:
    from fer_core.faces.detector_file import fetch

    return fetch(file)
