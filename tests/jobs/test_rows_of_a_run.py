"""One training serves several rows of a report: each is the epoch that it wants."""

import shutil

import pandas as pd
import pytest

from fer_core import paths
from fer_core.evaluation.predictions import read_predictions
from fer_core.jobs import service
from fer_core.jobs.service import State
from fer_core.recipes.recipe import parse_recipe, recipe_mapping
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import softmax, wait_for, write
from tests.jobs.train_command import command, kept, train, trained

FOUR = {
    "tiny.run": {"epochs": 6, "checkpoint_on": "val_loss"},
    "tiny.best": {"epochs": 6, "checkpoint_on": "val_accuracy", "from_run": "tiny.run"},
    "tiny.two": {"epochs": 2, "checkpoint_on": "val_loss", "from_run": "tiny.run"},
    "tiny.three": {"epochs": 3, "checkpoint_on": "last", "from_run": "tiny.run"},
}


@pytest.fixture
def four(home):
    """The recipe file of a run that serves four rows, the other three beside it."""
    folder = home / "recipes"
    folder.mkdir()
    files = [write(softmax(name, **settings), folder) for name, settings in FOUR.items()]
    return files[0]


def check_four(ids):
    run, best, two, three = ids
    history = pd.read_csv(get_variant(run).history_path)
    assert kept(run)[:2] == (6, 6)
    assert kept(run)[2] == history["epoch"][history["val_loss"].idxmin()]
    assert kept(best)[2] == history["epoch"][history["val_accuracy"].idxmax()]
    assert kept(two) == (2, 2, history["epoch"][history["val_loss"][:2].idxmin()])
    assert kept(three) == (3, 3, 3)
    for name in ids:
        variant = get_variant(name)
        own = pd.read_csv(variant.history_path)
        pd.testing.assert_frame_equal(own, history[: len(own)])
        predictions = read_predictions(variant.predictions_path)
        chosen = predictions.split == "PublicTest"
        right = predictions.probs[chosen].argmax(axis=1) == predictions.label[chosen]
        assert right.mean() == pytest.approx(history["val_accuracy"][kept(name)[2] - 1], abs=0.03)
        if name != run:
            assert variant.card.faceoff["from_run"] == run


def test_one_training_registers_every_row_of_its_run(home, four):
    text = train(four)
    assert "It also makes tiny.best, another epoch of the same run." in text
    assert set(trained()) == set(FOUR)
    check_four(FOUR)
    listed = command("list").communicate()[0]
    assert all(f"{name} " in listed for name in FOUR)


def test_a_stopped_run_of_four_rows_is_resumed_with_all_of_them(home, four):
    (home / "recipes" / "tiny.run.yaml").unlink()
    file = write(softmax("tiny.run", batch_s=0.03, **FOUR["tiny.run"]), four.parent)
    for name, settings in list(FOUR.items())[1:]:
        write(softmax(name, batch_s=0.03, **settings), four.parent)
    process = command("train", file)
    for line in process.stdout:
        if line.strip().startswith("epoch 3/"):
            process.kill()
            break
    process.communicate()
    train(file, "--resume")
    assert set(trained()) == set(FOUR)
    check_four(FOUR)


def test_rows_of_a_run_get_free_names_where_theirs_are_taken(home, four):
    train(four)
    train(four)
    again = {f"{name}_2" for name in FOUR}
    assert set(trained()) == set(FOUR) | again
    check_four([f"{name}_2" for name in FOUR])


def test_a_job_makes_every_row_of_its_run_as_well(home, tmp_path, monkeypatch):
    experiments = tmp_path / "experiments" / "tiny"
    experiments.mkdir(parents=True)
    for name, settings in FOUR.items():
        shutil.move(write(softmax(name, **settings), home), experiments / f"{name.partition('.')[2]}.yaml")
    monkeypatch.setattr(paths, "EXPERIMENTS", tmp_path / "experiments")
    job = service.submit(service.find_recipe("tiny.run"))
    wait_for(job, State.DONE)
    assert set(trained()) == set(FOUR)
    check_four(FOUR)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 2}, "tiny.two says from_run: tiny.run, but seed differ"),
        ({"epochs": 9}, "tiny.two says from_run: tiny.run, but has 9 epochs, more than the 6 of the run."),
    ],
)
def test_a_row_that_cannot_come_out_of_the_run_is_refused_before_it(home, four, change, sentence):
    recipe = parse_recipe(recipe_mapping(softmax("tiny.two", **FOUR["tiny.two"])) | change)
    write(recipe, four.parent)
    assert sentence in train(four, expect=1)
    assert trained() == {}
