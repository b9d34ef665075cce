"""FER2013 as people really have it: other kinds of pictures, other names of folders, a csv in an archive."""

import csv
import io

import cv2
import numpy as np
import pytest

from fer_core.data import import_dataset
from fer_core.data.schematic import draw_faces
from fer_core.data.store import KNOWN_HASHES, content_hash
from fer_core.emotions import CSV_ORDER, EMOTIONS
from fer_core.errors import DataError
from tests.written_files import write_folder, write_tar, write_zip

SPLITS = ("Training", "PublicTest", "PrivateTest")


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))


def encoded(face, suffix=".png"):
    quality = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else []
    return cv2.imencode(suffix, face, quality)[1].tobytes()


def laid_out(name_of, suffix=".png", count=7):
    """Relative path -> bytes: drawn faces of the three splits under names of any kind."""
    files = {}
    for seed, split in enumerate(SPLITS):
        drawn = draw_faces(count, seed)
        for row, (face, label) in enumerate(zip(drawn.faces, drawn.labels, strict=True)):
            files[name_of(split, EMOTIONS[label], row)] = encoded(face, suffix)
    return files


def usual(split, emotion, row, suffix=".png"):
    return f"{'train' if split == 'Training' else 'test'}/{emotion}/{split}_{row}{suffix}"


def fer2013_csv():
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["emotion", " Usage", " pixels"])  # as icml_face_data.csv has them
    for seed, split in enumerate(SPLITS):
        drawn = draw_faces(7, seed)
        for face, label in zip(drawn.faces, drawn.labels, strict=True):
            writer.writerow([CSV_ORDER.index(EMOTIONS[label]), split, " ".join(map(str, face.ravel()))])
    return text.getvalue().encode()


@pytest.fixture
def plain(tmp_path):
    """What all the layouts below hold."""
    return import_dataset(write_folder(laid_out(usual), tmp_path / "plain"))


@pytest.mark.parametrize("suffix", [".bmp", ".webp", ".BMP"])
def test_other_kinds_of_pictures_are_read(suffix, plain, tmp_path):
    kind = suffix.lower()
    files = laid_out(lambda *place: usual(*place, suffix=suffix), kind)
    assert import_dataset(write_zip(files, tmp_path / "a.zip")).sha256 == plain.sha256


@pytest.mark.parametrize("suffix", [".jfif", ".jpe"])
def test_jpegs_under_other_names_are_read(suffix, tmp_path):
    files = laid_out(lambda *place: usual(*place, suffix=suffix), ".jpg")
    assert len(import_dataset(write_folder(files, tmp_path / "a")).split("Training")) == 7


def test_what_is_not_read_is_counted_and_hidden_files_are_no_data(plain, tmp_path):
    more = {"notes.txt": b"", "train/sad/Training_9.gif": b"GIF8", "README": b"", "other.csv": b"a,b\n"}
    hidden = {
        "train/sad/.ipynb_checkpoints/Training_1-checkpoint.png": b"",
        "__MACOSX/train/._a.png": b"",
        "Thumbs.db": b"",
    }
    read = import_dataset(write_zip(laid_out(usual) | more | hidden, tmp_path / "a.zip"))
    assert read.manifest["left_out"] == {".txt": 1, ".gif": 1, "without suffix": 1, ".csv": 1}
    assert read.sha256 == plain.sha256


CSV_PLACES = {
    "folder": lambda content, path: write_folder(content, path / "a"),
    "zip": lambda content, path: write_zip(content, path / "fer2013.ZIP"),
    "tar.gz": lambda content, path: write_tar(content, path / "fer2013.tar.gz"),
}


@pytest.mark.parametrize("place", CSV_PLACES)
def test_the_csv_is_found_in_what_was_downloaded(place, plain, tmp_path):
    content = {"fer2013/fer2013.csv": fer2013_csv(), "fer2013/README": b"hello"}
    assert import_dataset(CSV_PLACES[place](content, tmp_path)).sha256 == plain.sha256


