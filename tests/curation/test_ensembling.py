"""An ensemble saved is a variant like any other: one ONNX file that answers as its members do together."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, version_converter

from fer_core import paths
from fer_core.__main__ import main
from fer_core.curation.editing import annotate_variant, list_bin
from fer_core.curation.ensemble import save_ensemble, stored_answers
from fer_core.curation.merging import merge_models
from fer_core.curation.quantising import quantise
from fer_core.curation.recheck import (
    CARD_TOLERANCE,
    largest_difference,
    recompute_metrics,
    rewrite_card,
)
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.errors import CardError, DataError, ModelError
from fer_core.evaluation.blends import EQUAL, FITTED, Blend, make_blend
from fer_core.evaluation.ensembles import LOG_MEAN, MEAN, pooled
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.variants.card import read_card
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant
from fer_core.variants.test_splits import predict_splits
from tests.fixtures_variants import make_variant, use_empty_folders

NAMES = ("demo.one", "demo.two", "demo.three")
FACES = np.random.default_rng(0).integers(0, 256, (20, 48, 48), np.uint8)


@pytest.fixture
def cards(monkeypatch, tmp_path):
    """Three variants with networks of their own."""
    folder = use_empty_folders(monkeypatch, tmp_path)[1]
    for seed, name in enumerate(NAMES):
        make_variant(folder, name, seed=seed, skill=1.5)
    return folder


def save(name: str, how: str = MEAN, chosen: str = FITTED, members=NAMES, int8: bool = False):
    variants = [get_variant(each) for each in members]
    answers = stored_answers(variants)
    blend = make_blend(answers, chosen, how)
    save_ensemble(name, blend, answers, variants, int8=int8)
    return get_variant(name), blend


def measure_members_on(dataset):
    """``dataset`` is imported, and what the members are measured on."""
    store_dataset(dataset)
    for name in NAMES:
        variant = get_variant(name)
        write_predictions(variant.predictions_path, predict_splits(load_classifier(name), dataset))
        rewrite_card(variant, data_sha256=dataset.sha256)


@pytest.mark.parametrize("how", [MEAN, LOG_MEAN])
def test_the_one_file_answers_as_the_members_do_together(cards, how):
    variant, blend = save("mine.best", how)
    alone = np.stack([load_classifier(name).predict_proba(FACES) for name in blend.weights])
    expected = pooled(alone, np.array(list(blend.weights.values())), how)
    assert np.allclose(load_classifier("mine.best").predict_proba(FACES), expected, atol=1e-6)
    assert variant.status == "trained" and variant.can_predict and variant.framework == "ensemble"
    assert variant.parameters == 252 * len(blend.weights)


def test_its_card_says_who_is_in_it_and_recomputes_from_its_predictions(cards):
    variant, blend = save("mine.best")
    assert {member["id"]: member["weight"] for member in variant.card.faceoff["ensemble"]["members"]} == {
        name: pytest.approx(weight, abs=1e-6) for name, weight in blend.weights.items()
    }
    assert largest_difference(variant.card, recompute_metrics(variant)) <= CARD_TOLERANCE
    assert "## How it was made" in variant.card.body
    assert "`demo.one`" in variant.card.body
    assert "its members' stored predictions, averaged" in variant.card.body
    assert rewrite_card(variant).body == variant.card.body


def test_where_the_pictures_are_at_hand_the_predictions_are_the_files_own(cards):
    dataset = schematic_dataset(training=14, testing=70)
    measure_members_on(dataset)
    variant, _ = save("mine.best")
    again = predict_splits(load_classifier("mine.best"), dataset)
    stored = read_predictions(variant.predictions_path)
    assert np.allclose(stored.probs, again.probs, atol=1e-6)
    assert variant.card.metrics("private_test") == card_metrics(stored)["private_test"]
    assert variant.card.faceoff["ensemble"]["predictions"] == "the stored ONNX file"


def test_in_int8_the_one_file_is_smaller_and_its_card_says_how_near_it_stays(cards):
    dataset = schematic_dataset(training=70, testing=70)
    measure_members_on(dataset)
    quantise(get_variant("demo.one"), "demo.one_int8")
    members = ("demo.one_int8", *NAMES[1:])
    plain, blend = save("mine.plain", chosen=EQUAL, members=members)
    variant, _ = save("mine.best", chosen=EQUAL, members=members, int8=True)
    stored = [each for each in onnx.load(variant.model_path).graph.initializer if each.dims == [36, 7]]
    assert {each.data_type for each in stored} == {onnx.TensorProto.INT8}
    once = onnx.load(get_variant("demo.one_int8").model_path).graph.initializer
    assert sum(each.data_type == onnx.TensorProto.INT8 for each in once if each.dims == [36, 7]) == 1
    assert len(stored) == len(members)
    own, before = (read_predictions(each.predictions_path) for each in (variant, plain))
    assert np.allclose(own.probs, predict_splits(load_classifier("mine.best"), dataset).probs, atol=1e-6)
    assert 0 < np.abs(own.probs - before.probs).max() < 0.1
    same = (own.probs.argmax(axis=1) == before.probs.argmax(axis=1)).mean()
    made = variant.card.faceoff["ensemble"]
    assert made["int8"] == {"calibration_faces": 70, "same_answers": pytest.approx(same, abs=1e-4)}
    assert {member["id"] for member in made["members"]} == set(blend.weights)
    assert "In that file the members' weights are int8" in variant.card.body


def test_int8_wants_the_faces_that_members_were_measured_on(cards):
    with pytest.raises(DataError, match="import the data that the members were measured on first"):
        save("mine.best", int8=True)
    assert not (cards / "mine.best").exists()


def test_weights_stay_halves_in_the_one_file(cards):
    save("mine.best")
    model = onnx.load(cards / "mine.best" / paths.MODEL)
    halves = [each for each in model.graph.initializer if each.data_type == onnx.TensorProto.FLOAT16]
    assert len(halves) == 3
    sizes = [get_variant(name).size_bytes for name in (*NAMES, "mine.best")]
    assert sizes[-1] < sum(sizes[:-1]) + 2000


def test_files_of_different_operator_sets_are_lifted_to_the_newest(cards):
    path = cards / "demo.two" / paths.MODEL
    onnx.save(version_converter.convert_version(onnx.load(path), 18), path)
    blend = Blend({"demo.one": 0.5, "demo.two": 0.5}, MEAN, FITTED)
    merged = merge_models("mine.best", {name: cards / name / paths.MODEL for name in NAMES}, blend)
    assert [used.version for used in merged.opset_import if used.domain == ""] == [18]


def test_a_file_that_cannot_be_lifted_is_named(cards):
    path = cards / "demo.two" / paths.MODEL
    model = onnx.load(path)
    model.graph.node[0].CopyFrom(helper.make_node("NoSuchOperator", ["faces"], ["pixels"]))
    onnx.save(model, path)
    newer = onnx.load(cards / "demo.one" / paths.MODEL)
    newer.opset_import[0].version = 18
    onnx.save(newer, cards / "demo.one" / paths.MODEL)
    blend = Blend({"demo.one": 0.5, "demo.two": 0.5}, MEAN, FITTED)
    with pytest.raises(ModelError, match=r"demo\.two: its model file is of operator set 17"):
        merge_models("mine.best", {name: cards / name / paths.MODEL for name in NAMES}, blend)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("demo.one", "There is a variant demo.one already"), ("best", "reads family.variant")],
)
def test_a_name_that_is_taken_or_malformed_is_refused_and_nothing_is_written(cards, name, sentence):
    before = sorted(path.name for path in cards.iterdir())
    with pytest.raises(CardError, match=sentence):
        save(name)
    assert sorted(path.name for path in cards.iterdir()) == before


def test_an_ensemble_may_be_made_again_under_its_name(cards):
    save("mine.best")
    annotate_variant("mine.best", "precious")
    variant, _ = save("mine.best", LOG_MEAN)
    assert variant.architecture == "weighted_log_mean"
    (binned,) = list_bin()
    assert read_card(binned.folder).faceoff["note"] == "precious"


def test_the_command_says_where_the_older_one_is(cards, capsys):
    for _ in range(2):
        assert main(["ensemble", *NAMES, "--equal"]) == 0
    assert "The older ensemble.mine lies in the bin" in capsys.readouterr().out
    assert len(list_bin()) == 1


@pytest.mark.parametrize("rounds", ["0", "-3"])
def test_fewer_than_one_round_is_refused(cards, capsys, rounds):
    assert main(["ensemble", *NAMES, "--greedy", rounds]) == 1
    assert f"--greedy is {rounds}; it must be 1 or more rounds" in capsys.readouterr().err


def test_a_member_without_its_file_or_of_other_data_is_named(cards):
    rewrite_card(get_variant("demo.two"), parameters=10**8)
    (cards / "demo.two" / paths.MODEL).unlink()
    with pytest.raises(ModelError, match=r"demo\.two: kept without the model file"):
        save("mine.best")
    make_variant(cards, "demo.four", seed=1, data_sha256="2" * 64)
    variants = [get_variant(name) for name in ("demo.one", "demo.four")]
    members = stored_answers(variants)
    with pytest.raises(CardError, match="differ in `data_sha256`"):
        save_ensemble("mine.best", make_blend(members), members, variants)
    assert not (cards / "mine.best").exists()


def test_the_command_line_compares_weighs_and_saves(cards, capsys):
    assert main(["compare", "demo.one", "demo.two"]) == 0
    assert "140 faces of PrivateTest" in capsys.readouterr().out
    assert main(["ensemble", *NAMES, "--greedy", "5", "--name", "mine.greedy"]) == 0
    said = capsys.readouterr().out
    assert "points to the best member" in said and "networks run for each face" in said
    assert get_variant("mine.greedy").can_predict
    measure_members_on(schematic_dataset(training=70, testing=70))
    assert main(["ensemble", *NAMES, "--int8", "--name", "mine.small"]) == 0
    assert "In int8 it is right on" in capsys.readouterr().out
    assert main(["compare", "demo.one"]) == 1
    assert "there is no pair to test" in capsys.readouterr().err
