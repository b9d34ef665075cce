"""A user's own variants: renamed, annotated, deleted, restored and promoted, and nothing else touched."""

import hashlib
import shutil

import pytest

from fer_core import paths
from fer_core.curation import editing
from fer_core.curation.editing import (
    annotate_variant,
    delete_variant,
    demand_free_id,
    destroy_binned,
    list_bin,
    promote_variant,
    rename_variant,
    restore_variant,
)
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.errors import CardError, FerError, UnknownVariantError
from fer_core.jobs import service, starting
from fer_core.jobs.service import Wish
from fer_core.recipes.recipe import parse_recipe, read_recipe
from fer_core.variants.card import read_card
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

RECIPE = parse_recipe({"id": "other.net", "framework": "torch", "architecture": {"name": "mobilenet_v1"}})


@pytest.fixture
def cards(tmp_path, monkeypatch):
    """A shipped variant, and three local ones of which one was made from another."""
    shipped, local = use_empty_folders(monkeypatch, tmp_path)
    make_variant(shipped, "report.best", seed=1)
    make_variant(local, "mine.one", seed=2, dataset="FER2013")
    make_variant(local, "mine.child", seed=3, parent="mine.one")
    make_variant(local, "mine.other", seed=4)
    return local


@pytest.fixture
def queue(cards):
    """Jobs can be submitted, and wait: no runner starts them."""
    store_dataset(schematic_dataset(28, 14))
    with starting.runner_lock():
        yield


