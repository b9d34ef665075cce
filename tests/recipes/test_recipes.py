"""Recipe files: read, checked, hashed."""

import math

import pytest
import yaml

from fer_core import paths
from fer_core.architectures.keywords import check_architecture
from fer_core.errors import RecipeError
from fer_core.recipes.recipe import (
    parse_recipe,
    read_recipe,
    recipe_mapping,
    without_pretrained,
    write_recipe,
)

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
    "a number for a list": ({"deviations": 7}, "deviations is 7; it must be a list"),
    "a number for figures": ({"reported": 7}, "reported is 7; it must be a list"),
    "a list for a name": ({"data": {"preparation": ["raw"]}}, "data.preparation is .'raw'.; it must be text"),
    "a mapping for a name": ({"data": {"protocol": {"a": 1}}}, "data.protocol is .'a': 1."),
    "a name of 300 letters": ({"id": "a." + "b" * 300}, "it must be family.variant"),
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
    "no teachers": ({"distill": {"weight": 0.5}}, "distill.teachers is []; it must list ids of variants"),
    "a teacher twice": ({"distill": {"teachers": ["a.b", "a.b"]}}, "each once"),
    "one teacher's name": ({"distill": {"teachers": "a.b"}}, "distill.teachers is 'a.b'; it must be a list"),
    "teachers for keras": ({"framework": "keras", "distill": {"teachers": ["a.b"]}}, "distill works with torch and"),
    "mixed faces for keras": ({"framework": "keras", "data": {"mixup": 1}}, "data.cutmix works with torch and timm"),
    "two channels": ({"data": {"input": {"channels": 2}}}, "must be 1 or 3"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_recipe_is_refused_with_the_key_and_what_to_do(fault):
    change, sentence = WRONG[fault]
    with pytest.raises(RecipeError, match=sentence.replace("(", r"\(").replace("[", r"\[")):
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
    reworded = parse_recipe(SMALLEST | {"summary": "Other words.", "deviations": ["none"]})
    changed = parse_recipe(SMALLEST | {"seed": 2})
    assert recipe.sha256 == reworded.sha256 != changed.sha256


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


@pytest.mark.parametrize(("key", "default", "other"), [("target_count", 0, 8989), ("strength", 1.0, 2.0)])
def test_what_is_said_of_copies_changes_the_hash_only_where_it_is_used(key, default, other):
    balanced = SMALLEST | {"data": {"preparation": "balanced"}}
    plain, said, used = (
        parse_recipe(balanced | {"data": {"preparation": "balanced"} | change})
        for change in ({}, {key: default}, {key: other})
    )
    assert said.sha256 == plain.sha256 != used.sha256
    assert key not in recipe_mapping(said)["data"]
    assert parse_recipe(recipe_mapping(used)) == used


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


def test_a_run_and_a_grid_train_nothing_and_stay_out_of_the_hash():
    plain = parse_recipe(SMALLEST)
    gridded = parse_recipe(
        SMALLEST | {"from_run": "tiny.longer", "grid": {"optimizer.learning_rate": [0.1, 0.01]}}
    )
    assert gridded.sha256 == plain.sha256
    assert recipe_mapping(gridded)["grid"] == {"optimizer.learning_rate": [0.1, 0.01]}
    assert "from_run" not in recipe_mapping(plain)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"from_run": "Longer"}, "from_run is 'Longer'; it must be the id of another recipe."),
        ({"from_run": "tiny.net"}, "from_run names the recipe itself"),
        ({"grid": {"seed": 3}}, "grid.seed is 3; it must be a list of values."),
        ({"grid": {"seed": []}}, r"grid.seed is \[\]; it must be a list of values."),
        ({"data": {"hold_out": 0.95}}, "data.hold_out is 0.95; it must lie between 0 and 0.9."),
        ({"data": {"share": 0}}, "data.share is 0; it must lie between 0.01 and 1."),
        ({"data": {"hold_out": "much"}}, "data.hold_out is 'much'; it must be a number."),
        (
            {"data": {"target_count": 100}},
            "target_count is for the preparations expanded and balanced, and .* is raw.",
        ),
        (
            {"data": {"preparation": "reduced6", "strength": 2.0}},
            "data.strength is for the preparations expanded and",
        ),
        (
            {"data": {"preparation": "balanced", "target_count": 90_000}},
            "data.target_count is 90000; it must lie between 0 and 20000.",
        ),
        (
            {"data": {"preparation": "expanded", "strength": 0}},
            "strength is 0; it must lie between 0.1 and 3.",
        ),
        ({"data": {"preparation": "expanded", "target_count": 7.5}}, "is 7.5; it must be a whole number."),
        ({"early_stopping": {"min_delta": -1.0}}, "early_stopping.min_delta is -1.0"),
        (
            {"data": {"augmentation": {"shear": 0.1, "shear_degrees": 5}}},
            "has shear and shear_degrees: keep one",
        ),
    ],
)
def test_wrong_values_of_the_later_keys_are_refused(change, sentence):
    with pytest.raises(RecipeError, match=sentence):
        parse_recipe(SMALLEST | change)


