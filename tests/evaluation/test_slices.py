"""Accuracy by what pictures are like: measures against OpenCV and NumPy, slices against counts by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer_core.data.schematic import draw_faces, schematic_dataset
from fer_core.data.store import load_dataset, load_split, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError, DataMissingError
from fer_core.evaluation.metrics import per_class, wilson_interval
from fer_core.evaluation.outcomes import outcomes_of, panels
from fer_core.evaluation.slices import (
    EVERYTHING,
    PROPERTIES,
    by_emotion,
    by_leak,
    by_list,
    by_property,
    matched,
    properties,
    read_list,
    slice_frame,
)
from tests.fixtures_variants import make_predictions

FACES = draw_faces(70, seed=3).faces


@pytest.fixture(scope="module")
def panel():
    return panels(
        {f"a.v{seed}": outcomes_of(make_predictions(210, seed, skill=seed + 1.0)) for seed in range(2)}
    )[0]


def test_brightness_contrast_and_sharpness_are_what_numpy_and_opencv_say():
    measured = properties(FACES)
    assert list(measured) == list(PROPERTIES)
    for row, face in zip(measured.itertuples(), FACES, strict=True):
        assert row.brightness == pytest.approx(face.mean(), rel=1e-5)
        assert row.contrast == pytest.approx(face.std(), rel=1e-4)
        assert row.sharpness == pytest.approx(cv2.Laplacian(face, cv2.CV_64F).var(), rel=1e-4)
        mirrored = np.corrcoef(face.ravel(), face[:, ::-1].ravel())[0, 1]
        assert row.symmetry == pytest.approx(mirrored, abs=1e-4)


def test_blurring_lowers_sharpness_and_a_mirror_image_is_as_symmetric():
    plain = properties(FACES)
    blurred = properties(np.stack([cv2.GaussianBlur(face, (5, 5), 2) for face in FACES]))
    assert (blurred["sharpness"] < plain["sharpness"]).all()
    assert np.allclose(properties(FACES[:, :, ::-1])["symmetry"], plain["symmetry"], atol=1e-5)
    halves = np.concatenate([FACES[:, :, :24], FACES[:, :, 23::-1]], axis=2)
    assert np.allclose(properties(halves)["symmetry"], 1, atol=1e-5)


def test_a_blank_picture_has_no_contrast_and_breaks_nothing():
    row = properties(np.full((1, 48, 48), 200, np.uint8)).iloc[0]
    assert row.tolist() == [200, 0, 0, 0]


def test_accuracy_by_emotion_is_recall(panel):
    table = slice_frame(panel, by_emotion(panel.label))
    drawn = make_predictions(210, 0, skill=1.0).of("PrivateTest")
    recall = per_class(drawn.label, drawn.probs).set_index("emotion")["recall"]
    rows = table[table["variant"] == "a.v0"].set_index("slice")
    assert rows.index.tolist() == [EVERYTHING, *EMOTIONS]
    assert np.allclose(rows.loc[list(EMOTIONS), "accuracy"], recall[list(EMOTIONS)])
    happy = rows.loc["happy"]
    assert (happy["lo"], happy["hi"]) == wilson_interval(int(happy["right"]), int(happy["n"]))


def test_leaked_and_clean_faces_add_up_to_all(panel):
    rows = slice_frame(panel, by_leak(panel.leaked)).set_index(["variant", "slice"])
    for variant in panel.ids:
        for column in ("n", "right"):
            parts = rows.loc[variant].loc[["clean", "leaked"], column].sum()
            assert parts == rows.loc[(variant, EVERYTHING), column]
    clean = panel.clean()
    assert rows.loc[("a.v0", "clean"), "accuracy"] == pytest.approx(clean.accuracy[0])


def test_fifths_hold_equally_many_faces_from_low_to_high():
    values = np.random.default_rng(0).random(103)
    slicing = by_property(values, "contrast")
    assert slicing.names == PROPERTIES["contrast"]
    assert (slicing.masks.sum(axis=0) == 1).all()
    assert slicing.masks.sum(axis=1).min() >= 20
    tops = [values[mask].max() for mask in slicing.masks]
    assert tops == sorted(tops)


def test_equal_values_stay_together_and_unknown_ones_stand_in_no_slice():
    slicing = by_property(np.array([1.0, 1, 1, 1, 1, 1, 1, 9, np.nan]), "sharpness")
    assert slicing.masks[:, :7].sum(axis=0).tolist() == [1] * 7
    assert len(set(slicing.masks[:, :7].argmax(axis=0))) == 1
    assert not slicing.masks[:, 8].any()


def test_an_empty_slice_is_unknown_not_zero(panel):
    row = slice_frame(panel, by_leak(np.zeros(210, bool))).set_index("slice").loc["leaked"].iloc[0]
    assert row["n"] == 0 and np.isnan(row["accuracy"])
    assert (row["lo"], row["hi"]) == (0, 1)


def test_a_viewers_list_makes_slices_by_image_names(panel):
    image = np.array([f"PrivateTest_{index}" for index in range(210)])
    listed = read_list(
        b"image, slice\nPrivateTest_0.jpg,hats\nPrivateTest_3.PNG, hats\nPrivateTest_5,dark\n", "my.csv"
    )
    slicing = by_list(image, listed)
    assert slicing.names == ("hats", "dark", "not listed")
    assert np.flatnonzero(slicing.masks[0]).tolist() == [0, 3]
    assert slicing.masks.sum(axis=1).tolist() == [2, 1, 207]
    assert read_list(b"image\nPrivateTest_0\n", "my.hats.csv")["slice"].tolist() == ["my.hats"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "can't be read as CSV"),
        (b"\x89PNG\xff\xfe", "can't be read as CSV"),
        (b"name,slice\na,b\n", "no column `image`; its columns are name, slice"),
        (b"image,slice\n,\n", "lists no image"),
        (b"image," + b"a," * 20_000 + b"\nx\n", "at most 100,000 lines of 50 columns"),
        (b"image\n" + b"a\n" * 100_001, "at most 100,000 lines of 50 columns"),
        (b"image\n" + b"a\n" * 1_100_000, "has 2.2 MB; a list has at most 2 MB"),
        (b'image\n"' + b"a" * 200_000, "can't be read as CSV"),
        (b"a\x1b[31m" * 1000 + b"\nx\n", "no column `image`; its columns are aaa"),
        (b"image,slice\n" + b"".join(b"a,s%d\n" % each for each in range(11)), "names 11 slices"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(data, sentence):
    with pytest.raises(DataError, match=sentence):
        read_list(data, "my.csv")


def test_a_list_that_a_spreadsheet_saved_is_read():
    listed = read_list(
        "\ufeffimage,slice\r\n\r\nPrivateTest_0.JPG, hats\r\nNA,x\r\nPrivateTest_1\r\n".encode(), "a.csv"
    )
    assert listed.to_dict("list") == {"image": ["PrivateTest_0"], "slice": ["hats"]}


def test_a_list_of_other_images_says_what_names_look_like():
    with pytest.raises(DataError, match="write names such as PrivateTest_0"):
        by_list(np.array(["PrivateTest_0"]), read_list(b"image\nface1\n", "my.csv"))


def test_measures_are_matched_to_faces_by_name_in_any_order():
    measured = properties(FACES[:3])
    again = matched(np.array(["c", "x", "a"]), np.array(["a", "b", "c"]), measured)
    assert again["contrast"].iloc[[0, 2]].tolist() == measured["contrast"].iloc[[2, 0]].tolist()
    assert np.isnan(again["contrast"].iloc[1])


def test_one_split_can_be_loaded_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    with pytest.raises(DataMissingError):
        load_split("PrivateTest")
    store_dataset(schematic_dataset(training=14, testing=14))
    split = load_split("PrivateTest")
    whole = load_dataset().split("PrivateTest")
    for kind in ("faces", "labels", "names"):
        assert np.array_equal(getattr(split, kind), getattr(whole, kind))
    (tmp_path / "data" / "faces.npz").write_bytes(b"damaged")
    with pytest.raises(DataError, match="is damaged"):
        load_split("PrivateTest")
