"""The rows of ``fer2013.csv``, bounded in length and number while they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from fer_core.errors import DataError

COLUMNS = ("emotion", "pixels", "Usage")
#: 48 x 48 values of up to three digits take 9 kB.
LONGEST_LINE = 1 << 17
MOST_ROWS = 1_000_000
_LONGEST_ROW = 100  # lines
_MOST_COLUMNS = 100


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and the cells of COLUMNS of each row; DataError where it is no such file."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            yield from _rows(path, file)
    except OSError as error:
        raise DataError(f"{path.name} can't be read ({error.strerror}).") from error


def _rows(path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    lines = _Lines(path, file)
    reader = csv.reader(lines)
    csv.field_size_limit(LONGEST_LINE)
    places: list[int] = []
    rows = 0
    while (row := _next(reader, path, lines)) is not None:
        lines.begin_row()
        if not row:
            continue
        if not places:
            places = _places(row, path)
            continue
        rows += 1
        if rows > MOST_ROWS:
            raise DataError(f"{path.name} has more than {MOST_ROWS:,} rows: give FER2013, or a part of it.")
        yield lines.number, [row[place] if place < len(row) else "" for place in places]
    if not places:
        _places([], path)


def _next(reader: Iterator[list[str]], path: Path, lines: _Lines) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise DataError(f"{path.name}, line {lines.row}: it can't be read as CSV ({error}).") from error


def _places(header: list[str], path: Path) -> list[int]:
    """Where COLUMNS stand."""
    names = [name.strip() for name in header[:_MOST_COLUMNS]]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise DataError(
            f"{path.name} lacks the column(s) {', '.join(missing)}: FER2013 has emotion,pixels,Usage."
        )
    return [names.index(name) for name in COLUMNS]


class _Lines:
    """The lines of a file, ``number`` that of the last one. A quote that is never closed is no endless row."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file
        self.number = self._began = 0

    @property
    def row(self) -> int:
        """The line on which the present row begins."""
        return self._began + 1

    def begin_row(self) -> None:
        """Tell that a row is whole."""
        self._began = self.number

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_LINE:
            raise DataError(
                f"{self._path.name}, line {self.number}: it is too long for a face of 48x48 pixels."
            )
        if self.number - self._began > _LONGEST_ROW:
            raise DataError(f"{self._path.name}, line {self.row}: a quote is opened and not closed.")
        return line
