"""Copies between splits: found, warned of, and listed group by group."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.audit import leaked
from fer_core.data.copies import (
    Copy,
    copies_among,
    copies_by_row,
    copies_of_tests,
    copy_table,
    imported_warning,
    leak_warning,
)
from fer_core.data.preparations import PREPARATIONS, prepare
from fer_core.data.protocols import OFFICIAL
from fer_core.data.schematic import schematic_dataset
from fer_core.data.split import Split
from fer_core.data.store import build_dataset


def joined(*splits: Split) -> Split:
    return Split(
        *(np.concatenate([getattr(each, kind) for each in splits]) for kind in ("faces", "labels", "names"))
    )


@pytest.fixture
def splits():
    """Drawn splits without a copy."""
    return dict(schematic_dataset(training=70, testing=21, seed=2).splits)


@pytest.fixture
def leaky(splits):
    """The same, with one PublicTest and two PrivateTest pictures put into Training, one under another label."""
    public, private = splits["PublicTest"].take(np.array([4])), splits["PrivateTest"].take(np.array([0, 1]))
    private.labels[0] = 6
    return splits | {"Training": joined(splits["Training"], public, private)}


def test_copies_are_found_wherever_they_stand(leaky):
    rows = copies_of_tests(leaky["Training"], leaky)
    assert np.flatnonzero(rows["PublicTest"]).tolist() == [70]
    assert np.flatnonzero(rows["PrivateTest"]).tolist() == [71, 72]
    assert np.array_equal(
        leaked(leaky)["PrivateTest"], copies_among(leaky["PrivateTest"].faces, leaky["Training"].faces)
    )


def test_one_pixel_makes_another_picture(splits):
    faces = splits["PrivateTest"].faces
    changed = faces.copy()
    changed[:, 20, 20] ^= 1
    assert copies_among(faces, faces).all()
    assert not copies_among(changed, faces).any()


def test_clean_training_pictures_are_not_warned_of_and_touching_ones_are_counted(splits, leaky):
    assert leak_warning(splits["Training"], splits) is None
    said = leak_warning(leaky["Training"], leaky)
    assert said.startswith(
        "3 of 73 training pictures are exact copies of test pictures (1 of PublicTest and 2 of"
    )


def test_before_anything_is_loaded_the_imports_audit_warns_of_the_same_copies(splits, leaky):
    assert imported_warning(build_dataset(splits, "drawn").manifest, OFFICIAL) is None
    said = imported_warning(build_dataset(leaky, "drawn").manifest, OFFICIAL)
    assert said.startswith(
        "1 faces of PublicTest and 2 of PrivateTest have an exact copy among the training faces"
    )
    assert "when the training starts" in imported_warning({}, "pisa-80-20")


@pytest.mark.parametrize("preparation", PREPARATIONS)
def test_every_preparation_that_keeps_the_copies_is_warned_of(leaky, preparation):
    prepared = prepare(leaky["Training"], preparation, seed=1)
    kept = np.isin(leaky["Training"].names[70:], prepared.names).any()
    assert bool(leak_warning(prepared, leaky)) == kept


def test_the_table_lists_groups_across_splits_first_and_marks_labels_in_conflict(leaky):
    twins = joined(leaky["Training"], leaky["Training"].take(np.array([5, 5])))
    table = copy_table(leaky | {"Training": twins})
    assert table["group"].tolist() == sorted(table["group"])
    first = table[table["group"] == 1]
    assert set(first["split"]) == {"Training", "PrivateTest"}
    assert first["conflicting"].all() and first["emotion"].nunique() == 2
    assert table.groupby("group")["across"].first().tolist() == [True, True, True, False]
    last = table[table["group"] == 4]
    assert last["size"].tolist() == [3, 3, 3] and last["row"].tolist() == [5, 73, 74]
    image = twins.names[5]
    assert set(last["image"]) == {image}


def test_each_picture_knows_its_copies_and_what_they_are_labelled(leaky):
    table = copy_table(leaky)
    private, training = leaky["PrivateTest"], leaky["Training"]
    copies = copies_by_row(table, "PrivateTest")
    assert set(copies) == {0, 1}
    assert copies[0] == (Copy("Training", str(private.names[0]), "surprise"),)
    assert set(copies_by_row(table, "Training")) == {70, 71, 72}
    assert copies_by_row(table, "Training")[71] == (Copy("PrivateTest", str(training.names[71]), "angry"),)


def test_of_three_copies_in_one_split_each_has_two_others(splits):
    thrice = joined(splits["PublicTest"], splits["PublicTest"].take(np.array([3, 3])))
    copies = copies_by_row(copy_table(splits | {"PublicTest": thrice}), "PublicTest")
    assert {row: len(others) for row, others in copies.items()} == {3: 2, 21: 2, 22: 2}


def test_without_copies_the_table_is_empty_and_has_its_columns(splits):
    table = copy_table(splits)
    assert table.empty
    assert {"group", "image", "conflicting"} <= set(table.columns)


def test_the_real_data_are_warned_of(fer2013):
    said = leak_warning(fer2013.split("Training"), fer2013.splits)
    assert said.startswith("703 of 28,709 training pictures")
    table = copy_table(fer2013.splits)
    audit = fer2013.manifest["audit"]
    assert table["group"].max() == audit["duplicate_groups"]
    assert len(table) == audit["duplicate_images"]
    assert table.groupby("group")["conflicting"].first().sum() == audit["conflicting_groups"]
