"""Read a labelled face data set in any of its public forms.

Three layouts, told apart by what is there, never by a flag:

* the Kaggle folders ``train/<emotion>/*.jpg`` and ``test/<emotion>/*.jpg`` whose file names begin with
  ``Training_``, ``PublicTest_`` or ``PrivateTest_``;
* a ``.zip`` or ``.tar``/``.tar.xz``/``.tar.gz`` of those folders, read without unpacking to disk;
* ``fer2013.csv`` with the columns ``emotion,pixels,Usage`` (labels in csv order).
"""

from __future__ import annotations

import csv
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from fer_core.emotions import CSV_TO_CANONICAL, EMOTIONS
from fer_core.errors import DataError

SPLITS: tuple[str, ...] = ("Training", "PublicTest", "PrivateTest")
FACE_SIZE = 48
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}
#: A 48x48 JPEG or PNG weighs a few kB; an archive member beyond this is not one.
LARGEST_PICTURE_BYTES = 1 << 20

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
        return _examples(_folder_members(path), path, progress)
    if path.suffix == ".csv":
        return _csv_examples(path, progress)
    if zipfile.is_zipfile(path):
        return _examples(_zip_members(path), path, progress)
    if path.suffix == ".zip":
        raise DataError(f"{path.name} is no readable zip file: it is damaged or only half downloaded.")
    if ".tar" in path.suffixes or path.suffix in {".tgz", ".txz"}:
        return _examples(_tar_members(path), path, progress)
    raise DataError(f"{path.name} is neither a folder, a .zip, a .tar(.xz|.gz) nor a .csv of FER2013.")


def _examples(
    members: Iterator[tuple[str, bytes, int | None]], source: Path, progress: Progress | None
) -> Iterator[Example]:
    """Turn (member path, content, total) into Examples, refusing what does not belong."""
    count = 0
    for member, content, total in members:
        parts = _safe_parts(member, source)
        if not _is_picture(member):
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


def _is_picture(member: str) -> bool:
    path = PurePosixPath(member)
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


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

    picture = None
    if data:
        try:
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        except cv2.error as error:
            raise DataError(f"{source.name}: {member} can't be read as a picture.") from error
    if picture is None:
        raise DataError(f"{source.name}: {member} can't be read as a picture.")
    if picture.shape != (FACE_SIZE, FACE_SIZE):
        height, width = picture.shape
        raise DataError(
            f"{source.name}: {member} measures {width}x{height} pixels, not {FACE_SIZE}x{FACE_SIZE}."
        )
    return picture


def _folder_members(folder: Path) -> Iterator[tuple[str, bytes, int | None]]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            content = file.read_bytes() if _is_picture(name) else b""
        except OSError as error:
            raise DataError(f"{folder.name}: {name} can't be read ({error.strerror}).") from error
        yield name, content, len(files)


def _zip_members(path: Path) -> Iterator[tuple[str, bytes, int | None]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            for member in members:
                _check_size(member.filename, member.file_size, path)
                content = archive.read(member) if _is_picture(member.filename) else b""
                yield member.filename, content, len(members)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: encrypted
        raise DataError(f"{path.name} is damaged or only half downloaded ({error}).") from error


def _tar_members(path: Path) -> Iterator[tuple[str, bytes, int | None]]:
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                if member.isdir():
                    continue
                if not member.isreg():
                    raise DataError(f"{path.name} holds {member.name!r}, a link or device: not imported.")
                _check_size(member.name, member.size, path)
                content = archive.extractfile(member).read() if _is_picture(member.name) else b""
                yield member.name, content, None
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise DataError(f"{path.name} is damaged or only half downloaded ({error}).") from error


def _check_size(member: str, size: int, path: Path) -> None:
    if _is_picture(member) and size > LARGEST_PICTURE_BYTES:
        raise DataError(f"{path.name}: {member} weighs {size >> 20} MB, too much for a 48x48 picture.")


def _csv_examples(path: Path, progress: Progress | None) -> Iterator[Example]:
    csv.field_size_limit(1 << 20)
    count = 0
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        names = {name.strip(): name for name in rows.fieldnames or []}
        missing = [name for name in ("emotion", "pixels", "Usage") if name not in names]
        if missing:
            raise DataError(
                f"{path.name} lacks the column(s) {', '.join(missing)}: FER2013 has emotion,pixels,Usage."
            )
        for number, row in enumerate(rows):
            yield _csv_example(path, number, [row[names[name]] for name in ("emotion", "pixels", "Usage")])
            count += 1
            if progress and count % 500 == 0:
                progress(count, None)
    if count == 0:
        raise DataError(f"{path.name} has no rows below its header.")
    if progress:
        progress(count, count)


def _csv_example(path: Path, number: int, row: list[str | None]) -> Example:
    where = f"{path.name}, line {number + 2}"
    emotion, pixels, usage = (value or "" for value in row)
    if emotion not in {"0", "1", "2", "3", "4", "5", "6"}:
        raise DataError(f"{where}: the emotion is {emotion!r}, not a number from 0 to 6.")
    split = usage.strip()
    if split not in SPLITS:
        raise DataError(f"{where}: the Usage is {split!r}, none of {', '.join(SPLITS)}.")
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
