"""Writing files so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import fcntl
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

    A process that is killed may leave hidden folders beside it, which the next one clears up (:func:`recover_folder`).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    recover_folder(folder)
    temporary, held = _held_folder(folder)
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
        os.close(held)


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


def recover_folder(folder: Path, alone: bool = False) -> None:
    """Undo what a killed :func:`replacing_folder` left; what another process is writing just now stays, unless this one
    is ``alone`` in writing ``folder``.

    Killed between its two renames it leaves no folder at all, but the old one and the complete new one
    beside it: the new one takes its place.
    """
    left = [each for each in folder.parent.glob(f".{folder.name}.*") if each.is_dir()]
    given_up = [
        each for each in left if alone or not _is_held(each.with_name(each.name.removesuffix(".old")))
    ]
    for old in (each for each in given_up if each.suffix == ".old"):
        complete = old.with_suffix("")
        if not folder.exists():
            os.replace(complete if complete.exists() else old, folder)
    for each in given_up:
        shutil.rmtree(each, ignore_errors=True)


def _held_folder(folder: Path) -> tuple[Path, int]:
    """A new hidden folder beside ``folder``, and what marks it as being written until that is closed, or the process
    ends. It gets its name only when it is marked."""
    unnamed = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    unnamed.chmod(0o755)
    held = os.open(unnamed, os.O_RDONLY)
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return unnamed.rename(unnamed.with_name(f".{folder.name}.{unnamed.name.removeprefix('.new-')}")), held


def _is_held(folder: Path) -> bool:
    """Whether a process that lives writes the folder, or may do so; False where the folder is gone."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by another, or the file system has no locks
        return True
    finally:
        os.close(held)
    return False


def _sync(folder: Path) -> None:
    """Have every file of ``folder`` on the disk before its name says that it is complete."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as written:
                os.fsync(written.fileno())
