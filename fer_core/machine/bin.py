"""The bin, ``FER_HOME/bin/<when>/<id>``: what is deleted or replaced lies there until somebody empties it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from fer_core import paths

#: How the moment of deletion is written in the name of a folder of the bin; no two have the same.
DELETED_AT = "%Y%m%dT%H%M%S.%fZ"


def put_in_bin(folder: Path) -> tuple[str, datetime]:
    """Move a variant's folder to the bin; returns the name of its place there, and when that was."""
    now = datetime.now(UTC)
    place = paths.binned() / now.strftime(DELETED_AT)
    place.mkdir(parents=True)
    shutil.move(folder, place / folder.name)
    return place.name, now
