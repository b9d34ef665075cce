"""Read a labelled face data set in any of its public forms.

Three layouts, recognised by what is there, never by a flag:

* the Kaggle folders ``train/<emotion>/*.jpg`` and ``test/<emotion>/*.jpg`` whose file names begin with
  ``Training_``, ``PublicTest_`` or ``PrivateTest_``, or folders train, validation and test of any file names;
* a ``.zip`` or ``.tar``/``.tar.xz``/``.tar.gz`` of those folders, read without unpacking to disk;
* ``fer2013.csv`` with the columns ``emotion,pixels,Usage`` (labels in csv order), by itself or within one of the above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from fer_core.data.archives import Member, is_archive, is_hidden, is_picture, members_of
from fer_core.data.csv_rows import COLUMNS, csv_rows, header_of
from fer_core.data.places import Obstacles
from fer_core.data.split import SPLITS
from fer_core.emotions import CSV_TO_CANONICAL
from fer_core.errors import DataError
from fer_core.machine.picture_bytes import (
    BOXED,
    announced_size,
    is_bmp,
    kind_of,
    other_kind,
)

__all__ = ["FACE_SIZE", "Example", "Progress", "csv_face", "read_source"]

FACE_SIZE = 48
_QUOTED = 40  # letters of a wrong value
#: Kinds that are read only under their own names, by what their files end in.
_BY_NAME = {".bmp": "BMP", ".webp": "WEBP"}

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Example:
    """One labelled picture: ``face`` uint8 (48, 48), ``label`` 0-6 in EMOTIONS order.

    ``name`` is its file's stem or its row in a csv; ``path`` the whole path of its file, which no other has.
    """

    split: str
    name: str
    label: int
    face: np.ndarray
    path: str = ""


def read_source(
    path: Path, progress: Progress | None = None, left_out: Counter[str] | None = None
) -> Iterator[Example]:
    """Yield every picture of the data set at ``path``.

    Args:
        path: a folder, a ``.zip``, a ``.tar`` (plain, ``.xz``, ``.gz``, ``.bz2``) or a ``.csv``.
        progress: called with (done, total or None) now and then.
        left_out: receives how many files are not read, by what their names end in; hidden ones don't count.

    Raises:
        DataError: nothing there, an unknown layout, a picture of another size, an unreadable or
            cut-off file, wrong columns, or an archive member whose path climbs out of the archive.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(
            f"{path} does not exist: give the FER2013 folder, its .zip or .tar.xz, or fer2013.csv."
        )
    if path.is_dir() or is_archive(path):
        return _examples(path, progress, Counter() if left_out is None else left_out)
    if path.suffix.lower() == ".csv":
        return _counted(_csv_file(path), progress, None, f"{path.name} has no rows below its header.")
    raise DataError(f"{path.name} is neither a folder, a .zip, a .tar(.xz|.gz) nor a .csv of FER2013.")


def _csv_file(path: Path) -> Iterator[Example]:
    try:
        with path.open("rb") as content:
            yield from _csv_examples(path.name, content)
    except OSError as error:
        raise DataError(f"{path.name} can't be read ({error.strerror}).") from error


def _examples(source: Path, progress: Progress | None, left_out: Counter[str]) -> Iterator[Example]:
    """The pictures of a folder or an archive, or the rows of the one csv in it."""
    pictures = _Pictures(source, left_out)
    empty = (
        f"{source.name} holds no pictures in train/<emotion>/ or test/<emotion>/, and no csv with the columns "
        f"{','.join(COLUMNS)}: is it the FER2013 folder?"
    )
    yield from _counted(pictures.examples(), progress, pictures, empty)


def _counted(
    examples: Iterator[Example], progress: Progress | None, pictures: _Pictures | None, empty: str
) -> Iterator[Example]:
    count = 0
    for example in examples:
        yield example
        count += 1
        if progress and count % 500 == 0:
            progress(count, pictures.total if pictures else None)
    if count == 0:
        raise DataError(empty)
    if progress:
        progress(count, count)


