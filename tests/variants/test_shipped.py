"""The variants that ship are what their cards say, on the pictures that they were measured on."""

import numpy as np
import pytest
import yaml

from fer_core import paths
from fer_core.curation.shipping import ALL_MODELS_LIMIT_BYTES
from fer_core.evaluation.predictions import read_predictions
from fer_core.literature.our_figures import reproduced_facts
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import parse_recipe, read_recipe
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.corrections import recipe_corrections
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, list_variants, size_limit_bytes
from fer_core.variants.texts import EARLY_STOPPING_ENDED

SHIPPED_VARIANTS = [variant for variant in list_variants() if variant.origin == Origin.SHIPPED]
TRAINED_VARIANTS = [variant for variant in SHIPPED_VARIANTS if variant.status == Status.TRAINED]
#: Without the models of others, and those made of ours: in int8, or several as one.
TRAINED_HERE = [each for each in TRAINED_VARIANTS if each.framework not in ("onnx", "quantised", "ensemble")]
FIRST_LIGHT = {
    "pisa.cnn5_class_weight", "moodmirror.basic", "cos429.final", "ece176.customnet_10", "ece176.mobilenet_10",
    "faceoff.mobilenetv3", "faceoff.resnet_small",
}  # fmt: skip


def named(variant):
    return variant.id


def test_the_seven_variants_of_both_frameworks_ship_trained():
    assert {variant.id for variant in TRAINED_VARIANTS} >= FIRST_LIGHT
    assert {variant.framework for variant in TRAINED_VARIANTS} >= {"keras", "torch", "timm"}


@pytest.mark.parametrize("variant", TRAINED_HERE, ids=named)
def test_a_card_quotes_the_recipe_in_its_folder_and_the_history_its_epochs(variant):
    recipe = read_recipe(variant.recipe_path)
    facts = variant.card.faceoff
    assert facts["recipe_sha256"] == recipe.sha256
    assert len(variant.history_path.read_text().splitlines()) - 1 == facts["epochs_run"] <= recipe.epochs
    held_out = f", {100 * recipe.data.hold_out:g} % of Training held out" if recipe.data.hold_out else ""
    assert facts["protocol"] == f"fer2013-official{held_out}"
    assert facts["dataset"] == "FER2013"


@pytest.mark.parametrize("variant", TRAINED_HERE, ids=named)
def test_what_was_run_is_the_recipe_of_the_experiment_but_for_its_length(variant):
    parent = variant.card.faceoff.get("parent")
    experiment = read_recipe(list_recipes()[parent or variant.id])
    run = yaml.safe_load(variant.recipe_path.read_text()) | {"epochs": experiment.epochs}
    if parent:
        assert f"seed is {run['seed']} instead of {experiment.seed}." in variant.card.faceoff["deviations"]
        run |= {"id": experiment.id, "seed": experiment.seed}
    assert parse_recipe(run).sha256 == experiment.sha256 or recipe_corrections(variant)
    assert variant.card.faceoff["epochs_planned"] == experiment.epochs


@pytest.mark.parametrize("variant", TRAINED_HERE, ids=named)
def test_a_shorter_run_says_so_in_its_deviations(variant):
    facts = variant.card.faceoff
    shorter = facts["epochs_run"] < facts["epochs_planned"]
    sentences = [said for said in facts["deviations"] if said.startswith(("At most", EARLY_STOPPING_ENDED))]
    assert shorter == bool(sentences)


@pytest.mark.parametrize("variant", TRAINED_VARIANTS, ids=named)
def test_a_card_has_all_that_its_files_give_of_what_its_report_printed(variant):
    stated = variant.card.faceoff.get("reproduced", {})
    assert stated == pytest.approx(reproduced_facts(variant).get("reproduced", {}), rel=1e-5)


@pytest.mark.parametrize("variant", [v for v in TRAINED_VARIANTS if v.model_path], ids=named)
def test_a_stored_model_gives_its_stored_predictions_again(variant, fer2013):
    stored = read_predictions(variant.predictions_path)
    faces = np.concatenate([fer2013.split(name).faces for name in ("PublicTest", "PrivateTest")])
    names = np.concatenate([fer2013.split(name).names for name in ("PublicTest", "PrivateTest")])
    assert np.array_equal(stored.image, names)
    assert variant.card.faceoff["data_sha256"] == fer2013.sha256
    rows = np.random.default_rng(0).permutation(len(faces))[:80]
    probs = OnnxClassifier(variant.model_path, threads=2).predict_proba(faces[rows])
    apart = np.abs(probs - stored.probs[rows])
    facts = variant.card.faceoff
    if facts.get("quantised") or (facts.get("ensemble") or {}).get("int8"):
        # where a processor rounds otherwise, a step of its activations is another
        assert apart.mean() < 2e-3
        assert (probs.argmax(axis=1) == stored.probs[rows].argmax(axis=1)).mean() >= 0.97
    else:
        assert apart.max() < 1e-5


def test_model_files_stay_within_what_a_repository_can_carry():
    def weight(variant):
        files = [variant.folder / paths.MODEL, variant.folder / paths.WEIGHTS]
        return sum(file.stat().st_size for file in files if file.is_file())

    weights = {variant.id: weight(variant) for variant in SHIPPED_VARIANTS}
    limits = {variant.id: size_limit_bytes(variant.framework) for variant in SHIPPED_VARIANTS}
    assert not {name: weight for name, weight in weights.items() if weight > limits[name]}
    assert sum(weights.values()) <= ALL_MODELS_LIMIT_BYTES
