"""The process that adds a test set: ``python -m fer_core.test_sets.adding_task``, one at a time in a server.

Strangers' pictures are decoded and searched in it, and end with it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from fer_core import paths
from fer_core.data.import_task import ARCHIVE_SUFFIXES
from fer_core.machine.tasks import Seat, Task, run_task, say_progress
from fer_core.roles.permissions import Identity, for_trainers, identity_from_json, identity_to_json
from fer_core.test_sets.adding import ReadingOptions, add_set
from fer_core.test_sets.relabelling import add_labels
from fer_core.test_sets.store import check_name, clear_unfinished

TIME_LIMIT_S = 3600
#: Endings of files that are taken as an upload.
SUFFIXES = (*ARCHIVE_SUFFIXES, "csv")

_PREFIX = "adding-"
_SEAT = Seat("Another test set is being added: wait until that is over.")


@for_trainers("began to add a test set", "name")
def start_adding(
    content: bytes,
    file_name: str,
    name: str,
    reading: ReadingOptions,
    by: Identity | None = None,
    faces_of: str = "",
) -> Task:
    """Add the uploaded archive or csv as the test set ``name``; its copy on disk is gone when the task is over.

    ``faces_of``: the split whose pictures the csv labels; "" for your own pictures.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: the name is taken, or none.
        TaskError: another set is being added.
    """
    check_name(name)
    paths.home().mkdir(parents=True, exist_ok=True)
    _remove_forgotten_uploads()
    upload = _Upload(name)
    source = Path(upload.folder.name) / PurePath(file_name).name
    source.write_bytes(content)
    sent = {"path": str(source), "name": name, "reading": asdict(reading), "faces_of": faces_of}
    sent["by"] = identity_to_json(by)
    return _SEAT.take(
        lambda: Task(
            "fer_core.test_sets.adding_task", sent, name=f"Adding {name}", limit_s=TIME_LIMIT_S, holds=upload
        )
    )


class _Upload:
    """The folder of an upload: it goes when the task is over, with what a cancelled task has begun to write."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.folder = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=paths.home())

    def cleanup(self) -> None:
        self.folder.cleanup()
        clear_unfinished(self._name)


def _remove_forgotten_uploads() -> None:
    """Those of a server that was killed: no task takes so long that it could still want them."""
    for folder in paths.home().glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > 2 * TIME_LIMIT_S:
            shutil.rmtree(folder, ignore_errors=True)


def _add(sent: dict[str, Any]) -> None:
    by = identity_from_json(sent["by"])
    path, reading = Path(sent["path"]), ReadingOptions(**sent["reading"])
    try:
        if sent["faces_of"]:
            add_labels(path, sent["name"], sent["faces_of"], reading, by=by)
        else:
            add_set(path, sent["name"], reading, say_progress, by=by)
    finally:  # the server may have been killed meanwhile
        shutil.rmtree(path.parent, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(run_task(_add))
