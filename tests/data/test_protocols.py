"""The splits of the reports: who learns from what, and what is kept for the end."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.curation.recheck import repeat_predictions
from fer_core.data.protocols import COS429_SHARE, OFFICIAL, PROTOCOLS, learnt_from, under_protocol
from fer_core.data.schematic import schematic_dataset
from fer_core.data.split import Split
from fer_core.data.store import build_dataset, store_dataset
from fer_core.errors import RecipeError
from fer_core.evaluation.predictions import read_predictions
from fer_core.recipes.recipe import parse_recipe, read_recipe
from fer_core.training.frameworks import TRAINER_VARIABLE
from fer_core.training.options import Run, Watch
from fer_core.training.session import train
from fer_core.variants.registry import get_variant

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
    assert len(learnt_from(fer2013.split("Training"), COS429_SHARE, seed=1)) == 24_402
    assert sizes["pisa-80-20"][2] == sizes["kaggle-folders"][2] == 7_178
    assert sizes["moodmirror-70-20-10"][2] == sizes["hust-80-10-10"][2] == 3_589
    assert sum(sizes["hust-80-10-10"]) == sum(sizes["moodmirror-70-20-10"]) == 35_887


@pytest.fixture
def trained(monkeypatch, tmp_path, drawn):
    """``trained(protocol)`` trains a small model in NumPy under it and gives the variant and the drawn data."""
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    monkeypatch.setenv(TRAINER_VARIABLE, "torch=tests.jobs.softmax:SoftmaxTrainer")
    store_dataset(drawn)

    def of(protocol, warn=lambda sentence: None, **data):
        recipe = {
            "id": "tiny.dealt", "framework": "torch", "architecture": {"name": "softmax"}, "epochs": 2, "seed": 5,
            "data": {"protocol": protocol} | data,
        }  # fmt: skip
        train(Run(parse_recipe(recipe)), Watch(warn=warn))
        return get_variant("tiny.dealt")

    return of


def test_a_variant_that_learnt_from_fewer_faces_answers_the_same_test_faces_with_the_same_marks(trained):
    whole = read_predictions(trained(OFFICIAL).predictions_path)
    variant = trained(OFFICIAL, hold_out=0.15)
    fewer = read_predictions(variant.predictions_path)
    assert variant.protocol == f"{OFFICIAL}, 15 % of Training held out, on other pictures"
    for column in ("split", "image", "label", "leaked"):
        assert (getattr(whole, column) == getattr(fewer, column)).all(), column
    assert not np.allclose(whole.probs, fewer.probs)


def test_the_card_of_a_smoke_run_says_so_and_it_counts_as_no_whole_training(trained):
    variant = trained(OFFICIAL, share=0.1)
    assert variant.protocol == f"{OFFICIAL}, learnt from 10 % of it, on other pictures"
    assert variant.training_length.text == "2 of 2 epochs on 10 % of the faces"
    assert variant.training_length.whole is False
    assert any(
        said.startswith("A smoke run: it learnt from 10 %") for said in variant.card.faceoff["deviations"]
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_variant_is_measured_on_what_its_protocol_keeps_for_the_end_and_says_so(trained, drawn, protocol):
    variant = trained(protocol)
    dealt = under_protocol(drawn, protocol, seed=5)
    private = read_predictions(variant.predictions_path).of("PrivateTest")
    assert private.image.tolist() == names(dealt, "PrivateTest")
    assert private.label.tolist() == dealt.split("PrivateTest").labels.tolist()
    assert variant.protocol == f"{protocol}, on other pictures"
    assert read_recipe(variant.recipe_path).data.protocol == protocol
    assert repeat_predictions(variant, drawn) < 1e-6, "the same pictures are dealt out when it is checked"


def test_the_official_protocol_is_left_out_of_recipes_so_that_their_hashes_stay():
    recipe = {"id": "a.b", "framework": "torch", "architecture": {"name": "softmax"}}
    named = recipe | {"data": {"protocol": OFFICIAL}}
    other = recipe | {"data": {"protocol": "pisa-80-20"}}
    assert parse_recipe(named).sha256 == parse_recipe(recipe).sha256 != parse_recipe(other).sha256


def test_a_protocol_that_nobody_knows_is_refused_by_the_recipe():
    recipe = {
        "id": "a.b",
        "framework": "torch",
        "architecture": {"name": "softmax"},
        "data": {"protocol": "mine"},
    }
    with pytest.raises(RecipeError, match="data.protocol is 'mine'; choose one of fer2013-official"):
        parse_recipe(recipe)


def test_a_training_is_told_how_many_of_its_faces_are_copies_of_test_faces(trained, drawn):
    seen = drawn.split("PrivateTest").take(np.arange(3))
    training = drawn.split("Training")
    leaky = Split(
        *(
            np.concatenate([getattr(part, kind) for part in (training, seen)])
            for kind in ("faces", "labels", "names")
        )
    )
    store_dataset(build_dataset(drawn.splits | {"Training": leaky}, "drawn"))
    said = []
    variant = trained("fer2013-official", warn=said.append)
    assert [sentence.partition(" training pictures")[0] for sentence in said] == ["3 of 703"]
    assert read_predictions(variant.predictions_path).of("PrivateTest").leaked.sum() == 3
