"""Importing, auditing and drawing data sets."""

import contextlib
import csv
import json
import tarfile

import cv2
import numpy as np
import pytest

from fer_core.data import import_dataset, is_imported, load_dataset
from fer_core.data.audit import audit, copy_groups, leaked
from fer_core.data.schematic import draw_faces, schematic_dataset
from fer_core.data.split import Split
from fer_core.data.store import build_dataset, content_hash, read_manifest, store_dataset
from fer_core.emotions import CSV_ORDER, EMOTIONS
from fer_core.errors import DataError, DataMissingError
from tests.written_files import write_folder, write_tar, write_zip

COUNTS = {"Training": 21, "PublicTest": 7, "PrivateTest": 14}


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def pictures():
    """Relative path -> PNG bytes of a small data set in the public folder layout."""
    files = {}
    for seed, (split, count) in enumerate(COUNTS.items()):
        faces = draw_faces(count, seed)
        for row, (face, label) in enumerate(zip(faces.faces, faces.labels, strict=True)):
            folder = "train" if split == "Training" else "test"
            files[f"{folder}/{EMOTIONS[label]}/{split}_{row}.png"] = png(face)
    return files


def png(face):
    return cv2.imencode(".png", face)[1].tobytes()


def write_csv(files, path):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for name, content in files.items():
            _, emotion, stem = name.split("/")
            face = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
            writer.writerow([CSV_ORDER.index(emotion), " ".join(map(str, face.ravel())), stem.split("_")[0]])
    return path


WRITERS = {
    "folder": lambda files, path: write_folder(files, path / "faces"),
    "zip": lambda files, path: write_zip(files, path / "faces.zip"),
    "tar.xz": lambda files, path: write_tar(files, path / "faces.tar.xz"),
    "csv": lambda files, path: write_csv(files, path / "fer2013.csv"),
}


@pytest.mark.parametrize("layout", WRITERS)
def test_every_public_layout_gives_the_same_faces_and_labels(layout, pictures, tmp_path):
    source = WRITERS[layout](pictures, tmp_path)
    dataset = import_dataset(source)
    for seed, (name, count) in enumerate(COUNTS.items()):
        split, drawn = dataset.split(name), draw_faces(count, seed)
        assert sorted(map(bytes, split.faces)) == sorted(map(bytes, drawn.faces))
        labels = {bytes(face): label for face, label in zip(drawn.faces, drawn.labels, strict=True)}
        assert [labels[bytes(face)] for face in split.faces] == split.labels.tolist()


def test_what_was_imported_is_what_is_loaded(pictures, tmp_path):
    imported = import_dataset(write_zip(pictures, tmp_path / "faces.zip"))
    loaded = load_dataset()
    assert loaded.manifest == imported.manifest
    assert content_hash(loaded.splits) == imported.sha256
    assert loaded.manifest["counts"]["PrivateTest"] == {"all": 14, **dict.fromkeys(EMOTIONS, 2)}


def test_the_hash_does_not_depend_on_the_order_of_the_archive(pictures, tmp_path):
    backwards = dict(reversed(pictures.items()))
    first = import_dataset(write_zip(pictures, tmp_path / "a.zip"))
    assert import_dataset(write_tar(backwards, tmp_path / "b.tar.xz")).sha256 == first.sha256


def test_progress_is_told_and_ends_with_the_total(pictures, tmp_path):
    reported = []
    import_dataset(
        write_folder(pictures, tmp_path / "faces"), lambda done, total: reported.append((done, total))
    )
    assert reported[-1] == (42, 42)


def without(files, part):
    return {name: content for name, content in files.items() if part not in name}


