"""The process that imports a data set, or draws one: ``python -m fer_core.data.import_task``.

One at a time in a server. Some hundred megabytes of pictures are unpacked in it, and end with it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path, PurePath
from typing import Any

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import import_dataset, store_dataset
from fer_core.errors import DataError
from fer_core.machine.tasks import Seat, Task, run_task, say_progress
from fer_core.roles.permissions import Identity, for_trainers, identity_from_json, identity_to_json

TIME_LIMIT_S = 3600
#: Endings of archives that are taken as an upload, and how large one may be.
ARCHIVE_SUFFIXES = ("zip", "tar", "xz", "txz", "gz", "tgz", "bz2")
LARGEST_ARCHIVE_BYTES = 200_000_000
#: How many faces are drawn for Training, and for each of the test splits.
DRAWN_TRAINING, DRAWN_TESTING = 1_400, 350

_SEAT = Seat("Another data set is being imported: wait until that is over.")


@for_trainers("began to import data", "path")
def start_import(path: str, by: Identity | None = None) -> Task:
    """Import the data set at ``path`` of this machine, in the place of what was imported before.

    Args:
        path: a folder, an archive or fer2013.csv, as :func:`fer_core.data.sources.read_source` takes them.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: there is nothing at that path.
        TaskError: another data set is being imported.
    """
    source = Path(path).expanduser()
    if not path.strip() or not source.exists():
        raise DataError(
            f"There is nothing at {path.strip() or 'an empty path'} on the machine that runs Faceoff: give the FER2013 "
            "folder, its .zip or .tar.xz, or fer2013.csv."
        )
    return _start({"path": str(source.absolute())}, f"Importing {source.name}", by)


@for_trainers("began to import data", "file_name")
def start_import_of(archive: bytes, file_name: str, by: Identity | None = None) -> Task:
    """Import an uploaded archive; its copy on disk is gone when the task is over. Errors as :func:`start_import`."""
    paths.home().mkdir(parents=True, exist_ok=True)
    folder = tempfile.TemporaryDirectory(prefix="import-", dir=paths.home())
    source = Path(folder.name) / PurePath(file_name).name
    source.write_bytes(archive)
    return _start({"path": str(source)}, f"Importing {source.name}", by, folder)


@for_trainers("began to draw data", "what")
def start_drawing(by: Identity | None = None, what: str = "faces") -> Task:
    """Draw faces to learn from and to measure on, in the place of what was imported. Errors as :func:`start_import`."""
    return _start({"path": None}, f"Drawing {what}", by)


def _start(
    order: dict[str, Any], name: str, by: Identity | None, holds: tempfile.TemporaryDirectory | None = None
) -> Task:
    order = order | {"by": identity_to_json(by)}
    return _SEAT.take(
        lambda: Task("fer_core.data.import_task", order, name=name, limit_s=TIME_LIMIT_S, holds=holds)
    )


def _import(order: dict[str, Any]) -> None:
    by = identity_from_json(order["by"])
    if order["path"] is None:
        store_dataset(schematic_dataset(DRAWN_TRAINING, DRAWN_TESTING), by=by)
    else:
        import_dataset(Path(order["path"]), say_progress, by=by)


if __name__ == "__main__":
    sys.exit(run_task(_import))
