"""The files of a folder, a zip or a tar, one after the other, bounded in number and size before they are unpacked."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fer_core.errors import DataError

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp"}
#: A 48x48 JPEG or PNG weighs a few kB; an archive member beyond this is not one.
LARGEST_PICTURE_BYTES = 1 << 20
#: FER2013 has 35,887 pictures of 60 MB, as csv 300 MB.
MOST_MEMBERS = 500_000
MOST_BYTES = 4_000_000_000
_LARGEST_HEADER_BYTES = 1 << 20

_NAMES = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
#: What systems put beside pictures.
_OF_SYSTEMS = {"__macosx", "thumbs.db", "desktop.ini"}
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # encrypted, or packed in a way that is not read
)


@dataclass(frozen=True)
class Member:
    """A file of a data set.

    Attributes:
        name: with ``/`` between folders, as Windows writes it too.
        total: how many files there are; None where that is not known before the end.
        open: its content, to be read before the next member; DataError where it is damaged.
    """

    name: str
    total: int | None
    open: Callable[[], AbstractContextManager[BinaryIO]]

    def read(self) -> bytes:
        """All of it."""
        with self.open() as file:
            return file.read()


def is_picture(member: str) -> bool:
    """Whether a file is taken for a face, by its name."""
    return PurePosixPath(member).suffix.lower() in PICTURE_SUFFIXES


def is_hidden(member: str) -> bool:
    """Whether a file, or a folder above it, is hidden or the system's own: no picture that anybody put there."""
    parts = PurePosixPath(member).parts
    return any((part.startswith(".") and part != "..") or part.lower() in _OF_SYSTEMS for part in parts)


def members_of(path: Path, largest_picture_bytes: int = LARGEST_PICTURE_BYTES) -> Iterator[Member]:
    """Every file of a folder (sorted), a zip or a tar, packed or not; links out of a folder are not followed.

    DataError where there is none, it is damaged, or announces more than any data set holds; where a tar holds a
    link or a device; where a name climbs out of the archive.
    """
    if path.is_dir():
        return _folder_members(path, largest_picture_bytes)
    if zipfile.is_zipfile(path):
        return _zip_members(path, largest_picture_bytes)
    if path.suffix.lower() == ".zip":
        raise DataError(f"{path.name} is no readable zip file: it is damaged or only half downloaded.")
    return _tar_members(path, largest_picture_bytes)


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar, by its name or its first bytes."""
    suffixes = {suffix.lower() for suffix in path.suffixes}
    return bool(suffixes & {".zip", ".tar", ".tgz", ".txz", ".tbz2"}) or zipfile.is_zipfile(path)


def _folder_members(folder: Path, largest: int) -> Iterator[Member]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    tally = _Tally(folder, largest)
    for file in files:
        name = _tidy(file.relative_to(folder).as_posix(), folder)
        try:
            tally.add(name, file.stat().st_size)
        except OSError as error:
            raise DataError(f"{folder.name}: {name} can't be read ({error.strerror}).") from error
        yield Member(name, len(files), lambda file=file, name=name: _of_folder(file, name, folder))


@contextmanager
def _of_folder(file: Path, name: str, folder: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as content:
            yield content
    except OSError as error:
        raise DataError(f"{folder.name}: {name} can't be read ({error.strerror}).") from error


def _zip_members(path: Path, largest: int) -> Iterator[Member]:
    tally = _Tally(path, largest)
    with _explaining_damage(path), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in members:
            tally.add(member.filename, member.file_size)
        for member in members:
            name = _tidy(member.filename, path)
            yield Member(name, len(members), lambda member=member: _unpacked(path, archive.open, member))


def _tar_members(path: Path, largest: int) -> Iterator[Member]:
    tally = _Tally(path, largest)
    with _explaining_damage(path), tarfile.open(path, "r|*", tarinfo=_ShortHeader) as archive:
        for member in archive:
            tally.add(member.name, member.size)
            if member.isdir():
                continue
            if not member.isreg():
                raise DataError(f"{path.name} holds {member.name!r}, a link or device: not imported.")
            name = _tidy(member.name, path)
            yield Member(name, None, lambda member=member: _unpacked(path, archive.extractfile, member))


@contextmanager
def _unpacked(path: Path, open_member: Callable[..., BinaryIO], member: object) -> Iterator[BinaryIO]:
    with _explaining_damage(path), open_member(member) as content:
        yield io.BufferedReader(_Forward(content))


class _Forward(io.RawIOBase):
    """What can only be read on, as files in a packed tar: they lack what Python's text readers need."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        read = self._content.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


@contextmanager
def _explaining_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise DataError(f"{path.name} is damaged or only half downloaded ({error}).") from error


def _tidy(name: str, source: Path) -> str:
    """A member's name with ``/`` between its folders, as Windows writes it too."""
    path = PurePosixPath(name.replace("\\", "/"))
    if ".." in path.parts or path.is_absolute():
        raise DataError(
            f"{source.name} holds the path {name!r}, which climbs out of the archive: not imported."
        )
    return path.as_posix()


class _Tally:
    """Counts what an archive announces, and refuses it before more of it is unpacked than any data set holds."""

    def __init__(self, source: Path, largest: int) -> None:
        self._source, self._largest = source, largest
        self._members = self._bytes = 0

    def add(self, member: str, size: int) -> None:
        self._members += 1
        self._bytes += size
        if is_picture(member) and size > self._largest:
            small = " 48x48" * (self._largest == LARGEST_PICTURE_BYTES)
            raise DataError(
                f"{self._source.name}: {member} weighs {size >> 20} MB, too much for a{small} picture."
            )
        if self._members > MOST_MEMBERS or self._bytes > MOST_BYTES:
            raise DataError(
                f"{self._source.name} holds more than {MOST_MEMBERS:,} files or {MOST_BYTES / 1e9:.0f} GB unpacked: "
                "give a data set of faces alone."
            )


class _ShortHeader(tarfile.TarInfo):
    """A member whose name and notes are not read into memory where they claim to be huge."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _NAMES and self.size > _LARGEST_HEADER_BYTES:
            raise tarfile.ReadError(f"a name or note of {self.size >> 20} MB")
        return super()._proc_member(archive)