BROKEN = {
    "missing class folder": (lambda f: without(f, "/fear/"), "no pictures of fear"),
    "another size": (
        lambda f: f | {"train/sad/Training_9.png": png(np.zeros((64, 48), np.uint8))},
        "48x64 pixels",
    ),
    "unreadable": (lambda f: f | {"train/sad/Training_9.png": b"no picture"}, "can't be read as a picture"),
    "empty": (lambda f: f | {"train/sad/Training_9.png": b""}, "can't be read as a picture"),
    "unknown class": (
        lambda f: f | {"train/bored/Training_9.png": png(np.zeros((48, 48), np.uint8))},
        "'bored'",
    ),
    "unknown split": (lambda f: f | {"test/sad/Other_9.png": png(np.zeros((48, 48), np.uint8))}, "split"),
    "nothing": (lambda f: {"readme.txt": b"hello"}, "holds no pictures"),
    "climbs out": (
        lambda f: f | {"../train/sad/Training_9.png": png(np.zeros((48, 48), np.uint8))},
        "climbs out",
    ),
    "too heavy": (lambda f: f | {"train/sad/Training_9.png": bytes(2 << 20)}, "too much"),
}


@pytest.mark.parametrize("layout", ["zip", "tar.xz"])
@pytest.mark.parametrize("fault", BROKEN)
def test_a_faulty_archive_is_refused_by_name_and_the_old_data_stays(fault, layout, pictures, tmp_path):
    before = import_dataset(write_zip(pictures, tmp_path / "good.zip"))
    change, sentence = BROKEN[fault]
    with pytest.raises(DataError, match=sentence):
        import_dataset(WRITERS[layout](change(pictures), tmp_path))
    assert content_hash(load_dataset().splits) == before.sha256


@pytest.mark.parametrize("layout", ["zip", "tar.xz"])
def test_half_a_download_is_refused_and_the_old_data_stays(layout, pictures, tmp_path):
    before = import_dataset(write_folder(pictures, tmp_path / "good"))
    archive = WRITERS[layout](pictures, tmp_path)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(DataError, match="half downloaded"):
        import_dataset(archive)
    assert load_dataset().sha256 == before.sha256


def test_a_link_in_a_tar_is_refused(tmp_path):
    with tarfile.open(tmp_path / "faces.tar", "w") as archive:
        member = tarfile.TarInfo("train/sad/Training_1.jpg")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(member)
    with pytest.raises(DataError, match="a link"):
        import_dataset(tmp_path / "faces.tar")


BAD_ROWS = {
    "emotion": ("7,{pixels},Training", "emotion is '7'"),
    "usage": ("3,{pixels},Testing", "Usage is 'Testing'"),
    "count": ("3,1 2 3,Training", "3 pixels"),
    "words": ("3,a b c,Training", "whole numbers"),
    "range": ("3,{high},Training", "outside 0-255"),
    "short row": ("3", "Usage is ''"),
}


@pytest.mark.parametrize("fault", BAD_ROWS)
def test_a_faulty_csv_row_is_refused_with_its_line(fault, tmp_path):
    row, sentence = BAD_ROWS[fault]
    pixels = " ".join(["7"] * 2304)
    text = (
        f"emotion,pixels,Usage\n0,{pixels},Training\n{row.format(pixels=pixels, high=pixels[:-1] + '999')}\n"
    )
    (tmp_path / "fer2013.csv").write_text(text)
    with pytest.raises(DataError, match=f"line 3.*{sentence}"):
        import_dataset(tmp_path / "fer2013.csv")


def test_a_csv_with_other_columns_is_refused(tmp_path):
    (tmp_path / "fer2013.csv").write_text("label,image\n1,2\n")
    with pytest.raises(DataError, match="lacks the column"):
        import_dataset(tmp_path / "fer2013.csv")


@pytest.mark.parametrize(
    ("name", "sentence"), [("gone", "does not exist"), ("notes.txt", "neither a folder")]
)
def test_a_path_that_is_no_data_set_is_refused(name, sentence, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=sentence):
        import_dataset(tmp_path / name)


def test_loading_before_importing_says_what_to_do():
    assert not is_imported()
    with pytest.raises(DataMissingError, match="data import"):
        load_dataset()


