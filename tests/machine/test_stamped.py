"""Files are read once, and again when they have changed."""

import os

import pytest

from fer_core.machine.stamped import ReadOnce, Stamped


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path):
    file, seen = tmp_path / "a.txt", []
    file.write_text("one")
    read = Stamped(lambda path: seen.append(path) or path.read_text())
    assert [read(file), read(file)] == ["one", "one"] and len(seen) == 1
    other = tmp_path / "b.txt"
    other.write_text("two")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)  # as long, and changed at the same time: another file all the same
    assert read(file) == "two" and len(seen) == 2


def test_what_fails_is_not_kept(tmp_path):
    file = tmp_path / "a.txt"
    read = Stamped(lambda path: int(path.read_text()))
    with pytest.raises(FileNotFoundError):
        read(file)
    file.write_text("no number")
    with pytest.raises(ValueError, match="no number"):
        read(file)
    file.write_text("7")
    assert read(file) == 7


def test_what_was_read_of_a_file_that_is_gone_is_forgotten(tmp_path):
    file, kept = tmp_path / "a.txt", ReadOnce()
    file.write_text("one")
    assert kept.get(file, file.read_text) == kept.get(file, lambda: "not read again") == "one"
    file.unlink()
    with pytest.raises(FileNotFoundError):
        kept.get(file, file.read_text)
    (tmp_path / "b.txt").write_text("two")
    kept.get(tmp_path / "b.txt", lambda: "two")
    assert list(kept._kept) == [tmp_path / "b.txt"]
