"""Files read once, and again when they have changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from fer_core.machine.files import stamp_of

Content = TypeVar("Content")


class Stamped(Generic[Content]):
    """What was made of files, by path, for as long as a file stays as it is. May be used by many threads at once.

    What it hands out is shared: it is not to be changed.
    """

    def __init__(self, read: Callable[[Path], Content]) -> None:
        """``read`` makes of a file what is kept; what it raises is raised again at the next call."""
        self._read = read
        self._kept: dict[Path, tuple[tuple[int, ...], Content]] = {}

    def __call__(self, path: Path) -> Content:
        """What ``read`` makes of the file as it is now. OSError where it is gone."""
        stamp = stamp_of(path)
        known = self._kept.get(path)
        if known is None or known[0] != stamp:
            known = self._kept[path] = (stamp, self._read(path))
        return known[1]


class ReadOnce(Generic[Content]):
    """The same for what is expensive to read, such as a model: many callers at once wait for one reading, and what was
    read of files that are gone is forgotten."""

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[tuple[int, ...], Content]] = {}
        self._reading = threading.Lock()

    def get(self, path: Path, read: Callable[[], Content]) -> Content:
        """What ``read`` made of ``path`` as it is now; one that is gone is read each time."""
        known = self._kept.get(path)
        if known is None or known[0] != _stamp(path):
            with self._reading:
                known, stamp = self._kept.get(path), _stamp(path)
                if known is None or known[0] != stamp:
                    self._kept = {each: kept for each, kept in self._kept.items() if each.is_file()}
                    known = self._kept[path] = (stamp, read())
        return known[1]


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes with a file; nothing for one that has gone, so that reading it says so."""
    try:
        return stamp_of(path)
    except OSError:
        return ()
