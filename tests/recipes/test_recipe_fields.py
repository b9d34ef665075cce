"""What a form offers of a recipe, and what it refuses, without any framework."""

import pytest

from dashboard.train.fields import (
    changes_from,
    checked_change,
    is_meant,
    list_fields,
    value_of,
)
from fer_core.architectures.keywords import check_architecture, setting_value
from fer_core.errors import RecipeError
from fer_core.recipes.changes import recipe_differences
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe

RECIPES = {name: read_recipe(path) for name, path in list_recipes().items()}
BACKBONE, PLAIN, TIMM = RECIPES["hust.vgg19"], RECIPES["cos429.final"], RECIPES["faceoff.mobilenetv3"]


def keys(recipe):
    return {field.key for field in list_fields(recipe)}


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_of_the_repository_names_a_network_and_settings_that_exist(name):
    check_architecture(RECIPES[name])


@pytest.mark.parametrize("name", RECIPES)
def test_the_fields_of_every_recipe_hold_its_values_and_change_nothing(name):
    recipe = RECIPES[name]
    values = {field.key: value_of(recipe, field.key) for field in list_fields(recipe)}
    assert changes_from(recipe, values) == {}
    for field in list_fields(recipe):
        held = values[field.key] if field.kind == "several" else [values[field.key]]
        assert set(held) <= set(field.choices) or not field.choices


@pytest.mark.parametrize("name", RECIPES)
def test_every_value_that_a_choice_offers_is_taken_by_the_recipe(name):
    recipe = RECIPES[name]
    for field in list_fields(recipe):
        for choice in field.choices:
            choice = [choice] if field.kind == "several" else choice
            if "scale" not in field.key:
                assert value_of(checked_change(recipe, {field.key: choice}), field.key) == choice


def test_only_what_the_network_knows_is_offered():
    assert {"architecture.frozen_blocks", "architecture.weights", "schedule.head_epochs"} <= keys(BACKBONE)
    assert "architecture.dropout" not in keys(BACKBONE)
    assert "architecture.dropout" in keys(PLAIN)
    assert not {"architecture.frozen_blocks", "schedule.head_epochs"} & keys(PLAIN)
    assert "architecture.drop_rate" in keys(TIMM)
    assert "architecture.checkpoint_path" not in keys(TIMM)


def test_a_field_is_shown_where_it_means_something():
    fields = {field.key: field for field in list_fields(PLAIN)}
    assert not is_meant(fields["loss.gamma"], {"loss.name": "cross_entropy"})
    assert is_meant(fields["loss.gamma"], {"loss.name": "focal"})
    assert is_meant(fields["optimizer.learning_rate"], {})


def test_an_emptied_patience_ends_early_stopping_and_a_given_one_begins_it():
    assert changes_from(BACKBONE, {"early_stopping.patience": None}) == {"early_stopping": None}
    assert PLAIN.early_stopping is None
    begun = checked_change(PLAIN, changes_from(PLAIN, {"early_stopping.patience": 4}))
    assert begun.early_stopping.patience == 4


def test_teachers_begin_what_depends_on_them_and_end_it_when_they_are_emptied():
    fields = {field.key: field for field in list_fields(TIMM, ["faceoff.base"])}
    assert fields["distill.teachers"].choices == ("faceoff.base",)
    assert not is_meant(fields["distill.weight"], {"distill.teachers": []})
    values = {"distill.teachers": ["faceoff.base"], "distill.weight": 0.7, "distill.temperature": 2.0}
    taught = checked_change(TIMM, changes_from(TIMM, values))
    assert (taught.distill.teachers, taught.distill.temperature) == (["faceoff.base"], 2.0)
    emptied = changes_from(taught, values | {"distill.teachers": []})
    assert emptied == {"distill": None}
    assert checked_change(taught, emptied).distill is None
    assert "distill.teachers" not in keys(PLAIN)


def test_what_is_said_of_copies_is_offered_where_there_are_some_and_ends_with_them():
    fields = {field.key: field for field in list_fields(PLAIN)}
    assert not is_meant(fields["data.strength"], {"data.preparation": "raw"})
    assert is_meant(fields["data.strength"], {"data.preparation": "balanced"})
    values = {"data.preparation": "balanced", "data.target_count": 8989, "data.strength": 2.0}
    copying = checked_change(PLAIN, changes_from(PLAIN, values))
    assert (copying.data.target_count, copying.data.strength) == (8989, 2.0)
    raw = checked_change(copying, changes_from(copying, {"data.preparation": "raw"}))
    assert (raw.data.target_count, raw.data.strength) == (0, 1.0)


