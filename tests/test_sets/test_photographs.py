"""Real faces in larger pictures: YuNet finds them, and they are cut so that models know them again."""

import cv2
import numpy as np
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.faces.detector_file import VARIABLE
from fer_core.test_sets import adding
from fer_core.test_sets.adding import add_set, described
from fer_core.test_sets.store import read_faces, read_pictures
from fer_core.variants.classifier import load_classifier
from tests.conftest import YUNET
from tests.labelled_pictures import encoded, pasted
from tests.written_files import write_folder

EACH = 8


@pytest.fixture
def photographs(fer2013, tmp_path, monkeypatch):
    """56 test faces of FER2013, each enlarged, tinted and pasted into a larger picture; and the set made of them."""
    if not YUNET:
        pytest.skip(f"needs a YuNet file: name it in the environment variable {VARIABLE}")
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(VARIABLE, YUNET)
    monkeypatch.setattr(adding._Finder, "made", None)
    private = fer2013.split("PrivateTest")
    rows = [row for label in range(7) for row in np.flatnonzero(private.labels == label)[:EACH]]
    files = {
        f"{EMOTIONS[private.labels[row]]}/{row}.jpg": encoded(pasted(private.faces[row], number), ".jpg")
        for number, row in enumerate(rows)
    }
    return private, add_set(write_folder(files, tmp_path / "photographs"), "photographs")


def test_faces_are_found_in_larger_pictures_and_what_was_done_is_said(photographs):
    _, added = photographs
    manifest = added.manifest
    assert (manifest["finder"], manifest["in_colour"]) == ("YuNet", added.count)
    assert manifest["cut"]["cut round the face that was found"] >= 0.9 * 7 * EACH
    assert added.count + manifest["left_out"].get("pictures in which no face was found", 0) == 7 * EACH
    assert any("cut round the face that was found" in sentence for sentence in described(added))
    sides = [pixels.shape[0] for pixels in read_pictures(added)]
    assert np.median(sides) == pytest.approx(160, abs=25)  # as wide as they were pasted


def test_the_cuts_are_the_faces_as_they_were_and_models_know_them_again(photographs):
    private, added = photographs
    found = read_faces(added)
    rows = found.names.astype(int)
    assert np.array_equal(found.labels, private.labels[rows])
    blurred = [
        [cv2.GaussianBlur(face, (0, 0), 3).ravel() for face in of]
        for of in (found.faces, private.faces[rows])
    ]
    alike = [np.corrcoef(cut, face)[0, 1] for cut, face in zip(*blurred, strict=True)]
    assert np.median(alike) > 0.7
    classifier = load_classifier("faceoff.small", 2)
    cut, before = (
        classifier.predict_proba(faces).argmax(axis=1) for faces in (found.faces, private.faces[rows])
    )
    assert (cut == before).mean() > 0.7
