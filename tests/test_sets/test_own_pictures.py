"""Your own labelled pictures become a test set, in whatever layout they are brought."""

import cv2
import numpy as np
import pytest

from fer_core.emotions import CSV_ORDER, EMOTIONS
from fer_core.errors import DataError
from fer_core.test_sets.adding import ReadingOptions, add_set, described
from fer_core.test_sets.store import get_set, list_sets, read_faces, read_pictures
from tests.labelled_pictures import (
    AFFECTNET,
    CK,
    EACH,
    RAF,
    class_folders,
    encoded,
    face,
    listed_files,
    numbered,
    photograph,
    pixel_csv,
    pixel_rows,
    tinted,
)
from tests.written_files import write_folder, write_zip


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))


CONTEMPT = class_folders(names={"neutral": "contempt"})
LAYOUTS = {
    "class folders": class_folders(),
    "train and test folders, 48": class_folders(above="train/", each=1) | class_folders(above="test/"),
    "train and test folders, 224 in colour": class_folders(tinted, above="a/test/"),
    "RAF-DB": class_folders(
        tinted, "DATASET/test/", {name: str(number) for number, name in enumerate(RAF, 1)}, size=100
    ),
    "CK+48": class_folders(names=CK, above="CK+48/") | class_folders(names={"neutral": "contempt"}, above="CK+48/"),
    "AffectNet-like": class_folders(tinted, names=numbered(AFFECTNET, "class{:03}"))
    | class_folders(names={"neutral": "class007"}),
    "a contempt folder beside the seven": class_folders() | CONTEMPT,
    "photographs": {
        f"{emotion}/{number}.jpg": encoded(photograph(2 * place + number), ".jpg")
        for place, emotion in enumerate(EMOTIONS)
        for number in range(EACH)
    },
    "a csv of files and labels": listed_files(),
    "a csv with semicolons": listed_files(";"),
    "a csv of pixels without Usage": {"mine.csv": pixel_csv(("pixels", "emotion"), [
        {key: row[key] for key in ("pixels", "emotion")} for row in pixel_rows()
    ])},
    "a csv of pixels with contempt": {"ckextended.csv": pixel_csv(("emotion", "pixels", "Usage"), [
        *pixel_rows(), *({**row, "emotion": 7} for row in pixel_rows()[:2])
    ])},
    "FER2013's csv": {"fer2013/fer2013.csv": pixel_csv(("emotion", "pixels", "Usage"), pixel_rows(
        ("Training", "PublicTest", "PrivateTest")
    ))},
    "FER2013's folders": {
        f"test/{emotion}/{part}_{row}{place}.png": encoded(face(emotion, row))
        for place, emotion in enumerate(EMOTIONS)
        for part in ("PublicTest", "PrivateTest")
        for row in range(EACH)
    },
    "other words, other cases, hidden files": class_folders(
        names=("Anger", "Disgusted", "FEARFUL", "Happiness", "neutral", "Sadness", "Suprise"), above="Faces/"
    ) | {"Faces/Anger/.ipynb_checkpoints/x.png": b"", "Faces/notes.txt": b"x"},
    "BMP, WebP, .jfif and .jpe": {
        f"{emotion}/{emotion}_{row}{suffix}": encoded(face(emotion, row), kind)
        for emotion in EMOTIONS
        for row, (suffix, kind) in enumerate(
            [(".bmp", ".bmp"), (".WEBP", ".webp")] if emotion < "happy" else [(".jfif", ".jpg"), (".jpe", ".jpg")]
        )
    },
    "counted from 0 in every class": {
        f"{emotion}/{row}.png": encoded(face(emotion, row)) for emotion in EMOTIONS for row in range(EACH)
    },
    "FER2013's csv as Excel saves it": {"FER2013.CSV": b"\xef\xbb\xbf" + pixel_csv(
        ("emotion", "pixels", "Usage"), pixel_rows()
    )},
    "folders of people within the classes": {
        f"{emotion}/subject{row}/{row}.png": encoded(face(emotion, row))
        for emotion in EMOTIONS
        for row in range(EACH)
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_becomes_a_test_set(layout, tmp_path):
    files = LAYOUTS[layout]
    way = "folder" if list(LAYOUTS).index(layout) % 2 else "zip"
    source = write_folder(files, tmp_path / "a") if way == "folder" else write_zip(files, tmp_path / "a.zip")
    added = add_set(source, "office")
    present = [name for name in EMOTIONS if layout != "CK+48" or name != "neutral"]
    assert added.manifest["counts"] == {name: EACH * (name in present) for name in EMOTIONS}
    faces = read_faces(get_set("office"))
    kept_as_it_is = added.manifest["sides"] == [48, 48]
    for name, label, picture in zip(faces.names, faces.labels, faces.faces, strict=True):
        if "_" in name and not name.startswith("P"):
            assert name.startswith(EMOTIONS[label])
            if kept_as_it_is:
                drawn = face(EMOTIONS[label], int(name[-1])).astype(float)
                assert np.abs(drawn - picture).mean() < (3 if ".jpe" in layout else 1e-9)
    assert len(set(faces.names)) == len(faces)


def test_a_zip_that_windows_packed_is_read_as_any_other(tmp_path):
    files = {name.replace("/", "\\"): content for name, content in class_folders(above="faces/test/").items()}
    added = add_set(write_zip(files, tmp_path / "a.zip"), "office")
    assert added.manifest["counts"] == dict.fromkeys(EMOTIONS, EACH)
    assert sorted(read_faces(added).names)[0] == "angry_0"


def test_a_csv_by_itself_finds_its_pictures_beside_it(tmp_path):
    folder = write_folder(listed_files(), tmp_path / "a")
    assert add_set(folder / "labels.csv", "office").count == 14
    (tmp_path / "b.csv").write_bytes(pixel_csv(("emotion", "pixels", "Usage"), pixel_rows()))
    assert add_set(tmp_path / "b.csv", "pixels").count == 14


def test_numbers_are_read_as_whoever_has_them_so_and_it_is_said(tmp_path):
    fer = write_folder(class_folders(names=numbered(CSV_ORDER, "{}")), tmp_path / "fer")
    added = add_set(fer, "fer")
    assert added.manifest["numbers"] == "fer2013"
    assert "Numbers were read as fer2013 has them: 0 angry, 1 disgust" in " ".join(described(added))
    eight = class_folders(names=numbered(AFFECTNET, "class{:03}")) | class_folders(names={"sad": "class007"})
    affect = add_set(write_folder(eight, tmp_path / "affect"), "affect")
    assert affect.manifest["left_out"] == {"pictures of the class class007 (contempt)": 2}
    other = add_set(fer, "other", ReadingOptions(numbers="affectnet"))
    assert {each["word"]: each["emotion"] for each in other.manifest["classes"]}["0"] == "neutral"


def test_what_became_of_each_picture_is_counted_and_said(tmp_path):
    files = class_folders(each=1) | {
        "happy/broken.png": b"x",
        "calm/a.png": encoded(face("sad", 1)),
        "calm/b.png": encoded(face("sad", 2)),
        "notes.txt": b"",
    }
    office = add_set(write_folder(files, tmp_path / "a"), "office")
    assert {each["word"]: each["count"] for each in office.manifest["classes"]} == dict.fromkeys(
        EMOTIONS, 1
    ) | {"calm": 2}
    said = " ".join(described(office))
    assert "happy → happy (1)" in said
    assert "Left out: 1 .txt file, 2 pictures of the class calm and 1 picture that can't be read." in said
    assert "Pictures: 7 taken whole (faces are searched with Haar cascade)." in said


def test_other_classes_are_left_out_or_merged_as_asked(tmp_path):
    source = write_folder(LAYOUTS["a contempt folder beside the seven"], tmp_path / "a")
    left = add_set(source, "left")
    assert left.manifest["left_out"] == {"pictures of the class contempt": 2}
    assert (
        add_set(source, "merged", ReadingOptions(merged=["contempt=disgust"])).manifest["counts"]["disgust"]
        == 4
    )
    assert add_set(source, "ignored", ReadingOptions(ignored=["Happy"])).manifest["counts"]["happy"] == 0


REFUSED = {
    "a slip of the pen": (class_folders(names=("angery", *EMOTIONS[1:])), "'angery' (angry?)"),
    "no class at all": ({"a/1.png": encoded(face("sad", 1)), "b/2.png": b""}, "none of its classes ('a' and 'b')"),
    "no labels": ({"1.png": encoded(face("sad", 1))}, "none of its classes (no folder)"),
    "nothing": ({"readme.txt": b""}, "holds no labelled pictures"),
    "a csv without labels": ({"x.csv": b"a,b\n1,2\n", "i/1.png": b""}, "none of its classes ('i')"),
    "a csv whose pictures are gone": ({"x.csv": b"file,label\ngone.png,happy\n", "i/1.png": b""}, "such as gone.png"),
    "pictures that can't be read": ({"happy/1.png": b"x", "sad/2.png": b"y"}, "2 pictures that can't be read"),
    "photographs without a face": (
        {"happy/1.png": encoded(np.full((480, 640, 3), 90, np.uint8))}, "1 picture in which no face was found",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_what_can_be_no_test_set_is_refused_in_a_sentence(fault, tmp_path):
    files, sentence = REFUSED[fault]
    with pytest.raises(DataError) as raised:
        add_set(write_folder(files, tmp_path / "a"), "office")
    assert sentence in str(raised.value)
    assert not list_sets()


@pytest.mark.parametrize(
    ("name", "reading", "sentence"),
    [
        ("Office", ReadingOptions(), "can't be a test set's name"),
        ("../a", ReadingOptions(), "can't be a test set's name"),
        ("fer2013", ReadingOptions(), "can't be a test set's name"),
        ("office", ReadingOptions(merged=["calm"]), "as calm=neutral"),
        ("office", ReadingOptions(crop="no"), "There is no crop 'no'"),
        ("office", ReadingOptions(part="validation"), "has no part 'validation'"),
    ],
)
def test_wrong_wishes_are_refused_in_a_sentence(name, reading, sentence, tmp_path):
    with pytest.raises(DataError, match=sentence):
        add_set(write_folder(class_folders(), tmp_path / "a"), name, reading)


def test_faces_are_found_and_cut_or_the_whole_picture_is_taken(tmp_path):
    source = write_folder(LAYOUTS["photographs"], tmp_path / "a")
    found = add_set(source, "found")
    assert found.manifest["cut"] == {"cut round the face that was found": 14}
    head = cv2.cvtColor(photograph(0)[20:180, 30:190], cv2.COLOR_RGB2GRAY)
    head = cv2.resize(head, (48, 48), interpolation=cv2.INTER_AREA)
    whole = add_set(source, "whole", ReadingOptions(crop="whole"))
    assert whole.manifest["sides"] == [224, 224]

    def likeness(test_set):
        return np.corrcoef(read_faces(test_set).faces[0].ravel(), head.ravel())[0, 1]

    assert likeness(found) > likeness(whole)


def test_pictures_are_kept_in_their_size_and_colour_up_to_224(tmp_path):
    files = {
        "happy/a.png": encoded(face("happy", 0)),
        "sad/b.png": encoded(tinted("sad", 0, 100)),
        "fear/c.png": encoded(tinted("fear", 0, 280)),
    }
    added = add_set(write_folder(files, tmp_path / "a"), "office", ReadingOptions(crop="whole"))
    kept = {
        name: each.shape for name, each in zip(read_faces(added).names, read_pictures(added), strict=True)
    }
    assert kept == {"a": (48, 48), "b": (100, 100, 3), "c": (224, 224, 3)}
    assert np.array_equal(read_faces(added).faces[list(kept).index("a")], face("happy", 0))
