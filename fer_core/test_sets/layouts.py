"""Labelled pictures in the layouts that people have, recognised by what is there.

* folders of classes, of any depth and with any folders of splits above them (RAF-DB, CK+48, AffectNet, KDEF, FER2013);
* a csv of files and labels, by itself or with the pictures in a folder or archive;
* a csv whose rows spell out 48x48 pixels, as FER2013's.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from fer_core.data.archives import is_archive, is_hidden, is_picture, members_of
from fer_core.data.csv_rows import csv_rows, header_of
from fer_core.data.places import split_named, split_of
from fer_core.data.sources import csv_face
from fer_core.data.split import SplitName
from fer_core.errors import DataError
from fer_core.faces.pictures import LARGEST_MEGABYTES
from fer_core.formats import listed
from fer_core.test_sets.labels import is_class_word, number_of

LARGEST_BYTES = LARGEST_MEGABYTES * 1_000_000
MOST_PICTURES = 100_000
#: Kinds that telephones write, which FER2013 has none of.
_CAMERA_SUFFIXES = (".heic", ".heif", ".avif")
ALL, AUTO = "all", "auto"
PARTS = {SplitName.TRAINING: "train", SplitName.PUBLIC_TEST: "validation", SplitName.PRIVATE_TEST: "test"}
FILE_COLUMNS = (
    "file", "filename", "file_name", "image", "image_name", "img", "path", "filepath", "image_path", "pth", "picture",
    "subdirectory_filepath", "name",
)  # fmt: skip
LABEL_COLUMNS = ("label", "labels", "emotion", "expression", "class", "target", "category", "emotion_label")
PART_COLUMNS = ("usage", "split", "set", "part")


@dataclass(frozen=True, eq=False)
class Entry:
    """A picture that is there: its ``name``, the ``word`` of its class, its ``part`` ("train", "validation", "test"
    or ""), and for rows of a csv its ``face`` uint8 (48, 48)."""

    name: str
    word: str
    part: str = ""
    face: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Listing:
    """What a source holds, not decoded yet: ``layout`` in a few words, and what was not taken, by the reason."""

    source: Path
    layout: str
    entries: list[Entry]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def numbers(self) -> str:
        """Whose numbers its classes must be; "" where that is not known."""
        return "fer2013" if any(entry.face is not None for entry in self.entries) else ""

    def of(self, part: str) -> Listing:
        """The entries of one part; ``auto`` is the test part where there is one, else everything."""
        parts = Counter(entry.part for entry in self.entries)
        wanted = ("test" if parts["test"] else ALL) if part == AUTO else part
        if wanted == ALL:
            return self
        kept = [entry for entry in self.entries if entry.part == wanted]
        if not kept:
            there = listed([name for name in parts if name]) or "none"
            raise DataError(f"{self.source.name} has no part {wanted!r}; its parts: {there}.")
        more = Counter()
        for name, count in parts.items():
            if name != wanted:
                more[f"pictures of the part {name}" if name else "pictures of no part"] += count
        return Listing(self.source, self.layout, kept, self.left_out + more)

    def contents(self) -> Iterator[tuple[Entry, bytes]]:
        """Each entry with its file's bytes (none for rows of a csv); DataError where the source is damaged."""
        if any(entry.face is not None for entry in self.entries):
            yield from ((entry, b"") for entry in self.entries)
        elif self.source.suffix.lower() == ".csv":
            for entry in self.entries:
                with _reading(self.source.parent / entry.name) as file:
                    yield entry, file.read()
        else:
            wanted = {entry.name: entry for entry in self.entries}
            for member in members_of(self.source, LARGEST_BYTES):
                if member.name in wanted:
                    yield wanted[member.name], member.read()


