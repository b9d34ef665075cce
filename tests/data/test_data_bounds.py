"""Data sets that unfold to more than any data set holds are refused before they do; honest ones are read."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib

import cv2
import numpy as np
import pytest

from fer_core.data import archives, csv_rows
from fer_core.data.sources import read_source
from fer_core.errors import DataError

FACE = cv2.imencode(".png", np.full((48, 48), 7, np.uint8))[1].tobytes()
NAME = "train/sad/Training_1.png"
PIXELS = " ".join(["7"] * 2304)
HEADER = "emotion,pixels,Usage\n"


def refusal(path) -> str:
    with pytest.raises(DataError) as raised:
        list(read_source(path))
    assert str(raised.value).startswith(path.name)
    return str(raised.value)


def write_zip(path, content: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def write_tar(path, members: list[tuple[tarfile.TarInfo, bytes]]):
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def one_colour_png(side: int) -> bytes:
    """A whole PNG of that side in a few bytes a megapixel."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compress(bytes((1 + side // 8) * side), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_huge_picture_among_the_faces_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    bomb = one_colour_png(16_000)
    assert len(bomb) < archives.LARGEST_PICTURE_BYTES
    monkeypatch.setattr(cv2, "imdecode", None)
    for path in (
        write_zip(tmp_path / "a.zip", {NAME: bomb}),
        write_tar(tmp_path / "a.tar.gz", [(tarfile.TarInfo(NAME), bomb)]),
    ):
        assert "Training_1.png measures 16000x16000 pixels, not 48x48" in refusal(path)


@pytest.mark.parametrize("suffix", [".bmp", ".tiff", ".webp", ".jp2"])
def test_another_kind_of_picture_under_the_name_of_a_png_is_not_decoded(suffix, tmp_path):
    data = cv2.imencode(suffix, np.zeros((48, 48, 3), np.uint8))[1].tobytes()
    assert "can't be read as a picture: it is " in refusal(write_zip(tmp_path / "a.zip", {NAME: data}))


def test_an_archive_that_unfolds_to_more_than_a_data_set_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    content = {NAME: FACE, "film.bin": bytes(2_000_000)}
    sentence = "holds more than 500,000 files or 0 GB unpacked: give a data set of faces alone."
    assert sentence in refusal(write_zip(tmp_path / "a.zip", content))
    members = [(tarfile.TarInfo(name), data) for name, data in content.items()]
    assert sentence in refusal(write_tar(tmp_path / "a.tar.gz", members))


def test_an_archive_of_more_files_than_a_data_set_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    content = {f"train/sad/Training_{number}.png": FACE for number in range(4)}
    assert "holds more than 3 files" in refusal(write_zip(tmp_path / "a.zip", content))
    for name, data in content.items():
        (tmp_path / "faces" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "faces" / name).write_bytes(data)
    assert "holds more than 3 files" in refusal(tmp_path / "faces")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_name_of_many_megabytes_is_not_read_into_memory(kind, tmp_path):
    header = tarfile.TarInfo("name")
    header.type = kind
    path = write_tar(tmp_path / "a.tar.gz", [(header, bytes(50_000_000)), (tarfile.TarInfo(NAME), FACE)])
    assert "a name or note of 47 MB" in refusal(path)


def test_a_csv_from_a_spreadsheet_and_with_an_upper_case_name_is_read(tmp_path):
    text = f"\ufeff{HEADER}0,{PIXELS},Training\n\n3,{PIXELS},PublicTest\n"
    (tmp_path / "FER2013.CSV").write_text(text, encoding="utf-8")
    assert [(each.split, each.name) for each in read_source(tmp_path / "FER2013.CSV")] == [
        ("Training", "0"),
        ("PublicTest", "1"),
    ]


def test_a_fault_is_told_with_its_own_line_whatever_is_blank_before_it(tmp_path):
    (tmp_path / "fer2013.csv").write_text(f"{HEADER}\n0,{PIXELS},Training\n\n9,{PIXELS},Training\n")
    assert "line 5: the emotion is '9'" in refusal(tmp_path / "fer2013.csv")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (f'0,"{PIXELS},Training\n' + f"0,{PIXELS},Training\n" * 200, "line 2: "),
        (f'0,"{PIXELS}",Training\n"' + "1\n" * 1_000, "line 3: a quote is opened and not closed"),
        ("0," + "7 " * 2_000_000 + ",Training\n", "line 2: it is too long for a face of 48x48 pixels"),
        ("," * 1_000_000, "line 2: it is too long"),
        ('0,"' + "7 " * 60_000 + "\n" + "7 " * 60_000 + '",Training\n', "line 2: it can't be read as CSV"),
    ],
)
def test_a_csv_without_an_end_is_refused_with_its_line(rows, sentence, tmp_path):
    (tmp_path / "fer2013.csv").write_text(HEADER + rows)
    assert sentence in refusal(tmp_path / "fer2013.csv")


def test_a_csv_of_more_rows_than_a_data_set_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "MOST_ROWS", 2)
    (tmp_path / "fer2013.csv").write_text(HEADER + f"0,{PIXELS},Training\n" * 3)
    assert "has more than 2 rows" in refusal(tmp_path / "fer2013.csv")
