"""Writing files so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def stamp_of(path: Path) -> tuple[int, int, int, int]:
    """What changes with a file: times of its content and of its entry, size, inode. OSError where it is gone.

    Another file moved to its place is noticed, even one of the same size with the same time of change.
    """
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes ``path``'s place, synced to disk.

    On an exception the temporary file is removed and ``path`` keeps what it had.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Like :func:`replacing` for a folder: the old one stays whole until the new one is complete.

    A process that is killed may leave hidden folders beside it; :func:`recover_folder` clears them up.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    temporary.chmod(0o755)
    old = temporary.with_name(temporary.name + ".old")
    try:
        yield temporary
        _sync(temporary)
        if folder.exists():
            os.replace(folder, old)
        os.replace(temporary, folder)
    finally:
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def building_folder(folder: Path) -> Iterator[Path]:
    """Like :func:`replacing_folder`, but the folder to be filled bears its final name already."""
    with replacing_folder(folder) as temporary:
        unfinished = temporary / folder.name
        unfinished.mkdir()
        yield unfinished
        for file in list(unfinished.iterdir()):
            file.rename(temporary / file.name)
        unfinished.rmdir()


def recover_folder(folder: Path) -> None:
    """Undo what a killed :func:`replacing_folder` left; for the only process that writes ``folder``.

    Killed between its two renames it leaves no folder at all, but the old one and the complete new one
    beside it: the new one takes its place.
    """
    for old in folder.parent.glob(f".{folder.name}.*.old"):
        complete = old.with_suffix("")
        if not folder.exists():
            os.replace(complete if complete.exists() else old, folder)
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have every file of ``folder`` on the disk before its name says that it is complete."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as written:
                os.fsync(written.fileno())
