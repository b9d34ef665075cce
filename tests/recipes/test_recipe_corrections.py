"""A trained variant says what has been corrected in its recipe since."""

import pytest
import yaml

from fer_core import paths
from fer_core.variants.corrections import recipe_corrections
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """A function that makes a trained variant, and the recipe of its id with what has been changed in it."""
    _, local = use_empty_folders(monkeypatch, tmp_path)
    monkeypatch.setattr(paths, "EXPERIMENTS", tmp_path / "experiments")

    def make(variant_id="tiny.net", changes=(), of=None, **facts):
        folder = make_variant(local, variant_id, **facts)
        experiment = (
            yaml.safe_load((folder / paths.RECIPE).read_text()) | {"id": of or variant_id} | dict(changes)
        )
        file = tmp_path / "experiments" / f"{experiment['id'].replace('.', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(experiment))
        return get_variant(variant_id)

    return make


def test_an_unchanged_recipe_has_no_corrections(trained):
    assert recipe_corrections(trained()) == ()


def test_a_changed_value_is_told_with_what_it_was(trained):
    variant = trained(changes={"batch_size": 17})
    (sentence,) = recipe_corrections(variant)
    assert sentence.startswith("batch_size is 17, was ")


def test_fewer_epochs_than_planned_are_no_correction(trained):
    assert recipe_corrections(trained(changes={"epochs": 9}, epochs_planned=9)) == ()


def test_a_repeat_is_held_against_its_parent_but_for_its_seed(trained):
    variant = trained(
        "tiny.net_seed2", {"seed": 1}, of="tiny.net", seed=2, parent="tiny.net", epochs_planned=5
    )
    assert recipe_corrections(variant) == ()
    variant = trained("tiny.net_seed3", {"seed": 1, "batch_size": 17}, of="tiny.net", seed=3, parent="tiny.net",
                      epochs_planned=5)  # fmt: skip
    assert [sentence.split()[0] for sentence in recipe_corrections(variant)] == ["batch_size"]


def test_a_recipe_mended_back_is_no_correction_any_more(trained, tmp_path):
    variant = trained(changes={"batch_size": 17})
    assert recipe_corrections(variant)
    (file,) = (tmp_path / "experiments").rglob("*.yaml")
    file.write_bytes(variant.recipe_path.read_bytes())
    assert recipe_corrections(variant) == ()


def test_who_learnt_from_a_preparation_of_before_says_that_it_has_changed(trained):
    balanced = {"data": {"preparation": "balanced"}}
    early = trained("tiny.early", recipe=balanced, trained_at="2026-11-20T10:00:00+00:00")
    late = trained("tiny.late", recipe=balanced, trained_at="2026-12-01T10:00:00+00:00")
    assert "shears its copies" in recipe_corrections(early)[-1]
    assert recipe_corrections(late) == ()


@pytest.mark.parametrize(
    "variant", [v for v in list_variants() if v.status != "trained"], ids=lambda variant: variant.id
)
def test_what_has_not_been_trained_has_nothing_to_correct(variant):
    assert recipe_corrections(variant) == ()