def test_changes_are_told_as_from_and_to():
    changed = checked_change(BACKBONE, {"loss.name": "focal", "architecture.frozen_blocks": 2})
    assert recipe_differences(BACKBONE, changed) == {
        "loss.name": ("cross_entropy", "focal"),
        "architecture.frozen_blocks": (None, 2),
    }


@pytest.mark.parametrize(
    ("recipe", "changes", "reason"),
    [
        (PLAIN, {"optimizer.learning_rate": 0}, "optimizer.learning_rate is 0; nothing would be learnt"),
        (PLAIN, {"optimizer.learning_rate": None}, "optimizer.learning_rate is None; it must be a number"),
        (PLAIN, {"optimiser.learning_rate": 1}, "no key 'optimiser'; did you mean optimizer"),
        (PLAIN, {"epochs": 0}, "epochs is 0; it must lie between 1"),
        (PLAIN, {"data.augmentation.zoom": 3.0}, "data.augmentation.zoom is 3.0; at most 0.95"),
        (PLAIN, {"architecture.dropout": 1.2}, "architecture.dropout is 1.2; it must lie between 0 and 0.95"),
        (PLAIN, {"architecture.dropout": "much"}, "architecture.dropout is 'much'; it must be a number"),
        (PLAIN, {"architecture.frozen_blocks": 2}, "cos429_cnn has no setting 'frozen_blocks'"),
        (PLAIN, {"architecture.drop_out": 0.1}, "no setting 'drop_out'; did you mean dropout"),
        (PLAIN, {"architecture.channels": 3}, "no setting 'channels'"),
        (PLAIN, {"architecture.name": "cos429_cn"}, "no architecture 'cos429_cn'; did you mean cos429_cnn"),
        (BACKBONE, {"architecture.mode": "freeze"}, "architecture.mode is 'freeze'; choose one of features"),
        (BACKBONE, {"architecture.frozen_blocks": -1}, "architecture.frozen_blocks is -1"),
        (BACKBONE, {"architecture.last_layers": 1.5}, "architecture.last_layers is 1.5; it must be a whole"),
        (BACKBONE, {"architecture.weights": "/tmp/x.pth"}, "can run code of their maker"),
        (
            BACKBONE,
            {"architecture.weights": "/etc/passwd"},
            "put the file into FER_HOME/weights and give its name",
        ),
        *(
            (TIMM, {"architecture.weights": place}, "put the file into FER_HOME/weights and give its name")
            for place in ("../../etc/passwd", "", "a\0.h5", "long" * 64 + ".h5")
        ),
        (TIMM, {"architecture.drop_rate": 2.0}, "architecture.drop_rate is 2.0"),
        (BACKBONE, {"architecture": {"name": "keras_backbone"}}, "lacks its setting model"),
        (TIMM, {"architecture.drop_rat": 0.1}, "no setting 'drop_rat'; did you mean drop_rate"),
        (TIMM, {"architecture.pretrained_cfg": {"file": "x.pth"}}, "has no setting 'pretrained_cfg'"),
        (TIMM, {"architecture.checkpoint_path": "x.pth"}, "timm_model has no setting 'checkpoint_path'"),
        (TIMM, {"architecture.cache_dir": "/tmp"}, "timm_model has no setting 'cache_dir'"),
        (TIMM, {"architecture.drop_rate": [0.1]}, r"architecture.drop_rate is \[0.1\]; it must be a number"),
        (TIMM, {"architecture.model": "hf-hub:timm/resnet18"}, "only, see timm.list_models"),
        (TIMM, {"architecture.model": "local-dir:models"}, "timm's own networks only"),
        (TIMM, {"architecture.model": "/models/x"}, "timm's own networks only"),
    ],
)
def test_nonsense_is_refused_with_its_reason(recipe, changes, reason):
    with pytest.raises(RecipeError, match=reason):
        checked_change(recipe, changes)


def test_weights_are_taken_from_their_folder_by_name_and_from_where_training_was_told(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    own = checked_change(BACKBONE, {"architecture.weights": "mine.h5"})
    assert own.architecture["weights"] == "mine.h5"
    elsewhere = {"architecture.weights": str(tmp_path / "other" / "mine.h5")}
    with pytest.raises(RecipeError, match="train --weights PATH"):
        checked_change(BACKBONE, elsewhere)
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path / "other"))
    assert checked_change(BACKBONE, elsewhere)


def test_a_setting_that_a_recipe_leaves_out_has_its_builders_default():
    assert setting_value(BACKBONE, "frozen_blocks") == 0
    assert setting_value(BACKBONE, "mode") == "finetune"
    assert setting_value(PLAIN, "nothing_of_the_kind") is None
