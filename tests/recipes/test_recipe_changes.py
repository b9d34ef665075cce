"""Recipes made from others."""

import pytest

from fer_core.errors import RecipeError
from fer_core.recipes.changes import (
    Change,
    changed_recipe,
    derived_recipe,
    parse_change,
    parse_choices,
    recipe_differences,
)
from fer_core.recipes.recipe import parse_recipe

RECIPE = parse_recipe(
    {
        "id": "tiny.one",
        "framework": "torch",
        "architecture": {"name": "customnet", "filters": [8, 16]},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "deviations": ["The report does not give its batch size."],
        "reported": [{"metric": "accuracy", "value": 0.6, "protocol": "test"}],
    }
)


def test_dotted_keys_are_changed_and_the_rest_stays():
    changed = changed_recipe(
        RECIPE, {"optimizer.learning_rate": 0.01, "epochs": 3, "architecture.dropout": 0.5}
    )
    assert recipe_differences(RECIPE, changed) == {
        "architecture.dropout": (None, 0.5),
        "optimizer.learning_rate": (0.1, 0.01),
        "epochs": (20, 3),
    }


def test_an_empty_section_is_begun_and_a_full_one_emptied():
    begun = changed_recipe(RECIPE, {"early_stopping.patience": 3})
    assert (begun.early_stopping.patience, begun.early_stopping.monitor) == (3, "val_loss")
    assert changed_recipe(begun, {"early_stopping": None}).early_stopping is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("optimizer.learning_rat=1", "optimizer has no key 'learning_rat'; did you mean learning_rate?"),
        ("epoch=3", "a recipe has no key 'epoch'; did you mean epochs?"),
        ("epochs.most=3", "epochs has no keys to set"),
        ("optimizer.learning_rate=-1", "it must lie between 0 and 10"),
        ("loss.name=focl", "loss.name is 'focl'; choose one of cross_entropy, focal"),
        ("data.augmentation.rotate=5", "no setting 'rotate'; did you mean rotation"),
        ("optimizer.learning_rate", "write KEY=VALUE"),
        ("epochs=[", "can't be read as a value"),
    ],
)
def test_a_wrong_change_is_refused_with_its_key_and_the_near_one(change, sentence):
    with pytest.raises(RecipeError) as raised:
        changed_recipe(RECIPE, dict([parse_change(change)]))
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-4", 1e-4), ("3", 3), ("true", True), ("null", None), ("focal", "focal"), ("[8, 16]", [8, 16])],
)
def test_values_are_read_as_people_write_them(text, value):
    assert parse_change(f"a.b={text}") == ("a.b", value)


def test_several_values_are_read_with_lists_among_them():
    assert parse_choices("a.b=1e-2,1e-3, 5") == ("a.b", [0.01, 0.001, 5])
    assert parse_choices("a.filters=[8,16],[16,32]") == ("a.filters", [[8, 16], [16, 32]])


def test_a_derived_recipe_says_what_it_changed_and_claims_no_reported_figure():
    made = derived_recipe(Change(RECIPE, changed_recipe(RECIPE, {"loss.name": "focal"})), "tiny.two")
    assert made.id == "tiny.two"
    assert made.reported == ()
    assert made.deviations == (
        "The report does not give its batch size.",
        "loss.name is focal instead of cross_entropy.",
    )
    assert made.summary == "Made from tiny.one: loss.name is focal instead of cross_entropy."
