"""Recipe files: read, checked, hashed."""

import pytest
import yaml

from fer_core import paths
from fer_core.errors import RecipeError
from fer_core.recipes import parse_recipe, read_recipe, recipe_mapping, without_pretrained, write_recipe

SHIPPED = sorted(paths.EXPERIMENTS.glob("*/*.yaml"))
SMALLEST = {"id": "tiny.net", "framework": "torch", "architecture": {"name": "customnet"}}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_shipped_recipe_bears_the_id_of_its_place_and_survives_writing(path, tmp_path):
    recipe = read_recipe(path)
    assert recipe.id == f"{path.parent.name}.{path.stem}"
    assert recipe.summary.endswith(".")
    write_recipe(recipe, tmp_path / "recipe.yaml")
    assert read_recipe(tmp_path / "recipe.yaml") == recipe


def test_what_is_left_out_takes_its_default():
    recipe = parse_recipe(SMALLEST)
    assert (recipe.batch_size, recipe.optimizer.name, recipe.data.input.size) == (64, "adam", 48)
    assert recipe.early_stopping is None


WRONG = {
    "unknown key": ({"epoch": 3}, "no key 'epoch'; did you mean epochs"),
    "unknown optimizer key": ({"optimizer": {"learning_rat": 1}}, "no key 'learning_rat'; did you mean learning_rate"),
    "unknown augmentation": ({"data": {"augmentation": {"rotate": 3}}}, "no setting 'rotate'; did you mean rotation"),
    "unknown preparation": ({"data": {"preparation": "none"}}, "data.preparation is 'none'"),
    "text for a number": ({"optimizer": {"learning_rate": "1e-4"}}, "write 1.0e-4"),
    "list for a section": ({"loss": ["focal"]}, "loss must be a mapping"),
    "zero learning rate": ({"optimizer": {"learning_rate": 0}}, "nothing would be learnt"),
    "negative batch": ({"batch_size": -1}, "batch_size is -1"),
    "half an epoch": ({"epochs": 1.5}, "whole number"),
    "bad id": ({"id": "../evil"}, "family.variant"),
    "bad framework": ({"framework": "mxnet"}, "framework is 'mxnet'"),
    "nameless network": ({"architecture": {"blocks": 2}}, "lacks its 'name'"),
    "bad monitor": ({"checkpoint_on": "test_accuracy"}, "checkpoint_on is 'test_accuracy'"),
    "reported without protocol": ({"reported": [{"metric": "accuracy", "value": 0.5}]}, "metric, value and protocol"),
    "too much cutout": ({"data": {"augmentation": {"cutout": 2.0}}}, "at most 1.0"),
    "grey in colours": ({"data": {"input": {"scale": "caffe"}}}, "set data.input.channels to 3"),
    "two channels": ({"data": {"input": {"channels": 2}}}, "must be 1 or 3"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_recipe_is_refused_with_the_key_and_what_to_do(fault):
    change, sentence = WRONG[fault]
    with pytest.raises(RecipeError, match=sentence.replace("(", r"\(")):
        parse_recipe(SMALLEST | change)


@pytest.mark.parametrize("key", ["id", "framework", "architecture"])
def test_a_recipe_without_a_needed_key_names_it(key):
    with pytest.raises(RecipeError, match=f"lacks '{key}'"):
        parse_recipe({name: value for name, value in SMALLEST.items() if name != key})


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(RecipeError, match="no recipe"):
        read_recipe(tmp_path / "gone.yaml")
    (tmp_path / "bad.yaml").write_text("id: [")
    with pytest.raises(RecipeError, match=r"bad.yaml can't be read as YAML"):
        read_recipe(tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(RecipeError, match=r"list.yaml: a recipe must be a mapping"):
        read_recipe(tmp_path / "list.yaml")


def test_the_hash_follows_what_decides_the_training_and_nothing_else():
    recipe = parse_recipe(SMALLEST)
    told = parse_recipe(SMALLEST | {"summary": "Other words.", "deviations": ["none"]})
    changed = parse_recipe(SMALLEST | {"seed": 2})
    assert recipe.sha256 == told.sha256 != changed.sha256


@pytest.mark.parametrize(
    ("section", "key", "default", "other"),
    [("optimizer", "backbone_factor", 1.0, 0.1), ("schedule", "head_epochs", 0, 3)],
)
def test_a_later_key_changes_the_hash_only_where_it_is_used(section, key, default, other):
    recipe = parse_recipe(SMALLEST)
    said, used = (parse_recipe(SMALLEST | {section: {key: value}}) for value in (default, other))
    assert said.sha256 == recipe.sha256 != used.sha256
    assert key not in recipe_mapping(said)[section]
    assert recipe_mapping(used)[section][key] == other


def test_hashes_that_cards_have_quoted_stay():
    mapping = parse_recipe(SMALLEST)
    assert mapping.sha256 == "af949762e145024f199806e4fbb397cb3aaea29a33a26d6624793baf1cd90cf2"


def test_a_network_is_rebuilt_without_its_pretrained_weights():
    recipe = parse_recipe(SMALLEST | {"architecture": {"name": "keras_backbone", "weights": "imagenet"}})
    assert without_pretrained(recipe).architecture == {"name": "keras_backbone", "weights": None}
    assert without_pretrained(parse_recipe(SMALLEST)) == parse_recipe(SMALLEST)


def test_a_recipe_is_plain_yaml_with_every_default_written_out():
    mapping = recipe_mapping(parse_recipe(SMALLEST))
    assert yaml.safe_load(yaml.safe_dump(mapping)) == mapping
    assert mapping["optimizer"]["learning_rate"] == 0.001