def contents(folder):
    """Every file below with the hash of what it holds."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(".lock")
    }


def ids():
    return [variant.id for variant in list_variants()]


def test_a_renamed_variant_is_whole_under_its_new_name(cards):
    before = contents(cards / "mine.one")
    variant = rename_variant("mine.one", "better.name")
    assert (variant.status, variant.family, variant.card.id) == ("trained", "better", "better.name")
    assert "mine.one" not in ids()
    after = contents(cards / "better.name")
    assert {name for name in before if before[name] != after[name]} == {paths.CARD, paths.RECIPE}
    recipe = read_recipe(variant.recipe_path)
    assert (recipe.id, recipe.sha256) == ("better.name", variant.card.faceoff["recipe_sha256"])


def test_those_made_from_a_renamed_variant_name_their_parent_by_its_new_name(cards):
    rename_variant("mine.one", "better.name")
    assert get_variant("mine.child").card.faceoff["parent"] == "better.name"


def test_a_change_leaves_every_other_variant_as_it_was(cards):
    others = ("mine.other", "../../shipped_cards/report.best")
    before = [contents(cards / name) for name in others]
    rename_variant("mine.one", "better.name")
    annotate_variant("better.name", "A note.")
    restore_variant(delete_variant("better.name").name)
    assert [contents(cards / name) for name in others] == before


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("report.best", "There is a variant named report.best already"),
        ("mine.other", "There is a variant named mine.other already"),
        ("mine.one", "There is a variant named mine.one already"),
        ("../../etc.passwd", "is no variant id"),
        ("Mine.One", "is no variant id"),
        ("nofamily", "is no variant id"),
        ("", "is no variant id"),
        ("a." + "b" * 100, "is no variant id"),
    ],
)
def test_a_taken_or_wrong_name_is_refused_and_nothing_moves(cards, wrong, reason):
    before = contents(cards)
    with pytest.raises(CardError, match=reason):
        rename_variant("mine.one", wrong)
    assert contents(cards) == before


def test_the_name_of_a_waiting_job_is_refused(queue):
    service.submit(RECIPE, Wish(variant_id="mine.promised"))
    with pytest.raises(CardError, match=r"There is a job that makes mine\.promised"):
        rename_variant("mine.one", "mine.promised")


@pytest.mark.parametrize(
    "act", [delete_variant, lambda name: rename_variant(name, "mine.new"), promote_variant]
)
def test_a_variant_that_a_job_needs_stays_where_it_is(queue, cards, act):
    shutil.copyfile(cards / "mine.one" / paths.MODEL, cards / "mine.one" / paths.WEIGHTS)
    job = service.submit(RECIPE, Wish(start_from="mine.one"))
    with pytest.raises(CardError, match=f"mine.one is needed by the job {job.id}"):
        act("mine.one")
    service.cancel(job.id)
    delete_variant("mine.one")


@pytest.mark.parametrize(
    "act",
    [
        delete_variant,
        promote_variant,
        lambda name: rename_variant(name, "mine.new"),
        lambda name: annotate_variant(name, "mine"),
    ],
)
def test_shipped_variants_are_never_changed(cards, act):
    with pytest.raises(CardError, match=r"report\.best ships with Faceoff"):
        act("report.best")
    with pytest.raises(UnknownVariantError, match=r"did you mean .*mine\.one"):
        act("mine.onne")


def test_a_note_stands_in_the_card_and_can_be_taken_back(cards):
    figures = get_variant("mine.one").metrics()
    card = annotate_variant("mine.one", "  Trained on a Friday.\n\nToo sure of itself. ").card
    assert "## Note\n\nTrained on a Friday.\n\nToo sure of itself.\n" in card.body
    assert get_variant("mine.one").metrics() == figures
    assert "## Note" not in annotate_variant("mine.one", " ").card.body
    with pytest.raises(CardError, match="2,001 letters"):
        annotate_variant("mine.one", "x" * 2001)


def test_a_deleted_variant_lies_in_the_bin_and_comes_back_as_it_was(cards):
    before = contents(cards / "mine.one")
    binned = delete_variant("mine.one")
    assert "mine.one" not in ids()
    assert [each.id for each in list_bin()] == ["mine.one"]
    assert restore_variant(binned.name).status == "trained"
    assert contents(cards / "mine.one") == before
    assert list_bin() == []


def test_the_bin_keeps_several_of_one_name_and_gives_none_back_over_another(cards):
    first = delete_variant("mine.one")
    make_variant(cards, "mine.one", seed=9)
    second = delete_variant("mine.one")
    assert [each.name for each in list_bin()] == [second.name, first.name]
    restore_variant(first.name)
    with pytest.raises(CardError, match=r"There is a variant named mine\.one already"):
        restore_variant(second.name)
    assert [each.name for each in list_bin()] == [second.name]


def test_what_is_destroyed_is_gone_and_what_is_not_in_the_bin_is_said_so(cards):
    binned = delete_variant("mine.one")
    destroy_binned(binned.name)
    assert list_bin() == []
    for act in (destroy_binned, restore_variant):
        with pytest.raises(CardError, match="in the bin"):
            act("../model_cards")
    assert get_variant("mine.other").status == "trained"


def test_a_broken_folder_can_be_deleted_and_restored(cards):
    (cards / "mine.one" / paths.CARD).write_text("nothing")
    binned = delete_variant("mine.one")
    assert restore_variant(binned.name).status == "broken"


def test_a_name_that_ships_meanwhile_is_cured_by_renaming(cards):
    make_variant(cards, "report.best", seed=5)
    assert [each.status for each in list_variants() if each.id == "report.best"] == ["trained", "broken"]
    rename_variant("report.best", "mine.best")
    assert get_variant("mine.best").status == "trained"


def test_a_promoted_variant_ships_with_its_recipe(cards, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "EXPERIMENTS", tmp_path / "experiments")
    folder = promote_variant("mine.one", shipped=paths.SHIPPED_CARDS)
    assert folder == paths.SHIPPED_CARDS / "mine.one"
    assert get_variant("mine.one").origin == "shipped"
    assert read_recipe(tmp_path / "experiments" / "mine" / "one.yaml").id == "mine.one"
    assert read_card(folder).faceoff["dataset"] == "FER2013"


@pytest.mark.parametrize(
    ("facts", "missing", "reason"),
    [
        ({"dataset": "schematic faces, seed 0"}, None, "only FER2013 figures ship"),
        ({"dataset": "FER2013"}, paths.HISTORY, "was not trained here"),
        ({"dataset": "FER2013"}, paths.RECIPE, "was not trained here"),
        ({"dataset": "FER2013", "training_share": 0.1}, None, "only what learnt from all can ship"),
    ],
)
def test_only_what_was_trained_here_on_fer2013_can_be_promoted(cards, facts, missing, reason):
    folder = make_variant(cards, "mine.odd", **facts)
    if missing:
        (folder / missing).unlink()
    with pytest.raises(CardError, match=reason):
        promote_variant("mine.odd")
    assert get_variant("mine.odd").origin == "local"


def test_a_disk_that_refuses_is_told_in_a_sentence(cards, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(editing.shutil, "copy2", refuse)
    before = contents(cards)
    with pytest.raises(FerError, match="No space left on device"):
        rename_variant("mine.one", "mine.new")
    assert contents(cards) == before


def test_a_free_name_is_free(cards):
    demand_free_id("mine.new")