def test_a_fault_in_a_csv_within_an_archive_is_told_with_both_names(tmp_path):
    path = write_zip({"a/fer2013.csv": fer2013_csv() + b"9,Training,1\n"}, tmp_path / "a.zip")
    with pytest.raises(DataError, match=r"a\.zip: a/fer2013\.csv, line 23: the emotion is '9'"):
        import_dataset(path)


def test_two_csvs_or_pictures_beside_one_are_not_guessed_between(tmp_path):
    twice = {"a.csv": fer2013_csv(), "b.csv": fer2013_csv()}
    with pytest.raises(DataError, match=r"holds a\.csv and b\.csv"):
        import_dataset(write_zip(twice, tmp_path / "a.zip"))
    beside = {"a.csv": fer2013_csv()} | laid_out(usual)
    with pytest.raises(DataError, match=r"holds a\.csv and pictures beside it"):
        import_dataset(write_tar(beside, tmp_path / "a.tar.gz"))


FOLDERS = {
    "capitals": lambda split, emotion, row: f"{split}/{emotion.title()}/{row}.png",
    "nouns": lambda split, emotion, row: (
        f"{dict(zip(SPLITS, ('train', 'validation', 'test'), strict=True))[split]}/"
        f"{ {'angry': 'anger', 'happy': 'happiness', 'sad': 'sadness'}.get(emotion, emotion) }/im{row}.png"
    ),
    "participles": lambda split, emotion, row: (
        f"{dict(zip(SPLITS, ('Train', 'val', 'Test'), strict=True))[split]}/"
        f"{ {'disgust': 'disgusted', 'fear': 'fearful', 'surprise': 'surprised'}.get(emotion, emotion) }/{row}.png"
    ),
    "backslashes": lambda *place: usual(*place).replace("/", "\\"),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_other_peoples_names_of_folders_are_understood(kind, plain, tmp_path):
    assert import_dataset(write_zip(laid_out(FOLDERS[kind]), tmp_path / "a.zip")).sha256 == plain.sha256


def test_all_that_stands_in_the_way_is_told_in_one_sentence(tmp_path):
    def name_of(split, emotion, row):
        folder = {"angry": "angery", "fear": "contempt"}.get(emotion, emotion)
        return f"{'misc' if split == 'PublicTest' else split}/{folder}/{row}.png"

    files = laid_out(name_of) | {"Training/sad/large.png": encoded(np.zeros((64, 48), np.uint8))}
    with pytest.raises(DataError) as raised:
        import_dataset(write_folder(files, tmp_path / "faces"))
    message = str(raised.value)
    parts = (
        "'angery' (did you mean angry?)", "'contempt'", "such as misc/", "train, validation and test",
        "large.png measures 48x64 pixels, not 48x48", "no pictures of angry and fear", "test-set add",
    )  # fmt: skip
    for part in parts:
        assert part in message


def test_pictures_of_the_same_name_in_different_folders_are_kept_apart(tmp_path):
    files = laid_out(lambda split, emotion, row: f"{split}/{emotion}/{row // 7}.png", count=14)
    split = import_dataset(write_folder(files, tmp_path / "a")).split("PublicTest")
    assert sorted(split.names) == sorted(f"{emotion}/{row}" for emotion in EMOTIONS for row in (0, 1))
    assert split.rows_of(split.names, split.labels).tolist() == list(range(14))


def test_the_hash_is_of_pictures_and_labels_alone(plain, tmp_path):
    files = laid_out(lambda split, emotion, row: f"{split}/{emotion}/other_{100 - row}.png")
    assert import_dataset(write_tar(files, tmp_path / "a.tar.gz")).sha256 == plain.sha256
    plain.split("Training").labels[:] = plain.split("Training").labels[::-1]
    assert content_hash(plain.splits) != plain.sha256


def test_shipped_cards_quote_the_real_fer2013(fer2013):
    assert fer2013.sha256 in KNOWN_HASHES.values()
