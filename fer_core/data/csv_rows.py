"""The rows of ``fer2013.csv``, bounded in length and number while they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO, TextIO

from fer_core.errors import DataError

COLUMNS = ("emotion", "pixels", "Usage")
#: 48 x 48 values of up to three digits take 9 kB.
LONGEST_LINE = 1 << 17
MOST_ROWS = 1_000_000
#: What else can be done with labelled pictures that are not laid out as FER2013 is.
AS_TEST_SET = (
    "To measure models on such pictures, use `python -m fer_core test-set add PATH --name NAME` instead."
)
_LONGEST_ROW = 100  # lines
_LONGEST_HEADER = 4096
_MOST_COLUMNS = 100


def csv_rows(
    name: str, content: BinaryIO, columns: Sequence[str] = COLUMNS
) -> Iterator[tuple[int, list[str]]]:
    """Line number and the cells of ``columns`` of each row; DataError where it is no such file.

    ``name`` is what sentences call it; ``content`` UTF-8, as spreadsheets save it too.
    """
    delimiter = _delimiter(_first_line(content))
    with io.TextIOWrapper(content, newline="", encoding="utf-8-sig", errors="replace") as file:
        yield from _rows(name, file, columns, delimiter)


def header_of(content: BinaryIO) -> list[str]:
    """The columns that a CSV begins with, without reading on; ``content`` can be read from its start afterwards."""
    line = _first_line(content)
    return [name.strip().strip('"').strip() for name in line.split(_delimiter(line))[:_MOST_COLUMNS]]


def _first_line(content: BinaryIO) -> str:
    peek = getattr(content, "peek", None)
    head = peek(_LONGEST_HEADER)[:_LONGEST_HEADER] if peek else b""
    return head.decode("utf-8-sig", "replace").partition("\n")[0]


def _delimiter(header: str) -> str:
    """A comma; a semicolon where spreadsheets write commas into numbers."""
    return ";" if ";" in header and "," not in header else ","


def _rows(name: str, file: TextIO, columns: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    lines = _Lines(name, file)
    reader = csv.reader(lines, delimiter=delimiter)
    csv.field_size_limit(LONGEST_LINE)
    places: list[int] = []
    rows = 0
    while (row := _next(reader, name, lines)) is not None:
        lines.begin_row()
        if not row:
            continue
        if not places:
            places = _places(row, name, columns)
            continue
        rows += 1
        if rows > MOST_ROWS:
            raise DataError(f"{name} has more than {MOST_ROWS:,} rows: give FER2013, or a part of it.")
        yield lines.number, [row[place] if place < len(row) else "" for place in places]
    if not places:
        _places([], name, columns)


def _next(reader: Iterator[list[str]], name: str, lines: _Lines) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise DataError(f"{name}, line {lines.row}: it can't be read as CSV ({error}).") from error


def _places(header: list[str], name: str, columns: Sequence[str]) -> list[int]:
    """Where the columns stand."""
    names = [each.strip() for each in header[:_MOST_COLUMNS]]
    missing = [each for each in columns if each not in names]
    if missing:
        raise DataError(
            f"{name} lacks the column(s) {', '.join(missing)}: FER2013 has emotion,pixels,Usage. {AS_TEST_SET}"
        )
    return [names.index(each) for each in columns]


class _Lines:
    """The lines of a file, ``number`` that of the last one. A quote that is never closed is no endless row."""

    def __init__(self, name: str, file: TextIO) -> None:
        self._name, self._file = name, file
        self.number = self._began = 0

    @property
    def row(self) -> int:
        """The line on which the present row begins."""
        return self._began + 1

    def begin_row(self) -> None:
        """Mark a row as whole."""
        self._began = self.number

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_LINE:
            raise DataError(f"{self._name}, line {self.number}: it is too long for a face of 48x48 pixels.")
        if self.number - self._began > _LONGEST_ROW:
            raise DataError(f"{self._name}, line {self.row}: a quote is opened and not closed.")
        return line
