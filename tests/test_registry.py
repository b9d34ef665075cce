"""The list of variants, and what must hold for every variant in it."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from huggingface_hub import ModelCard

from fer_core import paths
from fer_core.cards import METRIC_NAMES
from fer_core.classifier import load_classifier
from fer_core.errors import UnknownVariantError
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import read_predictions
from fer_core.registry import MODEL_SIZE_LIMIT_BYTES, get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

SHIPPED = [variant for variant in list_variants() if variant.origin == "shipped"]
TRAINED = [variant for variant in SHIPPED if variant.status == "trained"]
RUN_FACTS = (
    "parameters", "recipe_sha256", "data_sha256", "protocol", "epochs_planned", "epochs_run", "seed", "device",
    "duration_s", "trained_at", "git_commit", "deviations", "reported",
)  # fmt: skip


def by_id(variant) -> str:
    return variant.id


# --- every registered variant -------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", SHIPPED, ids=by_id)
def test_a_shipped_variant_is_whole(variant):
    assert variant.status != "broken", variant.reason
    assert variant.recipe_path is not None


@pytest.mark.parametrize("variant", SHIPPED, ids=by_id)
def test_the_hub_reads_a_shipped_card(variant):
    assert ModelCard.load(variant.folder / paths.CARD).data.pipeline_tag == "image-classification"


@pytest.mark.parametrize("variant", TRAINED, ids=by_id)
def test_a_trained_card_tells_how_its_variant_was_made(variant):
    missing = [key for key in RUN_FACTS if variant.card.faceoff.get(key) is None]
    assert not missing


@pytest.mark.parametrize("variant", TRAINED, ids=by_id)
def test_the_figures_of_a_card_follow_from_its_predictions(variant):
    recomputed = card_metrics(read_predictions(variant.predictions_path))
    for split, figures in recomputed.items():
        for name in METRIC_NAMES:
            assert variant.metrics(split)[name] == pytest.approx(figures[name], abs=1e-6), (split, name)


@pytest.mark.parametrize("variant", TRAINED, ids=by_id)
def test_stored_predictions_are_of_both_official_test_splits(variant):
    predictions = read_predictions(variant.predictions_path)
    assert len(predictions.of("PublicTest")) == len(predictions.of("PrivateTest")) == 3589
    assert len(predictions.of("PrivateTest", clean=True)) == 3589 - 314
    assert np.allclose(predictions.probs.sum(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("variant", [variant for variant in TRAINED if variant.can_predict], ids=by_id)
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


@pytest.mark.parametrize("variant", [variant for variant in TRAINED if variant.can_predict], ids=by_id)
def test_stored_predictions_are_those_of_the_stored_model(variant, fer2013):
    predictions = read_predictions(variant.predictions_path).of("PrivateTest")
    split = fer2013.split("PrivateTest")
    row_of = {str(name): row for row, name in enumerate(split.names)}
    rows = np.array([row_of[name] for name in predictions.image[::40]])
    assert np.array_equal(split.labels[rows], predictions.label[::40])
    answers = load_classifier(variant.id).predict_proba(split.faces[rows])
    assert np.abs(answers - predictions.probs[::40]).max() < 1e-4


# --- the list itself ----------------------------------------------------------------------------------------


@pytest.fixture
def folders(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)


def test_shipped_and_local_variants_stand_in_one_sorted_list(folders):
    shipped, local = folders
    make_variant(shipped, "b.one")
    make_variant(local, "a.two")
    make_variant(local, "c.three", status="recipe-only")
    assert [(variant.id, variant.origin, variant.status) for variant in list_variants()] == [
        ("a.two", "local", "trained"),
        ("b.one", "shipped", "trained"),
        ("c.three", "local", "recipe-only"),
    ]


def test_a_variant_knows_its_facts_and_files(folders):
    shipped, _ = folders
    folder = make_variant(shipped, "b.one")
    variant = get_variant("b.one")
    assert (variant.family, variant.framework, variant.architecture, variant.parameters) == (
        "b",
        "torch",
        "linear",
        252,
    )
    assert variant.model_path == folder / "model.onnx"
    assert variant.size_bytes == (folder / "model.onnx").stat().st_size
    assert variant.recipe_path == folder / "recipe.yaml"
    assert variant.predictions_path == folder / "predictions.parquet"
    assert variant.history_path == folder / "history.csv"
    assert variant.reported_accuracy["value"] == 0.6
    assert variant.metrics("private_test_clean")["n"] == 126
    assert variant.can_predict


def test_a_recipe_only_variant_has_reported_figures_and_no_measured_ones(folders):
    make_variant(folders[0], "b.later", status="recipe-only")
    variant = get_variant("b.later")
    assert variant.metrics("private_test") is None
    assert variant.reported_accuracy["value"] == 0.6
    assert variant.model_path is None and variant.size_bytes is None and not variant.can_predict


def _no_card(folder):
    (folder / "README.md").unlink()


def _bad_yaml(folder):
    (folder / "README.md").write_text("---\nfaceoff: {id: [\n---\n")


def _no_predictions(folder):
    (folder / "predictions.parquet").unlink()


def _no_model(folder):
    (folder / "model.onnx").unlink()


def _card_of_another(folder):
    text = (folder / "README.md").read_text()
    (folder / "README.md").write_text(text.replace("id: b.broken", "id: b.other"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_no_card, "there is no README.md"),
        (_bad_yaml, "not valid YAML"),
        (_no_predictions, "predictions.parquet is missing"),
        (_no_model, "model.onnx is missing"),
        (_card_of_another, "not the folder's name"),
    ],
)
def test_a_broken_folder_is_shown_with_its_reason_and_hides_no_other(folders, damage, reason):
    _, local = folders
    make_variant(local, "a.good")
    damage(make_variant(local, "b.broken"))
    make_variant(local, "c.good")
    variants = list_variants()
    assert [variant.status for variant in variants] == ["trained", "broken", "trained"]
    assert reason in variants[1].reason
    assert variants[1].metrics("private_test") is None
    assert not variants[1].can_predict
    assert variants[1].family == "b"


def test_a_local_variant_with_a_shipped_id_is_broken_and_the_shipped_one_is_got(folders):
    shipped, local = folders
    make_variant(shipped, "b.one")
    make_variant(local, "b.one")
    first, second = list_variants()
    assert (first.origin, first.status) == ("shipped", "trained")
    assert (second.origin, second.status) == ("local", "broken")
    assert "belongs to a variant shipped" in second.reason
    assert get_variant("b.one").origin == "shipped"


def test_a_large_variant_kept_without_its_model_can_be_compared_but_not_run(folders):
    make_variant(folders[0], "b.large", parameters=MODEL_SIZE_LIMIT_BYTES, with_model=False)
    variant = get_variant("b.large")
    assert variant.status == "trained"
    assert variant.metrics("private_test") is not None
    assert not variant.can_predict


def test_files_and_hidden_folders_are_no_variants(folders):
    _, local = folders
    (local / "notes.txt").write_text("mine")
    (local / ".unfinished").mkdir()
    assert list_variants() == []


def test_missing_folders_are_an_empty_list(folders):
    shipped, local = folders
    shipped.rmdir()
    local.rmdir()
    assert list_variants() == []


def test_copying_a_folder_in_adds_it_and_deleting_it_removes_it(folders):
    shipped, local = folders
    folder = make_variant(shipped, "b.one")
    assert len(list_variants()) == 1
    shutil.move(folder, local / "b.one")
    assert [variant.origin for variant in list_variants()] == ["local"]
    shutil.rmtree(local / "b.one")
    assert list_variants() == []


def test_an_unchanged_card_is_parsed_once_and_a_changed_one_again(folders):
    folder = make_variant(folders[1], "b.one")
    first = get_variant("b.one").card
    assert get_variant("b.one").card is first
    card = folder / "README.md"
    card.write_text(card.read_text().replace("device: cpu", "device: gpu"))
    os.utime(card, ns=(1, 1))
    assert get_variant("b.one").card.faceoff["device"] == "gpu"


def test_a_repaired_card_heals_its_variant(folders):
    folder = make_variant(folders[1], "b.one")
    good = (folder / "README.md").read_text()
    (folder / "README.md").write_text("broken")
    assert get_variant("b.one").status == "broken"
    (folder / "README.md").write_text(good)
    assert get_variant("b.one").status == "trained"


def test_a_wrong_id_names_the_near_ones(folders):
    make_variant(folders[0], "pisa.cnn5_balanced", status="recipe-only")
    make_variant(folders[0], "pisa.cnn5_class_weight", status="recipe-only")
    with pytest.raises(UnknownVariantError, match=r"did you mean .*pisa\.cnn5_class_weight"):
        get_variant("pisa.cnn5_clas_weight")
    with pytest.raises(UnknownVariantError, match=r"^There is no variant 'zzz'\.$"):
        get_variant("zzz")
