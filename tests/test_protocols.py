"""The splits of the reports: who learns from what, and what is kept for the end."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.protocols import OFFICIAL, PROTOCOLS, under_protocol
from fer_core.data.schematic import schematic_dataset
from fer_core.errors import RecipeError

ROLES = ("Training", "PublicTest", "PrivateTest")
OTHERS = [name for name in PROTOCOLS if name != OFFICIAL]


@pytest.fixture(scope="module")
def drawn():
    return schematic_dataset(700, 140)


def names(dataset, role):
    return dataset.split(role).names.tolist()


def test_the_official_protocol_leaves_the_data_as_they_are(drawn):
    assert under_protocol(drawn, OFFICIAL, seed=1) is drawn


@pytest.mark.parametrize("protocol", OTHERS)
def test_a_protocol_deals_out_real_pictures_with_their_labels(drawn, protocol):
    label_of = {
        face.tobytes(): label
        for split in drawn.splits.values()
        for face, label in zip(split.faces, split.labels, strict=True)
    }
    dealt = under_protocol(drawn, protocol, seed=1)
    for role in ROLES:
        split = dealt.split(role)
        assert len(split) > 0
        assert [label_of[face.tobytes()] for face in split.faces] == split.labels.tolist()


@pytest.mark.parametrize("protocol", OTHERS)
def test_no_picture_is_both_learnt_and_tested(drawn, protocol):
    dealt = under_protocol(drawn, protocol, seed=1)
    learnt = set(names(dealt, "Training"))
    assert not learnt & set(names(dealt, "PublicTest"))
    assert not learnt & set(names(dealt, "PrivateTest"))


@pytest.mark.parametrize("protocol", OTHERS)
def test_the_same_seed_deals_the_same_and_the_data_keep_their_name_and_hash(drawn, protocol):
    first, second = (under_protocol(drawn, protocol, seed=3) for _ in range(2))
    assert [names(first, role) for role in ROLES] == [names(second, role) for role in ROLES]
    assert (first.name, first.sha256) == (drawn.name, drawn.sha256)


@pytest.mark.parametrize("protocol", [name for name in OTHERS if name != "kaggle-folders"])
def test_another_seed_deals_otherwise(drawn, protocol):
    first, second = (names(under_protocol(drawn, protocol, seed=seed), "Training") for seed in (1, 2))
    assert first != second


def test_hust_deals_every_emotion_alike(drawn):
    dealt = under_protocol(drawn, "hust-80-10-10", seed=1)
    whole = np.bincount(np.concatenate([drawn.split(role).labels for role in ROLES]), minlength=7)
    tested = np.bincount(dealt.split("PrivateTest").labels, minlength=7)
    assert np.abs(tested - whole / 10).max() < 1


def test_an_unknown_protocol_is_refused_with_the_known_ones(drawn):
    with pytest.raises(RecipeError, match="no protocol 'mine': choose fer2013-official"):
        under_protocol(drawn, "mine", seed=1)


def test_the_splits_of_real_fer2013_have_the_sizes_that_the_reports_print(fer2013):
    sizes = {
        name: tuple(len(under_protocol(fer2013, name, seed=1).split(role)) for role in ROLES)
        for name in OTHERS
    }
    assert sizes["cos429-85-15"] == (24_402, 4_307, 3_589)
    assert sizes["pisa-80-20"][2] == sizes["kaggle-folders"][2] == 7_178
    assert sizes["moodmirror-70-20-10"][2] == sizes["hust-80-10-10"][2] == 3_589
    assert sum(sizes["hust-80-10-10"]) == sum(sizes["moodmirror-70-20-10"]) == 35_887
