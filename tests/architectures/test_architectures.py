"""The networks are those of the reports, at their full size."""

import pytest

from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe
from fer_core.training.counting import count_parameters
from fer_core.variants.corrections import recipe_corrections
from fer_core.variants.registry import list_variants

RECIPES = {name: read_recipe(path) for name, path in list_recipes().items()}
#: Counts that the reports print.
REPORTED = {
    "pisa.cnn5_class_weight": 1_029_223,
    "pisa.cnn5_balanced": 1_029_223,
    "pisa.vgg16_finetune3": 14_847_815,
    "pisa.vgg16_finetune9_balanced": 14_847_815,
}
#: All parameters and those that learn, as a report prints them.
LEARNING = {
    "pisa.cnn5_class_weight": [1_029_223, 1_027_559],
    "pisa.vgg16_finetune9": [14_847_815, 14_587_655],
    "pisa.vgg16_finetune6": [14_847_815, 13_112_327],
    "pisa.vgg16_finetune3": [14_847_815, 7_212_551],
}
#: VGG19 without its top, as Keras counts it, and hust's softmax over 512 maxima.
VGG19 = 20_024_384 + 512 * 7 + 7


@pytest.fixture(scope="module")
def counts():
    """Parameters by recipe id: every network is built, where its framework may be imported."""
    return count_parameters(list_recipes())


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_builds_the_network_that_its_card_counts(counts, name):
    """But for cards whose recipe has been corrected since: they count the network of the old one."""
    cards = {variant.id: variant for variant in list_variants() if variant.origin == "shipped"}
    card = cards.get(name)
    assert card is None or counts[name] == card.parameters or recipe_corrections(card)


@pytest.mark.parametrize("name", REPORTED)
def test_a_network_whose_size_a_report_prints_has_that_size(counts, name):
    assert counts[name] == REPORTED[name]


def test_hust_trains_vgg19_of_twenty_million_parameters(counts):
    assert {counts[name] for name in RECIPES if name.startswith("hust.")} == {VGG19}


def test_each_block_and_each_network_of_a_series_is_another_network(counts):
    for series in ("cos429.blocks", "pisa.cnn"):
        found = [counts[name] for name in RECIPES if name.startswith(series) and name[-1].isdigit()]
        assert len(set(found)) == len(found) >= 5


@pytest.fixture(scope="module")
def found(keras_process):
    """What ``tests.keras_networks`` finds out in the process of Keras."""
    return keras_process.call("tests.keras_networks:findings")


@pytest.mark.parametrize("model", ["vgg16", "resnet50", "efficientnetb0"])
def test_a_weights_file_of_the_real_layout_is_loaded_into_each_kind_of_backbone(found, model):
    assert found["loaded"][model]


def test_scaling_inside_the_graph_is_what_the_weights_were_trained_on(found):
    assert found["scaling"]["caffe"] < 1e-3
    assert found["scaling"]["imagenet"] < 1e-4


def test_features_train_the_head_alone_and_finetuning_the_layers_it_names(found):
    assert found["trained"]["features"] == ["head", "logits"]
    assert found["trained"]["last_layers"] == ["block5_conv2", "block5_conv3", "head", "logits"]
    assert found["trained"]["frozen_blocks"] == [*(f"block5_conv{n}" for n in (1, 2, 3)), "head", "logits"]
    assert found["trained"]["norms"] == []


@pytest.mark.parametrize("name", LEARNING)
def test_as_many_parameters_learn_as_the_report_prints(found, name):
    assert found["learning"][name] == LEARNING[name]


def test_head_epochs_leave_the_backbone_alone_and_a_factor_slows_it(found):
    waiting, slowed, whole = (found["moved"][key] for key in ("waiting", "slowed", "whole"))
    assert waiting["backbone"] == 0 < waiting["head"]
    assert 0 < slowed["backbone"] < 0.2 * whole["backbone"]


def test_augmentation_layers_change_pictures_in_training_only(found):
    assert found["augmentation"]["answering"] == 0
    assert found["augmentation"]["training"] > 1e-4


@pytest.mark.parametrize("case", ["download", "absent", "another network", "unknown model"])
def test_what_can_t_be_loaded_is_told_in_one_sentence(found, case):
    sentence = found["refused"][case]
    expected = {
        "download": "The ImageNet weights of vgg16 can't be downloaded",
        "absent": "There is no weights file",
        "another network": "can't be loaded as weights of vgg19",
        "unknown model": "has no model 'vgg17'; did you mean vgg19 or vgg16?",
    }
    assert expected[case] in sentence
    assert "\n" not in sentence


def test_timm_passes_on_what_it_is_given(torch_process):
    given, silent, path, hub, transformers = torch_process.call("tests.torch_networks:reported_by_timm")
    assert (given, silent) == (0.3, 0.0)
    assert "timm_model has no setting 'checkpoint_path'" in path
    assert "timm's own networks only" in hub
    assert transformers.startswith("architecture timm_model can't be built: ") and "img_size" in transformers


def test_a_frozen_residual_block_learns_nothing(torch_process):
    learning = [torch_process.call("tests.torch_networks:learning", frozen) for frozen in (0, 2)]
    assert learning == [["0", "1", "2", "3", "4", "5", "6", "10"], ["5", "6", "10"]]
