"""Files and folders that survive a kill at any moment."""

import os
import subprocess
import sys

import pytest

from fer_core import paths
from fer_core.machine.files import recover_folder, replacing_folder

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
