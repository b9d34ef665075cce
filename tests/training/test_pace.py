"""What a training is said to cost, and from what that is known."""

import json
from dataclasses import replace

import pytest

from fer_core import paths
from fer_core.data.preparations import PREPARATIONS, prepare, prepared_size
from fer_core.data.schematic import draw_faces, schematic_dataset
from fer_core.data.store import read_manifest, store_dataset
from fer_core.errors import DataMissingError, TaskError
from fer_core.recipes.changes import changed_recipe
from fer_core.recipes.library import list_recipes
from fer_core.recipes.minutes import CORE, minutes_an_epoch
from fer_core.recipes.recipe import parse_recipe, read_recipe
from fer_core.training import pace, provenance
from fer_core.training.checkpoint import RUN
from fer_core.training.pace import (
    ELSEWHERE,
    ESTIMATED,
    MEASURED,
    find_pace,
    list_traces,
    remember_run,
    workload,
)
from fer_core.training.pace_trial import start_trial
from fer_core.training.provenance import BESIDE, device_name, lasting_machine_id, machine_id
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

TINY = parse_recipe(
    {
        "id": "tiny.net",
        "framework": "torch",
        "architecture": {"name": "customnet", "filters": [8, 16], "groups": 4},
        "batch_size": 16,
    }
)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A variant that was trained here: 5 epochs of 12.5 s on the imported 70 faces, and 20 s around them."""
    _, cards = use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(70, 14))
    made = make_variant(cards, "mine.one", device=device_name(), data_sha256=read_manifest()["sha256"])
    run = paths.runs() / "mine.one"
    run.mkdir(parents=True)
    for name in (paths.RECIPE, paths.HISTORY):
        (run / name).write_bytes((made / name).read_bytes())
    tell(run)
    return get_variant("mine.one")


def tell(run, **facts):
    """Write ``run.json`` as a finished training of this machine does."""
    written = {"id": run.name, "device": device_name(), "machine": machine_id(), "outside_s": 20.0}
    (run / RUN).write_text(json.dumps(written | {"data_sha256": read_manifest()["sha256"]} | facts))


def found(recipe):
    return find_pace(recipe, list_traces(list_variants()), read_manifest())


def test_an_earlier_training_of_the_same_kind_measures_the_next(trained):
    recipe = changed_recipe(read_recipe(trained.recipe_path), {"optimizer.learning_rate": 0.1, "seed": 9})
    known = found(recipe)
    assert (known.worth, known.epoch_s, known.trace.name, known.trace.epochs) == (
        MEASURED,
        12.5,
        "mine.one",
        5,
    )


def test_the_mean_epoch_counts_and_what_lies_around_the_epochs(trained):
    history = paths.runs() / "mine.one" / paths.HISTORY
    history.write_text(history.read_text().replace("12.5", "62.5", 1))
    known = found(read_recipe(trained.recipe_path))
    assert (known.epoch_s, known.outside_s) == (22.5, 20)
    assert known.total_s(4) == 110


def test_a_machine_of_the_same_make_is_another_machine(trained):
    tell(paths.runs() / "mine.one", machine="another")
    known = found(read_recipe(trained.recipe_path))
    assert (known.worth, known.trace.device, known.outside_s) == (ELSEWHERE, device_name(), None)


def test_what_a_training_took_outlives_its_run_folder_and_its_variant(trained):
    recipe = read_recipe(trained.recipe_path)
    remember_run(paths.runs() / "mine.one")
    (paths.runs() / "mine.one" / RUN).unlink()
    known = find_pace(recipe, list_traces([]), read_manifest())
    assert (known.worth, known.epoch_s, known.outside_s, known.trace.epochs) == (MEASURED, 12.5, 20, 5)


def test_a_machine_without_an_id_of_its_own_is_given_one(trained, monkeypatch, tmp_path):
    assert machine_id() == machine_id()
    of_the_system = machine_id()
    monkeypatch.setattr(provenance, "MACHINE_ID", tmp_path / "none")
    assert machine_id() == ""
    assert len(lasting_machine_id()) == 16
    assert machine_id() == lasting_machine_id() != of_the_system


def test_other_batches_or_faces_make_an_estimate_of_it(trained):
    recipe = read_recipe(trained.recipe_path)
    assert found(replace(recipe, batch_size=32)).worth == ESTIMATED
    store_dataset(schematic_dataset(140, 14))
    assert found(recipe) is None  # of that data, only the hash is known
    card = trained.folder / paths.CARD
    card.write_text(card.read_text().replace("protocol:", "dataset: FER2013\n  protocol:", 1))
    known = found(recipe)
    assert known.worth == ELSEWHERE  # a card doesn't say on which machine
    assert known.epoch_s == pytest.approx(12.5 * (140 + 14 / 3) / (28_709 + 3_589 / 3))


def test_a_smoke_run_is_judged_by_a_whole_training_and_the_other_way_round(trained):
    recipe = read_recipe(trained.recipe_path)
    smoke = changed_recipe(recipe, {"data.share": 0.1})
    known = found(smoke)
    assert known.worth == ESTIMATED
    assert known.epoch_s == pytest.approx(12.5 * (7 + 14 / 3) / (70 + 14 / 3))
    (back,) = [replace(known.trace, epoch_s=known.epoch_s, share=0.1)]
    assert find_pace(recipe, [back], read_manifest()).epoch_s == pytest.approx(12.5)


def test_another_machine_s_training_is_said_to_be_one(trained):
    (paths.runs() / "mine.one" / RUN).unlink()
    card = trained.folder / paths.CARD
    card.write_text(card.read_text().replace(f"device: {device_name()}", "device: a mainframe"))
    known = found(read_recipe(trained.recipe_path))
    assert (known.worth, known.trace.device) == (ELSEWHERE, "a mainframe")


def test_a_gpu_somewhere_else_tells_nothing_and_the_one_of_this_machine_all(trained):
    recipe, (*_, trace) = read_recipe(trained.recipe_path), list_traces(list_variants())
    here = replace(trace, device=f"Some GPU{BESIDE}{device_name()}")
    assert find_pace(recipe, [here], read_manifest()).worth == MEASURED
    elsewhere = replace(here, machine="another")
    assert find_pace(recipe, [elsewhere], read_manifest()) is None


def test_another_network_or_picture_size_costs_something_else(trained):
    recipe = read_recipe(trained.recipe_path)
    assert found(changed_recipe(recipe, {"data.input.size": 96})) is None
    assert found(changed_recipe(recipe, {"architecture.name": "other"})) is None
    assert workload(TINY) == workload(
        changed_recipe(TINY, {"architecture.dropout": 0.7, "loss.name": "focal"})
    )


def test_of_a_network_that_nobody_trained_the_table_of_minutes_tells(trained):
    base = read_recipe(list_recipes()["faceoff.base"])
    minutes = minutes_an_epoch()["faceoff.base"].minutes
    of_fer2013 = find_pace(base, list_traces([]), None)
    assert (of_fer2013.worth, of_fer2013.epoch_s) == (ELSEWHERE, 60 * minutes)
    assert (of_fer2013.trace.name, of_fer2013.trace.device) == ("faceoff.base", CORE)
    assert found(base).epoch_s == pytest.approx(60 * minutes * (70 + 14 / 3) / (28_709 + 3_589 / 3))
    assert found(changed_recipe(base, {"architecture.depths": [1, 1, 1]})) is None


def test_a_guess_from_as_many_faces_goes_before_one_that_is_scaled(trained):
    recipe, (*_, trace) = read_recipe(trained.recipe_path), list_traces(list_variants())
    alike = replace(trace, machine="another", epoch_s=20.0)
    smoke = replace(alike, share=0.1, epoch_s=9.0)
    for order in ([alike, smoke], [smoke, alike]):
        known = find_pace(recipe, order, read_manifest())
        assert (known.worth, known.epoch_s) == (ELSEWHERE, 20)


@pytest.mark.parametrize("damage", ["history.csv", "recipe.yaml"])
def test_a_damaged_file_is_passed_over(trained, damage):
    recipe = read_recipe(trained.recipe_path)
    for folder in (trained.folder, paths.runs() / "mine.one"):
        (folder / damage).write_text("{nonsense")
    assert found(recipe) is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"name": 3}]'])
def test_damaged_trials_are_passed_over(trained, content):
    paths.paces().write_text(content)
    assert pace.list_remembered() == []


@pytest.mark.parametrize("name", PREPARATIONS)
def test_the_size_of_a_preparation_is_known_without_preparing(name):
    training = draw_faces(70, 1).take(range(3, 61))
    assert prepared_size(training.counts(), name) == len(prepare(training, name, seed=1))


@pytest.mark.training
def test_trying_a_few_steps_measures_a_network_that_was_never_trained(trained):
    assert found(TINY) is None
    start_trial(TINY).result()
    known = found(TINY)
    assert (known.worth, known.trace.epochs) == (MEASURED, 0)
    assert known.epoch_s > 0 and known.outside_s > 0
    assert found(replace(TINY, batch_size=8)).worth == ESTIMATED


def test_a_network_that_can_t_be_built_is_told_in_a_sentence(trained):
    wrong = changed_recipe(TINY, {"architecture.name": "no_such_net"})
    with pytest.raises(TaskError, match="Trying tiny.net failed: torch has no architecture 'no_such_net'"):
        start_trial(wrong).result()


def test_without_data_nothing_can_be_tried(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    with pytest.raises(DataMissingError):
        start_trial(TINY)
