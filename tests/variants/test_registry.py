"""What must hold for every registered variant, and for the shipped ones above all."""

from __future__ import annotations

import numpy as np
import pytest
from huggingface_hub import ModelCard

from fer_core import paths
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import read_predictions
from fer_core.variants.classifier import load_classifier
from fer_core.variants.facts import METRIC_NAMES
from fer_core.variants.registry import list_variants

SHIPPED = [variant for variant in list_variants() if variant.origin == "shipped"]
TRAINED = [variant for variant in SHIPPED if variant.status == "trained"]
EVERY_TRAINED = [
    variant for variant in list_variants() if variant.status == "trained"
]  # a user's own as well
RUN_FACTS = (
    "parameters", "recipe_sha256", "data_sha256", "protocol", "epochs_planned", "epochs_run", "seed", "device",
    "duration_s", "trained_at", "git_commit", "deviations", "reported",
)  # fmt: skip

MADE_WITHOUT_TRAINING = ("onnx", "quantised", "ensemble")


def by_id(variant) -> str:
    return variant.id


@pytest.mark.parametrize("variant", SHIPPED, ids=by_id)
def test_a_shipped_variant_is_whole(variant):
    assert variant.status != "broken", variant.reason
    assert variant.recipe_path is not None or variant.framework in MADE_WITHOUT_TRAINING, (
        "only models of others, and those made of ours, have no recipe"
    )


@pytest.mark.parametrize("variant", SHIPPED, ids=by_id)
def test_the_hub_reads_a_shipped_card(variant):
    assert ModelCard.load(variant.folder / paths.CARD).data.pipeline_tag == "image-classification"


@pytest.mark.parametrize(
    "variant", [each for each in TRAINED if each.framework not in MADE_WITHOUT_TRAINING], ids=by_id
)
def test_a_trained_card_tells_how_its_variant_was_made(variant):
    missing = [key for key in RUN_FACTS if variant.card.faceoff.get(key) is None]
    assert not missing


@pytest.mark.parametrize("variant", [each for each in TRAINED if each.framework == "quantised"], ids=by_id)
def test_an_int8_variant_stands_beside_the_one_that_it_was_made_of_and_is_smaller_and_faster(variant):
    made = variant.card.faceoff["quantised"]
    (before,) = [each for each in TRAINED if each.id == made["from"]]
    assert before.size_bytes == made["from_bytes"] > 1.5 * variant.size_bytes
    assert variant.card.faceoff["latency_ms"] < made["from_latency_ms"]
    one, other = (read_predictions(each.predictions_path) for each in (before, variant))
    assert np.mean(one.predicted == other.predicted) == pytest.approx(made["same_answers"], abs=1e-3)


@pytest.mark.parametrize("variant", EVERY_TRAINED, ids=by_id)
def test_the_figures_of_a_card_follow_from_its_predictions(variant):
    recomputed = card_metrics(read_predictions(variant.predictions_path))
    for split, figures in recomputed.items():
        for name in METRIC_NAMES:
            assert variant.metrics(split)[name] == pytest.approx(figures[name], abs=1e-6), (split, name)


@pytest.mark.parametrize("variant", TRAINED, ids=by_id)
def test_stored_predictions_are_of_both_official_test_splits(variant):
    predictions = read_predictions(variant.predictions_path)
    assert len(predictions.of("PublicTest")) == len(predictions.of("PrivateTest")) == 3589
    assert len(predictions.of("PrivateTest", clean=True)) == 3589 - 314  # the copies that the audit finds
    assert len(predictions.of("PublicTest", clean=True)) == 3589 - 280
    assert np.allclose(predictions.probs.sum(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("variant", [variant for variant in EVERY_TRAINED if variant.can_predict], ids=by_id)
def test_a_model_honours_the_contract_on_every_kind_of_face(variant):
    classifier = load_classifier(variant.id)  # checks names, types and shapes
    rng = np.random.default_rng(0)
    faces = np.concatenate(
        [
            rng.integers(0, 256, (5, 48, 48), np.uint8),
            np.stack([np.full((48, 48), value, np.uint8) for value in (0, 128, 255)]),
        ]
    )
    probs = classifier.predict_proba(faces)
    assert probs.shape == (8, 7)
    assert probs.dtype == np.float32
    assert np.isfinite(probs).all()
    assert np.allclose(probs.sum(axis=1), 1, atol=1e-3)
    assert np.allclose(classifier.predict_proba(faces[2:3]), probs[2:3], atol=1e-4)