def test_a_damaged_store_says_so(tmp_path):
    store_dataset(schematic_dataset(14, 7))
    (tmp_path / "home/data/faces.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match="import the data set again"):
        load_dataset()


def test_the_audit_finds_planted_copies_conflicts_and_blanks():
    splits = {name: draw_faces(14, seed) for seed, name in enumerate(COUNTS)}
    training, private = splits["Training"], splits["PrivateTest"]
    private.faces[0] = training.faces[0]  # a leak with the same label
    private.faces[1] = splits["PublicTest"].faces[2]  # a leak whose labels disagree
    training.faces[5] = training.faces[4]  # a copy inside a split, labels disagree
    training.faces[6] = 9
    found = audit(splits)
    assert found["private_in_training"] == 1
    assert found["private_in_training_or_public"] == 2
    assert found["public_in_training"] == 0
    assert found["duplicate_groups"] == 3
    assert found["conflicting_groups"] == 2
    assert found["splits"]["Training"] == {
        "near_blank": 1,
        "blank": 1,
        "duplicate_groups": 1,
        "duplicate_images": 2,
    }
    assert leaked(splits)["PrivateTest"].tolist() == [True, True] + [False] * 12
    assert [("Training", 4), ("Training", 5)] in copy_groups(splits)


def test_schematic_faces_are_the_same_for_the_same_seed_and_differ_by_emotion():
    once, again, other = draw_faces(14, 3), draw_faces(14, 3), draw_faces(14, 4)
    assert np.array_equal(once.faces, again.faces)
    assert not np.array_equal(once.faces, other.faces)
    assert len({bytes(face) for face in once.faces}) == 14


def test_a_nearest_mean_already_tells_schematic_emotions_apart():
    training, testing = draw_faces(700, 0), draw_faces(140, 1)
    means = np.stack([training.faces[training.labels == label].mean(axis=0) for label in range(7)]).reshape(
        7, -1
    )
    rows = testing.faces.reshape(len(testing), -1)
    correlation = np.corrcoef(rows, means)[: len(rows), len(rows) :]
    assert (correlation.argmax(axis=1) == testing.labels).mean() > 0.4


def test_taking_rows_keeps_faces_labels_and_names_together():
    split = draw_faces(14, 0)
    taken = split.take(split.labels == 3)
    assert isinstance(taken, Split)
    assert set(taken.labels) == {3}
    assert set(taken.names) <= set(split.names)


def test_a_data_set_records_where_it_came_from():
    dataset = build_dataset({name: draw_faces(7, seed) for seed, name in enumerate(COUNTS)}, "somewhere")
    assert json.loads(json.dumps(dataset.manifest))["source"] == "somewhere"


def test_the_real_fer2013_has_its_published_counts_and_its_known_leaks(fer2013):
    counts = {name: len(split) for name, split in fer2013.splits.items()}
    assert counts == {"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589}
    assert fer2013.split("Training").counts() == {
        "angry": 3995, "disgust": 436, "fear": 4097, "happy": 7215, "neutral": 4965, "sad": 4830, "surprise": 3171,
    }  # fmt: skip
    found = fer2013.manifest["audit"]
    assert found["private_in_training"] == 288
    assert found["private_in_training_or_public"] == 314
    assert found["conflicting_groups"] == 57
    assert found["splits"]["Training"]["near_blank"] == 12
    assert found["splits"]["Training"]["blank"] == 11


def test_pictures_are_found_again_by_name_and_label():
    split = schematic_dataset(14, 14).split("PrivateTest")
    order = np.array([5, 0, 9])
    names, labels = split.names[order], split.labels[order]
    assert split.rows_of(names, labels).tolist() == [5, 0, 9]
    assert split.rows_of(names, labels + 1).tolist() == [-1, -1, -1]
    assert split.rows_of(np.array(["unknown", names[0]]), labels[[0, 0]]).tolist() == [-1, 5]


def test_flipped_bytes_and_a_manifest_of_something_else_are_damage(tmp_path):
    store_dataset(schematic_dataset(14, 7), tmp_path)
    whole = (tmp_path / "faces.npz").read_bytes()
    for start in range(200, len(whole) - 200, len(whole) // 12):
        data = bytearray(whole)
        data[start : start + 40] = bytes(reversed(data[start : start + 40]))
        (tmp_path / "faces.npz").write_bytes(data)
        with contextlib.suppress(DataError):
            load_dataset(tmp_path)
    for other in ("{}", "[]", '{"source": "x"}'):
        (tmp_path / "manifest.json").write_text(other)
        with pytest.raises(DataError, match="is damaged: import the data set again"):
            read_manifest(tmp_path)
