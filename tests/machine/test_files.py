"""Files and folders that survive a kill at any moment."""

import os
import subprocess
import sys

import pytest

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import read_manifest, store_dataset
from fer_core.machine.files import recover_folder, replacing_folder
from fer_core.variants.registry import list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

#: Replaces a folder's content, and kills itself at the Nth rename.
KILLED_AT_RENAME = """
import os, sys
from pathlib import Path
from fer_core.machine.files import replacing_folder
folder, at, rename, done = Path(sys.argv[1]), int(sys.argv[2]), os.replace, 0
def counted(*arguments):
    global done
    if done == at:
        os.kill(os.getpid(), 9)
    done += 1
    rename(*arguments)
os.replace = counted
with replacing_folder(folder) as unfinished:
    (unfinished / "file").write_text("new")
os.kill(os.getpid(), 9)
"""


#: A line for the script above that fills the new folder as the old one was.
COPIED = "import shutil; shutil.copytree(folder, unfinished, dirs_exist_ok=True)"


@pytest.mark.parametrize(("renames", "content"), [(0, "old"), (1, "new"), (2, "new")])
def test_a_replaced_folder_is_whole_whenever_its_writer_is_killed(tmp_path, renames, content):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("old")
    command = [sys.executable, "-c", KILLED_AT_RENAME, str(folder), str(renames)]
    done = subprocess.run(command, cwd=paths.REPOSITORY)
    assert done.returncode == -9
    recover_folder(folder)
    assert (folder / "file").read_text() == content
    assert os.listdir(tmp_path) == ["folder"]


def test_an_error_while_writing_keeps_the_old_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("old")
    with pytest.raises(OSError), replacing_folder(tmp_path / "folder") as unfinished:
        (unfinished / "file").write_text("half")
        raise OSError
    assert (tmp_path / "folder/file").read_text() == "old"
    assert os.listdir(tmp_path) == ["folder"]


def test_a_folder_that_never_was_is_left_absent(tmp_path):
    recover_folder(tmp_path / "folder")
    assert os.listdir(tmp_path) == []


def test_what_a_killed_writer_left_is_gone_after_the_next_one(tmp_path):
    folder = tmp_path / "folder"
    subprocess.run([sys.executable, "-c", KILLED_AT_RENAME, str(folder), "0"], cwd=paths.REPOSITORY)
    assert len(os.listdir(tmp_path)) == 1
    with replacing_folder(folder) as unfinished:
        (unfinished / "file").write_text("newer")
    assert os.listdir(tmp_path) == ["folder"]


def test_what_another_is_writing_just_now_is_left_to_it(tmp_path):
    folder = tmp_path / "folder"
    with replacing_folder(folder) as mine:
        (mine / "file").write_text("mine")
        with replacing_folder(folder) as theirs:
            (theirs / "file").write_text("theirs")
        assert (folder / "file").read_text() == "theirs"
        recover_folder(folder)
        assert mine.is_dir()
    assert (folder / "file").read_text() == "mine"
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.parametrize("renames", [1, 2])
def test_data_and_variants_whose_writer_was_killed_are_found_again(tmp_path, monkeypatch, renames):
    _, local = use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(7, 7))
    make_variant(local, "a.one")
    for folder in (paths.data(), local / "a.one"):
        killed = KILLED_AT_RENAME.replace('(unfinished / "file").write_text("new")', COPIED)
        subprocess.run([sys.executable, "-c", killed, str(folder), str(renames)], cwd=paths.REPOSITORY)
    assert read_manifest()["source"]
    assert [variant.status for variant in list_variants()] == ["trained"]