@pytest.mark.parametrize(
    "text", ["epochs: 1\nseed: 2\nepochs: 3\n", "data: {preparation: raw, preparation: balanced}\n"]
)
def test_a_key_written_twice_is_refused(tmp_path, text):
    file = tmp_path / "twice.yaml"
    file.write_text("id: tiny.net\nframework: torch\narchitecture: {name: customnet}\n" + text)
    with pytest.raises(RecipeError, match="is written twice, in lines"):
        read_recipe(file)


ODD = (
    7, -1, 0, 10**17, 10**5000, 1e308, math.nan, math.inf, -math.inf, 0.5, True, None, "x", "é" * 300, "../../x",
    "0,001", "2001-99-99", [], ["a"], [[1]], [-1], [10**8], [1.5], {}, {"a": 1}, [{"a": [1]}],
)  # fmt: skip
WHOLE = SMALLEST | {
    "architecture": {"name": "customnet", "filters": [8, 8], "groups": 8, "dropout": 0.1, "skip": True},
    "data": {
        "augmentation": {"rotation": 5}, "preparation": "balanced", "target_count": 500, "strength": 2.0,
    },
    "early_stopping": {},
    "from_run": "tiny.longer",
    "grid": {"seed": [1]},
}  # fmt: skip


def dotted(content, before=()):
    for key, value in content.items():
        yield (*before, key)
        if isinstance(value, dict):
            yield from dotted(value, (*before, key))


@pytest.mark.parametrize("keys", list(dotted(recipe_mapping(parse_recipe(WHOLE)))), ids=".".join)
def test_an_odd_value_of_any_key_is_taken_or_named_in_one_sentence(keys):
    for odd in ODD:
        content = inner = recipe_mapping(parse_recipe(WHOLE))
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = odd
        try:
            check_architecture(recipe := parse_recipe(content))
            assert len(recipe.sha256) == 64
        except RecipeError as error:
            assert (keys[-1] if keys != ("architecture", "name") else "architecture") in str(error)
            assert "\n" not in str(error) and len(str(error)) < 300


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"deviations": 7}, "deviations is 7; it must be a list."),
        ({"reported": 7}, "reported is 7; it must be a list."),
        ({"architecture": {"name": ["a"]}}, "architecture.name is ['a']; it must be text."),
        ({"data": {"protocol": {"a": 1}}}, "data.protocol is {'a': 1}"),
        ({"data": {"preparation": ["raw"]}}, "data.preparation is ['raw']; it must be text."),
        ({"architecture": {"name": "customnet", "filters": [10**8, 64]}}, "architecture.filters[0] is 100000000"),
        ({"architecture": {"name": "customnet", "filters": [64, -1]}}, "architecture.filters[1] is -1; it must lie"),
        ({"architecture": {"name": "customnet", "filters": ["a"]}}, "architecture.filters[0] is 'a'; it must be a"),
        ({"architecture": {"name": "customnet", "filters": []}}, "architecture.filters is []; it must list 1 to 64"),
        ({"architecture": {"name": "customnet", "groups": 0}}, "architecture.groups is 0; it must lie between 1"),
        ({"optimizer": {"learning_rate": "1e-4"}}, "it must be a number (YAML reads 1e-4 as text: write 1.0e-4)."),
        ({"optimizer": {"learning_rate": "0,001"}}, "it must be a number (write 0.001)."),
        ({"optimizer": {"learning_rate": "much"}}, "learning_rate is 'much'; it must be a number."),
        ({"id": "a." + "b" * 300}, "…; it must be family.variant"),
    ],
)  # fmt: skip
def test_what_python_would_have_complained_of_is_a_sentence(change, sentence):
    with pytest.raises(RecipeError) as caught:
        check_architecture(parse_recipe(SMALLEST | change))
    assert sentence in str(caught.value)
