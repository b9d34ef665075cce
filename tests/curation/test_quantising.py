"""A variant in int8: its own file, measured anew, its card saying what it is made of and what that costs."""

import shutil

import numpy as np
import onnx
import pytest

from fer_core import paths
from fer_core.__main__ import main
from fer_core.curation.quantising import quantise
from fer_core.curation.recheck import rewrite_card
from fer_core.data.store import load_dataset
from fer_core.errors import CardError, DataError, ModelError
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.variants.classifier import load_classifier
from fer_core.variants.length import trained_to_end
from fer_core.variants.registry import get_variant, list_variants
from fer_core.variants.test_splits import predict_splits
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def dataset(monkeypatch, tmp_path):
    """Drawn faces, and ``demo.one`` measured on them."""
    _, local = use_empty_folders(monkeypatch, tmp_path)
    assert main(["data", "schematic", "--training", "70", "--testing", "35"]) == 0
    dataset = load_dataset()
    facts = {"data_sha256": dataset.sha256, "dataset": dataset.name, "epochs_run": 5, "epochs_planned": 5}
    folder = make_variant(local, "demo.one", **facts)
    write_predictions(folder / paths.PREDICTIONS, predict_splits(load_classifier("demo.one"), dataset))
    rewrite_card(get_variant("demo.one"))
    return dataset


@pytest.fixture
def quantised(dataset):
    quantise(get_variant("demo.one"), "demo.one_int8")
    return get_variant("demo.one_int8")


def test_its_weights_are_int8_and_stored_once(quantised):
    stored = [
        tensor
        for tensor in onnx.load(quantised.model_path).graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and np.prod(tensor.dims) > 7
    ]
    assert [list(tensor.dims) for tensor in stored] == [[36, 7]]


def test_it_answers_nearly_as_before_and_its_figures_are_its_own(quantised, dataset):
    before, after = (
        read_predictions(get_variant(name).predictions_path) for name in ("demo.one", quantised.id)
    )
    assert 0 < np.abs(before.probs - after.probs).max() < 0.1
    again = predict_splits(load_classifier(quantised.id), dataset)
    assert np.abs(again.probs - after.probs).max() < 1e-6
    same = (before.probs.argmax(1) == after.probs.argmax(1)).mean()
    assert quantised.card.faceoff["quantised"]["same_answers"] == pytest.approx(same, abs=1e-4)


def test_its_card_says_what_it_is_made_of_and_it_is_trained_as_far_as_that(quantised):
    assert "The weights of `demo.one`, which was trained, became int8" in quantised.card.body
    cards = {variant.id: variant.card.faceoff for variant in list_variants()}
    assert trained_to_end(cards) == {"demo.one": True, "demo.one_int8": True}
    cards["demo.one"] = cards["demo.one"] | {"epochs_run": 2}
    assert trained_to_end(cards)["demo.one_int8"] is trained_to_end(cards)["demo.one"] is not True


def test_the_command_prints_both_side_by_side(dataset, capsys):
    assert main(["quantise", "demo.one"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-3:-1]] == ["demo.one", "demo.one_int8"]
    assert "name the same emotion for" in lines[-1]


def test_timed_anew_its_card_still_compares_two_measures_of_one_run(quantised):
    stale = {**quantised.card.faceoff["quantised"], "from_latency_ms": 1e6}
    rewrite_card(quantised, latency_ms=1e6, quantised=stale)
    assert main(["evaluate", quantised.id, "--write", "--latency"]) == 0
    facts = get_variant(quantised.id).card.faceoff
    assert max(facts["latency_ms"], facts["quantised"]["from_latency_ms"]) < 1e6


def test_timed_anew_without_what_it_is_made_of_it_keeps_both_milliseconds(quantised, capsys):
    before = get_variant(quantised.id).card.faceoff
    shutil.rmtree(get_variant("demo.one").folder)
    assert main(["evaluate", quantised.id, "--write", "--latency"]) == 0
    assert "Its milliseconds stay as they are." in capsys.readouterr().out
    assert get_variant(quantised.id).card.faceoff == before


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("demo.one", CardError, "demo.one"),
        ("Demo", CardError, "family.variant"),
    ],
)
def test_an_id_that_is_taken_or_malformed_is_refused(dataset, name, kind, sentence):
    with pytest.raises(kind, match=sentence):
        quantise(get_variant("demo.one"), name)


def test_what_has_no_file_or_was_measured_on_other_data_is_refused(dataset):
    make_variant(
        paths.local_cards(), "demo.alone", with_model=False, model_kept=False, data_sha256=dataset.sha256
    )
    with pytest.raises(
        ModelError, match="demo.alone is kept without its model file, so it can't be quantised"
    ):
        quantise(get_variant("demo.alone"), "demo.new")
    make_variant(paths.local_cards(), "demo.other")
    with pytest.raises(DataError, match="demo.other was measured on other data"):
        quantise(get_variant("demo.other"), "demo.new")
    assert not (paths.local_cards() / "demo.new").exists()


def test_an_id_that_is_taken_meanwhile_is_not_overwritten(dataset, monkeypatch):
    from fer_core.curation import quantising

    def measured_meanwhile(classifier):
        if not (paths.local_cards() / "demo.late").exists():
            make_variant(paths.local_cards(), "demo.late", seed=5)
        return 1.0

    monkeypatch.setattr(quantising, "time_classifier", measured_meanwhile)
    with pytest.raises(CardError, match=r"There is a variant named demo\.late already"):
        quantise(get_variant("demo.one"), "demo.late")
    assert get_variant("demo.late").framework == "torch"
