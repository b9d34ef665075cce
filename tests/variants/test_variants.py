"""The list of variants: what is in it, what is broken, and what is missing."""

from __future__ import annotations

import os
import shutil

import pytest

from fer_core import paths
from fer_core.curation.shipping import MODELS, WEIGHTS, ship_variant
from fer_core.errors import CardError, ModelError, UnknownVariantError
from fer_core.variants.classifier import load_classifier
from fer_core.variants.latency import read_latencies
from fer_core.variants.registry import (
    MODEL_SIZE_LIMIT_BYTES,
    get_local_variant,
    get_variant,
    list_variants,
)
from tests.fixtures_variants import make_variant, use_empty_folders


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


def test_a_local_training_takes_the_place_of_a_shipped_recipe(folders):
    shipped, local = folders
    make_variant(shipped, "b.one", status="recipe-only")
    make_variant(local, "b.one")
    assert [(variant.origin, variant.status) for variant in list_variants()] == [("local", "trained")]
    assert get_variant("b.one").can_predict


def test_a_damaged_local_training_leaves_the_shipped_recipe_in_its_place(folders):
    shipped, local = folders
    make_variant(shipped, "b.one", status="recipe-only")
    _no_predictions(make_variant(local, "b.one"))
    assert "predictions.parquet is missing" in list_variants()[1].reason
    assert [(variant.origin, variant.status) for variant in list_variants()] == [
        ("shipped", "recipe-only"),
        ("local", "broken"),
    ]


def test_shipping_a_local_training_replaces_the_shipped_recipe(folders):
    shipped, local = folders
    make_variant(shipped, "b.one", status="recipe-only")
    make_variant(local, "b.one")
    ship_variant(get_variant("b.one"), shipped)
    assert [(variant.origin, variant.status) for variant in list_variants()] == [("shipped", "trained")]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"dataset": "schematic faces, seed 0"}, "only FER2013 figures ship"),
        ({"training_share": 0.5}, "smoke run"),
    ],
)
def test_figures_of_drawn_faces_and_smoke_runs_do_not_ship(folders, facts, sentence):
    shipped, local = folders
    make_variant(local, "b.one", **facts)
    with pytest.raises(CardError, match=sentence):
        ship_variant(get_variant("b.one"), shipped)
    assert get_variant("b.one").origin == "local"


def test_a_longer_training_takes_the_place_of_a_shipped_one_only_when_that_is_asked_for(folders):
    shipped, local = folders
    make_variant(shipped, "b.one", seed=1)
    longer = make_variant(local, "b.one", seed=2)
    predictions = (longer / paths.PREDICTIONS).read_bytes()
    assert "ship --replace" in list_variants()[1].reason
    with pytest.raises(CardError, match="b.one is shipped and trained; only a local, trained one can ship"):
        ship_variant(get_variant("b.one"), shipped)
    ship_variant(get_local_variant("b.one"), shipped)
    (variant,) = list_variants()
    assert (variant.origin, variant.status) == ("shipped", "trained")
    assert variant.predictions_path.read_bytes() == predictions
    with pytest.raises(UnknownVariantError, match="b.one"):
        get_local_variant("b.one")


def test_a_variant_ships_without_its_native_weights_where_that_is_asked_for(folders):
    shipped, local = folders
    (make_variant(local, "b.one") / paths.WEIGHTS).write_bytes(b"weights")
    folder = ship_variant(get_variant("b.one"), shipped, leave_out=WEIGHTS)
    assert (folder / paths.MODEL).is_file()
    assert not (folder / paths.WEIGHTS).exists()
    assert (paths.home() / "shipped" / "b.one" / paths.WEIGHTS).read_bytes() == b"weights"


def test_a_variant_ships_without_any_model_file_where_that_is_asked_for_and_its_card_says_so(folders):
    shipped, local = folders
    make_variant(local, "b.one", latency_ms=2.5)
    size_bytes = get_variant("b.one").size_bytes
    folder = ship_variant(get_variant("b.one"), shipped, leave_out=MODELS)
    variant = get_variant("b.one")
    assert (variant.origin, variant.status, variant.can_predict) == ("shipped", "trained", False)
    assert variant.size_bytes == size_bytes > 0 and read_latencies([variant]) == {"b.one": 2.5}
    assert not (folder / paths.MODEL).exists()
    assert "model file is not kept here" in variant.card.body
    with pytest.raises(ModelError, match="b.one is kept without its model file"):
        load_classifier("b.one")
    make_variant(local, "b.one")
    assert [(each.origin, each.can_predict) for each in list_variants()] == [("local", True)]


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