class _Pictures:
    """The files of a data set, each in turn: read, left out and counted, or noted as what stands in the way."""

    def __init__(self, source: Path, left_out: Counter[str]) -> None:
        self.total: int | None = None
        self._source, self._left_out = source, left_out
        self._obstacles = Obstacles(source.name)
        self._csv = ""
        self._pictures = 0

    def examples(self) -> Iterator[Example]:
        """All of them; DataError in the end where anything stands in the way."""
        for member in members_of(self._source):
            self.total = member.total
            if is_hidden(member.name):
                continue
            if is_picture(member.name):
                self._pictures += 1
                example = self._picture(member)
                if example and not self._obstacles:
                    yield example
            elif member.name.lower().endswith(".csv"):
                yield from self._table(member)
            else:
                self._left_out[PurePosixPath(member.name).suffix.lower() or "without suffix"] += 1
            if self._csv and self._pictures:
                raise DataError(
                    f"{self._source.name} holds {self._csv} and pictures beside it: give one of the two."
                )
        self._obstacles.refuse()

    def _picture(self, member: Member) -> Example | None:
        path = PurePosixPath(member.name)
        placed = self._obstacles.place(path)
        face = self._face(member, path)
        if placed is None or face is None:
            return None
        return Example(*placed[:1], path.stem, placed[1], face, str(path))

    def _face(self, member: Member, path: PurePosixPath) -> np.ndarray | None:
        """Decoded, if it is of the right kind and size: it is not decoded before."""
        import cv2  # not needed by those who only need a face's size

        data = member.read()
        if reason := _other_kind(data, path):
            return self._obstacles.add_unreadable(path, reason)
        announced = announced_size(data)
        if announced not in (None, (FACE_SIZE, FACE_SIZE)):
            return self._obstacles.add_size(path, announced, FACE_SIZE)
        try:
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        except cv2.error:
            picture = None
        if picture is None:
            return self._obstacles.add_unreadable(path, "")
        if picture.shape != (FACE_SIZE, FACE_SIZE):
            return self._obstacles.add_size(path, picture.shape[::-1], FACE_SIZE)
        return picture

    def _table(self, member: Member) -> Iterator[Example]:
        """The rows of a csv as FER2013 has it; another one is left out."""
        with member.open() as content:
            if not set(COLUMNS) <= set(header_of(content)):
                self._left_out[".csv"] += 1
                return
            if self._csv:
                raise DataError(
                    f"{self._source.name} holds {self._csv} and {member.name}: give the one that is meant."
                )
            self._csv = member.name
            yield from _csv_examples(f"{self._source.name}: {member.name}", content)


def _other_kind(data: bytes, path: PurePosixPath) -> str:
    """Why a file is no picture of a kind that is read; empty where it is."""
    kind = "BMP" if is_bmp(data) else kind_of(data)
    kind = None if kind in BOXED else kind
    named = _BY_NAME.get(path.suffix.lower())
    if kind and (kind not in _BY_NAME.values() or named):
        return ""
    what = other_kind(data) or "no JPEG, PNG, WebP or BMP"
    return f": it is {what}" + (f", so its name should end in .{kind.lower()}" if kind else "")


def _csv_examples(name: str, content) -> Iterator[Example]:
    for count, (line, cells) in enumerate(csv_rows(name, content)):
        yield _csv_example(f"{name}, line {line}", count, cells)


def _csv_example(where: str, number: int, row: list[str]) -> Example:
    emotion, pixels, usage = row
    emotion = emotion.strip()
    if emotion not in {"0", "1", "2", "3", "4", "5", "6"}:
        raise DataError(f"{where}: the emotion is {emotion[:_QUOTED]!r}, not a number from 0 to 6.")
    split = usage.strip()
    if split not in SPLITS:
        raise DataError(f"{where}: the Usage is {split[:_QUOTED]!r}, none of {', '.join(SPLITS)}.")
    label = int(CSV_TO_CANONICAL[int(emotion)])
    return Example(split, str(number), label, csv_face(where, pixels), f"{split}/{number}")


def csv_face(where: str, pixels: str) -> np.ndarray:
    """The grey face that a csv spells out as numbers, uint8 (48, 48); DataError with ``where`` it is wrong."""
    try:
        values = np.array(pixels.split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{where}: the pixels are not whole numbers.") from error
    if values.size != FACE_SIZE**2:
        raise DataError(f"{where}: there are {values.size} pixels, not {FACE_SIZE**2} (48x48).")
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{where}: a pixel lies outside 0-255.")
    return values.astype(np.uint8).reshape(FACE_SIZE, FACE_SIZE)
