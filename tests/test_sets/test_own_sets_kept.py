"""A test set on disk: beside the data, for trainers to add and remove, and gone whole."""

import os
from collections import Counter

import pytest

from fer_core import paths
from fer_core.__main__ import main
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, load_dataset, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError, NotAllowedError, TaskError
from fer_core.roles.permissions import Identity
from fer_core.test_sets.adding import ReadingOptions, add_set, described
from fer_core.test_sets.adding_task import start_adding
from fer_core.test_sets.store import get_set, read_copies, remove_set
from tests.app_driver import open_app
from tests.labelled_pictures import CK, class_folders, encoded
from tests.written_files import write_folder, write_zip


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))


def test_a_set_stands_beside_the_data_and_copies_of_it_are_counted(tmp_path):
    dataset = build_dataset(schematic_dataset(70, 35, seed=9).splits, "drawn")
    store_dataset(dataset)
    training, private = dataset.split("Training"), dataset.split("PrivateTest")
    files = class_folders() | {
        f"{EMOTIONS[split.labels[0]]}/copy{number}.png": encoded(split.faces[0])
        for number, split in enumerate((training, private))
    }
    added = add_set(write_folder(files, tmp_path / "a"), "office")
    assert added.manifest["copies"] == {"Training": 1, "PrivateTest": 1}
    assert Counter(read_copies(added))["Training"] == 1
    assert "Copies of pictures of the imported data, pixel by pixel: 1 of " in list(described(added))[-1]
    assert load_dataset().sha256 == dataset.sha256


def test_only_trainers_add_and_remove_and_removing_leaves_nothing(tmp_path):
    source = write_folder(class_folders(), tmp_path / "a")
    with pytest.raises(NotAllowedError):
        add_set(source, "office", by=Identity())
    add_set(source, "office", by=Identity(has_token=True))
    with pytest.raises(DataError, match="There is a test set 'office' already"):
        add_set(source, "office")
    with pytest.raises(NotAllowedError):
        remove_set("office", by=Identity())
    with pytest.raises(DataError, match="did you mean office"):
        remove_set("ofice")
    remove_set("office")
    assert not list(paths.test_sets().iterdir())


def test_an_upload_leaves_nothing_behind_however_it_ends(tmp_path):
    archive = write_zip(class_folders(), tmp_path / "a.zip").read_bytes()
    trainer = Identity(has_token=True)
    forgotten = paths.home() / "adding-of-a-killed-server"
    unfinished = paths.test_sets() / ".office.killed"
    for folder in (forgotten, unfinished):
        folder.mkdir(parents=True)
        (folder / "pictures.parquet").write_bytes(b"faces")
    os.utime(forgotten, (0, 0))
    task = start_adding(archive, "a.zip", "office", ReadingOptions(), trainer)
    task.cancel()
    with pytest.raises(TaskError, match="cancelled; nothing has changed"):
        task.result()
    assert not list(paths.home().glob("adding-*")) and not list(paths.test_sets().iterdir())
    start_adding(archive, "a.zip", "office", ReadingOptions(), trainer).result()
    assert get_set("office").count == 14
    assert not list(paths.home().glob("adding-*"))
    unfinished.mkdir()
    remove_set("office")
    assert not list(paths.test_sets().iterdir())


def test_the_command_line_adds_lists_and_removes(tmp_path, capsys):
    source = write_folder(
        class_folders(names=CK) | class_folders(names={"neutral": "contempt"}), tmp_path / "ck"
    )
    assert main(["test-set", "add", str(source), "--name", "ck"]) == 0
    said = capsys.readouterr().out
    for words in ("12 faces from ck (folders of classes): anger → angry (2)", "2 pictures of the class contempt",
                  "no face of neutral", "is not known: FER2013 was not imported"):  # fmt: skip
        assert words in said
    assert main(["test-set", "list"]) == 0
    assert "ck                            12 faces     0 models have answered" in capsys.readouterr().out
    assert main(["test-set", "remove", "ck"]) == 0
    assert main(["test-set", "show", "ck"]) == 1
    assert "There is no test set 'ck'" in capsys.readouterr().err


def test_the_hash_is_of_pictures_and_labels(tmp_path):
    first = add_set(write_folder(class_folders(), tmp_path / "a"), "one")
    second = add_set(write_zip(dict(reversed(class_folders(above="x/").items())), tmp_path / "b.zip"), "two")
    assert first.sha256 == second.sha256


def test_a_damaged_set_is_named_because_faces_still_lie_there(tmp_path, capsys):
    made = add_set(write_folder(class_folders(), tmp_path / "a"), "office")
    (made.folder / "manifest.json").write_text("[]")
    assert main(["test-set", "list"]) == 0
    said = capsys.readouterr().out
    assert "The test set office is damaged: remove it (`python -m fer_core test-set remove office`)" in said
    assert "There is no test set" not in said
    app = open_app("Data")
    assert "The test set office is damaged" in app.error[0].value
    assert main(["test-set", "remove", "office"]) == 0
    assert main(["test-set", "list"]) == 0
    assert "There is no test set" in capsys.readouterr().out
