"""Files by name, written as people bring them: a folder, a zip, a tar."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path


def write_folder(files: dict[str, bytes], folder: Path) -> Path:
    """The files below ``folder``."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_zip(files: dict[str, bytes], path: Path) -> Path:
    """The files as a zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(files: dict[str, bytes], path: Path) -> Path:
    """The files as a tar, packed as the suffix of ``path`` says."""
    with tarfile.open(path, f"w:{path.suffix[1:]}") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
