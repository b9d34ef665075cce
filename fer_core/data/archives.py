"""The files of a folder, a zip or a tar, one after the other, bounded in number and size before they are unpacked."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fer_core.errors import DataError

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}
#: A 48x48 JPEG or PNG weighs a few kB; an archive member beyond this is not one.
LARGEST_PICTURE_BYTES = 1 << 20
#: FER2013 has 35,887 pictures of 60 MB, as csv 300 MB.
MOST_MEMBERS = 500_000
MOST_BYTES = 4_000_000_000
_LARGEST_HEADER_BYTES = 1 << 20

#: Name, content and how many there are; None where that is not known before the end. Other files come empty.
Member = tuple[str, bytes, int | None]

_NAMES = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip


def is_picture(member: str) -> bool:
    """Whether a file is taken for a face, by its name."""
    path = PurePosixPath(member)
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def folder_members(folder: Path) -> Iterator[Member]:
    """Every file below ``folder``, sorted."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    tally = _Tally(folder)
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            tally.add(name, file.stat().st_size)
            content = file.read_bytes() if is_picture(name) else b""
        except OSError as error:
            raise DataError(f"{folder.name}: {name} can't be read ({error.strerror}).") from error
        yield name, content, len(files)


def zip_members(path: Path) -> Iterator[Member]:
    """Every file of a zip."""
    tally = _Tally(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            for member in members:
                tally.add(member.filename, member.file_size)
            for member in members:
                content = archive.read(member) if is_picture(member.filename) else b""
                yield member.filename, content, len(members)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,  # encrypted, or packed in a way that is not read
    ) as error:
        raise DataError(f"{path.name} is damaged or only half downloaded ({error}).") from error


def tar_members(path: Path) -> Iterator[Member]:
    """Every file of a tar, packed or not; DataError where one is a link or a device."""
    tally = _Tally(path)
    try:
        with tarfile.open(path, "r|*", tarinfo=_ShortHeader) as archive:
            for member in archive:
                tally.add(member.name, member.size)
                if member.isdir():
                    continue
                if not member.isreg():
                    raise DataError(f"{path.name} holds {member.name!r}, a link or device: not imported.")
                content = archive.extractfile(member).read() if is_picture(member.name) else b""
                yield member.name, content, None
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        raise DataError(f"{path.name} is damaged or only half downloaded ({error}).") from error


class _Tally:
    """Counts what an archive announces, and refuses it before more of it is unpacked than any data set holds."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._members = self._bytes = 0

    def add(self, member: str, size: int) -> None:
        self._members += 1
        self._bytes += size
        if is_picture(member) and size > LARGEST_PICTURE_BYTES:
            raise DataError(
                f"{self._source.name}: {member} weighs {size >> 20} MB, too much for a 48x48 picture."
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
