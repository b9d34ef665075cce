"""The data set brought from the page: progress, cancelling, and what is left behind."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fer_core import paths
from fer_core.data import import_task
from fer_core.data.import_task import start_drawing, start_import, start_import_of
from fer_core.data.schematic import schematic_dataset
from fer_core.data.split import FER2013_SIZES, FER2013_TRAINING
from fer_core.data.store import is_imported, read_manifest, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError, NotAllowedError, TaskError
from fer_core.machine.tasks import Seat
from fer_core.roles.permissions import Identity
from tests.app_driver import follow, make_five, open_app, press, texts
from tests.fixtures_variants import use_empty_folders
from tests.labelled_pictures import encoded
from tests.written_files import write_zip

TRAINER, STRANGER = Identity(has_token=True), Identity()
WAIT_S = 90


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Nothing imported, and room for an import however many tests ran before."""
    monkeypatch.setattr(import_task, "_SEAT", Seat("Another data set is being imported."))
    return use_empty_folders(monkeypatch, tmp_path)[1]


def archive(tmp_path, testing=28):
    """A zip of FER2013's folders with drawn faces."""
    splits = schematic_dataset(70, testing).splits
    files = {
        f"{'train' if name == 'Training' else 'test'}/{EMOTIONS[label]}/{name}_{row}.png": encoded(face)
        for name, split in splits.items()
        for row, (face, label) in enumerate(zip(split.faces, split.labels, strict=True))
    }
    return write_zip(files, tmp_path / "faces.zip")


def until(condition):
    """Wait for what is sure to come."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_uploaded_archive_is_imported_with_progress_and_its_copy_is_gone(home, tmp_path):
    task = start_import_of(archive(tmp_path).read_bytes(), "../faces.zip", TRAINER)
    said = []
    until(lambda: said.append(task.progress) or task.is_over())
    task.result()
    assert read_manifest()["source"] == "faces.zip"
    assert (126, 126) in said
    assert not list(paths.home().glob("import-*"))


def test_a_path_is_imported_and_an_empty_place_is_named(home, tmp_path):
    start_import(str(archive(tmp_path)), TRAINER).result()
    assert read_manifest()["counts"]["Training"]["all"] == 70
    with pytest.raises(
        DataError, match="There is nothing at /no/such/place on the machine that runs Faceoff"
    ):
        start_import("/no/such/place", TRAINER)


def test_a_cancelled_import_leaves_what_was_there(home, tmp_path):
    store_dataset(schematic_dataset(28, 28))
    before = read_manifest()
    task = start_import_of(archive(tmp_path, testing=7_000).read_bytes(), "faces.zip", TRAINER)
    until(lambda: task.progress)
    task.cancel()
    with pytest.raises(TaskError, match="Importing faces.zip was cancelled; nothing has changed"):
        task.result()
    assert read_manifest() == before
    assert not list(paths.home().glob("import-*"))


def test_a_second_import_waits_for_the_first(home, tmp_path):
    first = start_drawing(TRAINER)
    with pytest.raises(TaskError, match="Another data set is being imported"):
        start_import(str(archive(tmp_path)), TRAINER)
    first.result()
    assert read_manifest()["counts"]["Training"]["all"] == import_task.DRAWN_TRAINING


def test_who_may_only_look_imports_nothing(home, tmp_path):
    for start in (lambda: start_import(str(tmp_path), STRANGER), lambda: start_drawing(STRANGER)):
        with pytest.raises(NotAllowedError):
            start()
    assert not is_imported()


def test_training_s_counts_are_those_of_the_real_data_set(fer2013):
    counts = fer2013.split("Training").counts()
    assert counts == FER2013_TRAINING
    assert sum(FER2013_TRAINING.values()) == FER2013_SIZES["Training"] == np.sum(list(counts.values()))


@pytest.mark.usefixtures("no_browser", "trainer")
def test_drawn_faces_come_by_a_button_of_the_page(home):
    make_five(home)
    app = press(open_app("Data"), "Use drawn faces")
    until(lambda: is_imported())
    until(lambda: "**schematic faces**" in texts(app.run()) or "grey faces of 48 × 48 pixels" in texts(app))
    assert not app.exception


@pytest.mark.usefixtures("no_browser", "trainer")
def test_a_path_with_nothing_at_it_is_said_on_the_page(home):
    make_five(home)
    app = open_app("Data")
    app.button_group(key="import.way").set_value("Name its place on the server")
    app.run()
    app.text_input(key="import.path").set_value("/no/such/place")
    app = press(app.run(), "Import")
    assert "There is nothing at /no/such/place" in texts(app)
    assert not app.exception


@pytest.mark.usefixtures("no_browser")
@pytest.mark.parametrize("page", ["Robustness", "Mistakes", "Train"])
def test_pages_without_the_pictures_lead_to_the_import(home, page):
    make_five(home)
    app = follow(open_app(page), "Import the data")
    assert "Import the data" in [heading.value for heading in app.subheader]
    assert not app.exception
