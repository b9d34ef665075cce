"""The recipes of experiments/ are what the reports print: each finding of a comparison, line by line, stays mended."""

import pytest

from fer_core.data.protocols import COS429_SHARE
from fer_core.literature.reports import list_reports
from fer_core.recipes.library import get_recipe_path, list_recipes
from fer_core.recipes.recipe import read_recipe

RECIPES = {name: read_recipe(path) for name, path in list_recipes().items()}
#: How pisa prints its augmentation, in every epoch of class-weighted and balanced trainings alike.
PISA = {"rotation": 10, "zoom": 0.15, "shift": 0.1, "shear_degrees": 0.15}


def recipes(*beginnings):
    return sorted(name for name in RECIPES if name.startswith(beginnings))


@pytest.mark.parametrize(("convolutions", "frozen_blocks"), [(9, 2), (6, 3), (3, 4)])
@pytest.mark.parametrize("balance", ["", "_balanced"])
def test_pisa_finetunes_by_convolutions(convolutions, frozen_blocks, balance):
    architecture = RECIPES[f"pisa.vgg16_finetune{convolutions}{balance}"].architecture
    assert architecture["frozen_blocks"] == frozen_blocks and "last_layers" not in architecture


@pytest.mark.parametrize("name", recipes("pisa.cnn", "pisa.vgg16_finetune"))
def test_pisa_changes_its_pictures_in_every_epoch_with_shear_in_degrees(name):
    augmentation = RECIPES[name].data.augmentation
    assert {key: getattr(augmentation, key) for key in PISA} == PISA
    assert augmentation.shear == 0


@pytest.mark.parametrize(
    ("beginning", "monitor", "patience", "min_delta", "kept"),
    [
        ("pisa.cnn5_balanced", "val_loss", 10, 0, "val_loss"),
        *((f"pisa.vgg16_finetune{count}_balanced", "val_loss", 5, 0.001, "val_loss") for count in (3, 6, 9)),
        *(
            (f"pisa.vgg16_finetune{count}", "val_accuracy", 15, 0.00001, "val_accuracy")
            for count in (3, 6, 9)
        ),
        *(
            (f"pisa.{backbone}_features", "val_loss", 7, 0, "val_loss")
            for backbone in ("vgg16", "vgg19", "resnet50")
        ),
    ],
)
def test_pisa_stops_and_keeps_as_its_code_says(beginning, monitor, patience, min_delta, kept):
    recipe = RECIPES[beginning]
    stopping = recipe.early_stopping
    assert (stopping.monitor, stopping.patience, stopping.min_delta) == (monitor, patience, min_delta)
    assert recipe.checkpoint_on == kept


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19", "resnet50"])
def test_pisa_halves_the_rate_of_frozen_features_on_a_plateau_where_the_log_shows_it(backbone):
    weighted, balanced = (RECIPES[f"pisa.{backbone}_features{end}"].schedule for end in ("", "_balanced"))
    assert (weighted.name, weighted.factor) == ("plateau", 0.5)
    assert balanced.name == "constant"


@pytest.mark.parametrize("name", recipes("moodmirror.vgg19"))
def test_moodmirror_scales_for_vgg19_as_vgg19_wants_it(name):
    assert RECIPES[name].data.input.scale == "caffe"


def test_moodmirror_keeps_the_last_epoch_of_its_basic_network():
    assert RECIPES["moodmirror.basic"].checkpoint_on == "last"


@pytest.mark.parametrize("name", recipes("moodmirror.advanced"))
def test_moodmirrors_advanced_networks_begin_with_padded_filters_of_3x3(name):
    architecture = RECIPES[name].architecture
    assert (architecture["stem"], architecture["stem_padding"]) == (3, "same")


def test_moodmirrors_basic_network_was_tested_on_both_test_splits():
    report = list_reports()["moodmirror"]
    assert report.tested_on("moodmirror.basic") == "both"
    assert any("n = 7178" in entry["protocol"] for entry in RECIPES["moodmirror.basic"].reported)
    assert any("2401" in entry["protocol"] for entry in RECIPES["moodmirror.advanced_reduced6"].reported)


@pytest.mark.parametrize("name", recipes("cos429."))
def test_cos429_learns_from_85_of_100_but_where_it_says_otherwise(name):
    share = 0 if name == "cos429.baseline_testval" else COS429_SHARE
    assert RECIPES[name].data.hold_out == pytest.approx(share)
    assert RECIPES[name].data.protocol == "fer2013-official"


def test_rows_that_are_one_run_say_so_and_agree_in_all_that_it_does():
    siblings = {name: recipe for name, recipe in RECIPES.items() if recipe.from_run}
    assert {
        "moodmirror.advanced_adam_100",
        "moodmirror.advanced_adam_115",
        "moodmirror.advanced_adam_bestacc",
    } <= set(siblings)
    for recipe in siblings.values():
        run = RECIPES[recipe.from_run]
        for key in (
            "framework",
            "architecture",
            "data",
            "loss",
            "optimizer",
            "schedule",
            "batch_size",
            "seed",
        ):
            assert getattr(recipe, key) == getattr(run, key), (recipe.id, key)
        assert recipe.epochs <= run.epochs


def test_the_grid_of_hust_holds_both_rates_of_its_report():
    (rates,) = RECIPES["hust.lr_grid"].grid.values()
    assert {0.001, 0.0001} < set(rates)


def test_mobilenet_was_also_trained_with_adam():
    adam, sgd = RECIPES["ece176.mobilenet_adam"], RECIPES["ece176.mobilenet_10"]
    assert (adam.optimizer.name, sgd.optimizer.name) == ("adam", "sgd")
    assert adam.architecture == sgd.architecture


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_found_under_its_id(name):
    assert read_recipe(get_recipe_path(name)).id == name
