"""Read a labelled face data set in any of its public forms.

Three layouts, told apart by what is there, never by a flag:

* the Kaggle folders ``train/<emotion>/*.jpg`` and ``test/<emotion>/*.jpg`` whose file names begin with
  ``Training_``, ``PublicTest_`` or ``PrivateTest_``;
* a ``.zip`` or ``.tar``/``.tar.xz``/``.tar.gz`` of those folders, read without unpacking to disk;
* ``fer2013.csv`` with the columns ``emotion,pixels,Usage`` (labels in csv order).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from fer_core.data.archives import Member, folder_members, is_picture, tar_members, zip_members
from fer_core.data.csv_rows import csv_rows
from fer_core.emotions import CSV_TO_CANONICAL, EMOTIONS
from fer_core.errors import DataError
from fer_core.machine.picture_bytes import (
    JPEG,
    PNG,
    announced_size,
    kind_of,
    other_kind,
)

SPLITS: tuple[str, ...] = ("Training", "PublicTest", "PrivateTest")
FACE_SIZE = 48
_QUOTED = 40  # letters of a wrong value

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Example:
    """One labelled picture: ``face`` uint8 (48, 48), ``label`` 0-6 in EMOTIONS order."""

    split: str
    name: str
    label: int
    face: np.ndarray


def read_source(path: Path, progress: Progress | None = None) -> Iterator[Example]:
    """Yield every picture of the data set at ``path``.

    Args:
        path: a folder, a ``.zip``, a ``.tar`` (plain, ``.xz``, ``.gz``, ``.bz2``) or a ``.csv``.
        progress: called with (done, total or None) now and then.

    Raises:
        DataError: nothing there, an unknown layout, a picture of another size, an unreadable or
            cut-off file, wrong columns, or an archive member whose path climbs out of the archive.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(
            f"{path} does not exist: give the FER2013 folder, its .zip or .tar.xz, or fer2013.csv."
        )
    if path.is_dir():
        return _examples(folder_members(path), path, progress)
    if path.suffix.lower() == ".csv":
        return _csv_examples(path, progress)
    if zipfile.is_zipfile(path):
        return _examples(zip_members(path), path, progress)
    if path.suffix.lower() == ".zip":
        raise DataError(f"{path.name} is no readable zip file: it is damaged or only half downloaded.")
    if ".tar" in path.suffixes or path.suffix in {".tgz", ".txz"}:
        return _examples(tar_members(path), path, progress)
    raise DataError(f"{path.name} is neither a folder, a .zip, a .tar(.xz|.gz) nor a .csv of FER2013.")


def _examples(members: Iterator[Member], source: Path, progress: Progress | None) -> Iterator[Example]:
    """Turn (member path, content, total) into Examples, refusing what does not belong."""
    count = 0
    for member, content, total in members:
        parts = _safe_parts(member, source)
        if not is_picture(member):
            continue
        split, label = _place(parts, source)
        yield Example(split, PurePosixPath(member).stem, label, _decode(content, member, source))
        count += 1
        if progress and count % 500 == 0:
            progress(count, total)
    if count == 0:
        raise DataError(
            f"{source.name} holds no pictures in train/<emotion>/ or test/<emotion>/: is it the FER2013 folder?"
        )
    if progress:
        progress(count, count)


def _safe_parts(member: str, source: Path) -> tuple[str, ...]:
    parts = PurePosixPath(member.replace("\\", "/")).parts
    if ".." in parts or (parts and parts[0] in {"/", "\\"}):
        raise DataError(
            f"{source.name} holds the path {member!r}, which climbs out of the archive: not imported."
        )
    return parts


def _place(parts: tuple[str, ...], source: Path) -> tuple[str, int]:
    """Split and label of a picture from its folder and its file name."""
    if len(parts) < 2 or parts[-2] not in EMOTIONS:
        folder = parts[-2] if len(parts) > 1 else "(none)"
        raise DataError(
            f"{source.name}: {'/'.join(parts)} lies in the folder {folder!r}, which is none of {', '.join(EMOTIONS)}."
        )
    prefix = parts[-1].split("_")[0]
    if prefix in SPLITS:
        return prefix, EMOTIONS.index(parts[-2])
    for part in reversed(parts[:-2]):
        if part in SPLITS:
            return part, EMOTIONS.index(parts[-2])
        if part == "train":
            return "Training", EMOTIONS.index(parts[-2])
    raise DataError(
        f"{source.name}: the split of {'/'.join(parts)} is unknown: file names begin with "
        "Training_, PublicTest_ or PrivateTest_."
    )


def _decode(data: bytes, member: str, source: Path) -> np.ndarray:
    import cv2  # not needed by those who only ask how large a face is

    if kind_of(data) not in (JPEG, PNG):
        what = other_kind(data) or "no JPEG or PNG"
        raise DataError(f"{source.name}: {member} can't be read as a picture: it is {what}.")
    _check_measures(announced_size(data), member, source)  # before that many pixels are unfolded
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        raise DataError(f"{source.name}: {member} can't be read as a picture.") from error
    if picture is None:
        raise DataError(f"{source.name}: {member} can't be read as a picture.")
    _check_measures(picture.shape[::-1], member, source)
    return picture


def _check_measures(size: tuple[int, int] | None, member: str, source: Path) -> None:
    if size not in (None, (FACE_SIZE, FACE_SIZE)):
        raise DataError(
            f"{source.name}: {member} measures {size[0]}x{size[1]} pixels, not {FACE_SIZE}x{FACE_SIZE}."
        )


def _csv_examples(path: Path, progress: Progress | None) -> Iterator[Example]:
    count = 0
    for line, cells in csv_rows(path):
        yield _csv_example(path, count, line, cells)
        count += 1
        if progress and count % 500 == 0:
            progress(count, None)
    if count == 0:
        raise DataError(f"{path.name} has no rows below its header.")
    if progress:
        progress(count, count)


def _csv_example(path: Path, number: int, line: int, row: list[str]) -> Example:
    where = f"{path.name}, line {line}"
    emotion, pixels, usage = row
    if emotion not in {"0", "1", "2", "3", "4", "5", "6"}:
        raise DataError(f"{where}: the emotion is {emotion[:_QUOTED]!r}, not a number from 0 to 6.")
    split = usage.strip()
    if split not in SPLITS:
        raise DataError(f"{where}: the Usage is {split[:_QUOTED]!r}, none of {', '.join(SPLITS)}.")
    try:
        values = np.array(pixels.split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{where}: the pixels are not whole numbers.") from error
    if values.size != FACE_SIZE**2:
        raise DataError(f"{where}: there are {values.size} pixels, not {FACE_SIZE**2} (48x48).")
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{where}: a pixel lies outside 0-255.")
    face = values.astype(np.uint8).reshape(FACE_SIZE, FACE_SIZE)
    return Example(split, str(number), int(CSV_TO_CANONICAL[int(emotion)]), face)