def list_source(path: Path) -> Listing:
    """What lies at ``path``: a folder, an archive or a csv.

    Raises:
        DataError: nothing is there, it is none of these, is damaged, or holds no labelled pictures.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path} does not exist: give a folder of class folders, an archive of it, or a csv.")
    if path.suffix.lower() == ".csv":
        with _reading(path) as content:
            table = _table(path.name, content)
        if table is None:
            raise DataError(f"{path.name} {_COLUMNS_WANTED}")
        return Listing(path, "pixels in rows", table.entries) if table.of_pixels else _with_files(path, table)
    if not path.is_dir() and not is_archive(path):
        raise DataError(f"{path.name} is neither a folder, a .zip, a .tar(.xz|.gz) nor a .csv.")
    return _archive_listing(path)


_COLUMNS_WANTED = (
    "has no columns of pictures and labels: one of " + ", ".join(FILE_COLUMNS[:6]) + " … and one of "
    + ", ".join(LABEL_COLUMNS[:4]) + " …, or `pixels` with 48x48 numbers. For labels or votes of "
    + "raters for FER2013's own pictures, choose these pictures as well (--faces-of PrivateTest)."
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Table:
    """The rows of a csv; names of files, or pixels."""

    name: str
    entries: list[Entry]
    of_pixels: bool


def _archive_listing(path: Path) -> Listing:
    pictures, tables, left_out = [], [], Counter()
    for member in members_of(path, LARGEST_BYTES):
        if is_hidden(member.name):
            continue
        if is_picture(member.name) or member.name.lower().endswith(_CAMERA_SUFFIXES):
            pictures.append(member.name)
        elif member.name.lower().endswith(".csv"):
            with member.open() as content:
                tables += [table] if (table := _table(member.name, content)) else []
        else:
            suffix = PurePosixPath(member.name).suffix.lower()
            left_out[f"{suffix} files" if suffix else "files without suffix"] += 1
        if len(pictures) > MOST_PICTURES:
            raise DataError(f"{path.name} holds more than {MOST_PICTURES:,} pictures: give a part of them.")
    in_classes = [_of_folders(name) for name in pictures]
    known = any(is_class_word(entry.word) or number_of(entry.word) is not None for entry in in_classes)
    if pictures and (known or not tables):
        return Listing(path, "folders of classes", in_classes, left_out)
    return _table_listing(path, tables, pictures, left_out)


def _table_listing(path: Path, tables: list[_Table], pictures: list[str], left_out: Counter[str]) -> Listing:
    """The csv among the files: of pixels, or of the files' labels."""
    of_pixels = [table for table in tables if table.of_pixels]
    if not pictures and len(of_pixels) == 1:
        return Listing(path, f"pixels in {of_pixels[0].name}", of_pixels[0].entries, left_out)
    of_files = [table for table in tables if not table.of_pixels]
    if not pictures or not of_files:
        names = listed([table.name for table in tables]) if tables else ""
        raise DataError(
            f"{path.name} holds no labelled pictures: give folders of classes (angry, happy …), or a csv of files and "
            f"labels beside them{f' (it holds {names})' if names else ''}."
        )
    rows = [
        Entry(str(PurePosixPath(table.name).parent / row.name), row.word, row.part)
        for table in of_files
        for row in table.entries
    ]
    return _matched(path, rows, pictures, left_out, listed([table.name for table in of_files]))


def _matched(
    path: Path, rows: Sequence[Entry], pictures: list[str], left_out: Counter[str], tables: str
) -> Listing:
    """The rows whose pictures are there: by their path, or by their file name where no other has it."""
    there, by_name = set(pictures), {}
    for name in pictures:
        by_name.setdefault(PurePosixPath(name).name, []).append(name)
    found: dict[str, Entry] = {}
    for row in rows:
        own = by_name.get(PurePosixPath(row.name).name, [])
        name = row.name if row.name in there else own[0] if len(own) == 1 else None
        if name is None:
            left_out["rows whose picture is missing"] += 1
        else:
            found[name] = Entry(name, row.word, row.part)
    if not found:
        raise DataError(
            f"{path.name}: none of the pictures that {tables} names is there, such as {rows[0].name if rows else '–'}."
        )
    left_out["pictures without a label"] += len(there) - len(found)
    return Listing(path, f"labels in {tables}", list(found.values()), +left_out)


def _with_files(path: Path, table: _Table) -> Listing:
    """A csv by itself: its files lie beside it, or in folders there."""
    pictures = []
    for row in table.entries:
        name = PurePosixPath(row.name)
        if ".." in name.parts or name.is_absolute():
            raise DataError(f"{path.name} names {row.name!r}, which does not lie beside it.")
        if (path.parent / name).is_file():
            pictures.append(row.name)
    return _matched(path, table.entries, pictures, Counter(), path.name)


def _of_folders(name: str) -> Entry:
    """A picture whose class is the innermost folder that is called after one, else the folder it lies in."""
    path = PurePosixPath(name)
    folders = list(reversed(path.parts[:-1]))
    word = next(filter(is_class_word, folders), folders[0] if folders else "")
    split = split_of(path if len(path.parts) > 1 else PurePosixPath("x") / path)
    return Entry(name, word, PARTS.get(split or "", ""))


def _table(name: str, content: BinaryIO) -> _Table | None:
    """The rows of a csv that has columns of pictures and labels; None for any other."""
    header = header_of(content)
    label = column_named(header, LABEL_COLUMNS)
    part = column_named(header, PART_COLUMNS)
    pixels = column_named(header, ("pixels",))
    place = pixels or column_named(header, FILE_COLUMNS)
    if label is None or place is None:
        return None
    columns = [place, label, *([part] if part else [])]
    entries = []
    for number, (line, cells) in enumerate(csv_rows(name, content, columns)):
        where = f"{name}, line {line}"
        face = csv_face(where, cells[0]) if pixels else None
        own = f"row {number}" if pixels else cells[0].strip().replace("\\", "/")
        split = split_named(cells[2]) if part else None
        if own:
            entries.append(Entry(own, cells[1].strip(), PARTS.get(split or "", ""), face))
        if len(entries) > MOST_PICTURES:
            raise DataError(f"{name} has more than {MOST_PICTURES:,} rows: give a part of them.")
    return _Table(name, entries, bool(pixels))


def column_named(header: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of ``names`` that is a column, as the file spells it."""
    known = {column.lower(): column for column in reversed(header)}
    return next((known[name] for name in names if name in known), None)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as content:
            yield content
    except OSError as error:
        raise DataError(f"{path.name} can't be read ({error.strerror}).") from error
