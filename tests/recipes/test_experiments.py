"""Every row of the reports has its recipe and its card."""

import csv
import shutil

import pytest
import yaml

from fer_core.__main__ import main
from fer_core.curation.planning import plan_variant
from fer_core.errors import RecipeError
from fer_core.literature import rows as report_rows
from fer_core.literature.rows import list_rows, missing_rows
from fer_core.recipes.changes import recipe_differences
from fer_core.recipes.library import (
    get_recipe_path,
    list_recipes,
)
from fer_core.recipes.recipe import parse_recipe, read_recipe
from fer_core.variants.card import read_card
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

ROWS = {row["id"]: row for row in list_rows()}


def test_the_reports_have_sixty_three_rows():
    assert len(ROWS) == 63
    assert {row["family"] for row in ROWS.values()} == {"moodmirror", "cos429", "pisa", "hust", "ece176"}


def test_no_row_lacks_its_recipe_or_its_card(capsys):
    assert missing_rows() == {}
    assert main(["list", "--missing"]) == 0
    assert capsys.readouterr().out == ""


def test_a_row_without_card_or_recipe_is_listed(monkeypatch, tmp_path, capsys):
    use_empty_folders(monkeypatch, tmp_path)
    rows = [*ROWS.values(), ROWS["pisa.cnn1"] | {"id": "pisa.cnn99"}]
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    monkeypatch.setattr(report_rows, "ROWS", tmp_path / "rows.csv")
    assert main(["list", "--missing"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 64
    assert lines[-1].split(maxsplit=1) == ["pisa.cnn99", "no recipe and no card"]


@pytest.mark.parametrize("variant_id", ROWS)
def test_a_recipe_quotes_the_row_of_its_report(variant_id):
    recipe, row = read_recipe(get_recipe_path(variant_id)), ROWS[variant_id]
    assert (recipe.family, recipe.framework) == (row["family"], row["framework"])
    first = next((entry["value"] for entry in recipe.reported if entry["metric"] == "accuracy"), None)
    assert first == (float(row["reported_accuracy"]) if row["reported_accuracy"] else None)
    assert recipe.reported
    assert recipe.architecture.get("weights") == (row["needs_weights"] or None)
    assert recipe.repeats == (5 if recipe.family == "hust" else 1)


@pytest.mark.parametrize(
    "variant", [v for v in list_variants() if v.id in list_recipes()], ids=lambda v: v.id
)
def test_a_recipe_only_card_says_what_its_recipe_says(variant):
    recipe = read_recipe(get_recipe_path(variant.id))
    if variant.status == "recipe-only":
        facts = variant.card.faceoff
        assert facts["recipe_sha256"] == recipe.sha256
        assert read_recipe(variant.recipe_path) == recipe
        assert facts.get("reported", []) == list(recipe.reported)
        assert "metrics" not in facts and not variant.can_predict


def test_rows_that_need_weights_from_elsewhere_have_a_twin_that_does_not():
    for name, model in (("vgg19_scratch", "vgg19"), ("efficientnetb0_scratch", "efficientnetb0")):
        architecture = read_recipe(get_recipe_path(f"faceoff.{name}")).architecture
        assert architecture["model"] == model and architecture["weights"] is None


#: hust's ablations on a small network, and the one thing that each changes there and here.
ABLATIONS = {
    "no_augmentation": "data.augmentation", "no_normalization": "data.input.scale", "focal2": "loss", "focal5": "loss",
    "batch2": "batch_size", "batch2048": "batch_size", "frozen1": "architecture.frozen_blocks",
    "frozen2": "architecture.frozen_blocks", "lr_grid": "grid",
}  # fmt: skip


def test_hust_s_ablations_on_a_small_network_change_one_thing_each_and_are_repeated():
    recipes = {name: read_recipe(path) for name, path in list_recipes().items()}
    base = recipes["faceoff.hust_reference"]
    assert base.repeats >= 3
    for name, key in ABLATIONS.items():
        one = recipes[f"faceoff.hust_{name}"]
        assert one.repeats >= 3 or one.grid
        assert one.summary.startswith("hust's method on a residual net of 0.3 million weights")
        changed = recipe_differences(base, one)
        changed.pop("repeats", None)
        if one.grid:
            changed = dict.fromkeys({"grid"} | set(changed))
        assert changed and all(each == key or each.startswith(f"{key}.") for each in changed), name
        theirs = f"hust.{name}"
        if theirs in recipes:
            there = recipe_differences(recipes["hust.vgg19"], recipes[theirs])
            assert all(each.startswith(key) for each in there), name


def test_a_contradiction_of_a_report_is_kept_with_its_arithmetic():
    entries = read_recipe(get_recipe_path("cos429.baseline_testval")).reported
    matrix = next(entry for entry in entries if entry["metric"] == "confusion_matrix")["matrix"]
    assert sum(matrix[index][index] for index in range(7)) == 622
    assert sum(map(sum, matrix)) == 3589
    assert "622 of 3589" in entries[0]["note"]


def test_an_unknown_recipe_names_the_near_ones():
    with pytest.raises(RecipeError, match=r"did you mean pisa\.cnn5_balanced"):
        get_recipe_path("pisa.cnn5_balance")


RECIPE = {
    "id": "tiny.net", "framework": "torch", "architecture": {"name": "customnet"}, "summary": "A tiny net.",
    "reported": [{"metric": "accuracy", "value": 0.5, "protocol": "elsewhere", "note": ""}],
}  # fmt: skip


def test_a_plan_is_written_and_written_anew_but_never_over_a_trained_variant(monkeypatch, tmp_path):
    shipped, _ = use_empty_folders(monkeypatch, tmp_path)
    recipe = parse_recipe(RECIPE)
    folder = plan_variant(recipe, shipped, 123)
    assert {file.name for file in folder.iterdir()} == {"README.md", "recipe.yaml"}
    assert (get_variant("tiny.net").status, get_variant("tiny.net").parameters) == ("recipe-only", 123)
    assert plan_variant(parse_recipe(RECIPE | {"epochs": 3}), shipped) == folder
    assert read_card(folder).faceoff["epochs_planned"] == 3
    shutil.rmtree(folder)
    make_variant(shipped, "tiny.net")
    before = (folder / "README.md").read_text()
    assert plan_variant(recipe, shipped) is None
    assert (folder / "README.md").read_text() == before


def test_a_damaged_card_with_results_beside_it_is_not_planned_over(monkeypatch, tmp_path):
    shipped, _ = use_empty_folders(monkeypatch, tmp_path)
    folder = make_variant(shipped, "tiny.net")
    (folder / "README.md").write_text("damaged")
    assert plan_variant(parse_recipe(RECIPE), shipped) is None


def test_planning_from_the_command_line_counts_the_network(monkeypatch, tmp_path):
    use_empty_folders(monkeypatch, tmp_path)
    assert main(["plan", "ece176.resnet_skip", "--cards", str(tmp_path / "cards")]) == 0
    facts = read_card(tmp_path / "cards" / "ece176.resnet_skip").faceoff
    assert facts["parameters"] > 1_000_000
    assert yaml.safe_load((tmp_path / "cards/ece176.resnet_skip/recipe.yaml").read_text())["epochs"] == 10
