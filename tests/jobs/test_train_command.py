"""``python -m fer_core train``: whatever happens, nothing that was there is lost, and one sentence says what is."""

import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from fer_core import paths
from fer_core.curation.editing import annotate_variant, list_bin
from fer_core.curation.shipping import ship_variant
from fer_core.evaluation.predictions import read_predictions
from fer_core.jobs import service
from fer_core.jobs.service import State, Wish
from fer_core.recipes.recipe import parse_recipe, recipe_mapping
from fer_core.variants.card import read_card
from fer_core.variants.facts import Status
from fer_core.variants.registry import get_variant, list_rows_to_ship, list_variants
from tests.jobs.conftest import SOFTMAX, softmax, wait_for, wait_until, write

SHIPPED = "ece176.customnet_10"


def command(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "fer_core", *map(str, arguments)],
        cwd=paths.REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def train(*arguments, expect=0, **environment):
    """Run the command as a user does; returns what it printed."""
    process = command("train", *arguments, **environment)
    text, _ = process.communicate(timeout=120)
    assert process.returncode == expect, text
    assert "Traceback" not in text
    return text


def trained():
    """The local variants by id, of which none may be broken."""
    local = [variant for variant in list_variants() if variant.origin == "local"]
    assert [variant.reason for variant in local if variant.status == Status.BROKEN] == []
    return {variant.id: variant for variant in local}


def kept(variant_id):
    facts = get_variant(variant_id).card.faceoff
    return facts["epochs_run"], facts["epochs_planned"], facts["epoch_kept"]


def test_a_shipped_id_gets_a_free_one_before_the_first_epoch(home):
    file = write(softmax(SHIPPED, epochs=2), home)
    lines = train(file).splitlines()
    assert lines[0] == f"{SHIPPED} ships with Faceoff: this one will be {SHIPPED}_2."
    assert set(trained()) == {f"{SHIPPED}_2"}
    assert get_variant(SHIPPED).origin == "shipped"
    assert get_variant(f"{SHIPPED}_2").card.faceoff["summary"] == f"Made from {SHIPPED}, unchanged."


def test_an_id_that_is_only_a_recipe_is_free(home):
    row = next(variant.id for variant in list_variants() if variant.status == "recipe-only")
    train(write(softmax(row, epochs=1), home))
    assert set(trained()) == {row}


def test_a_local_id_stays_with_its_note_and_the_second_one_gets_its_own(home):
    file = write(softmax(epochs=1), home)
    train(file)
    annotate_variant("tiny.softmax", "precious")
    text = train(file)
    assert "There is a variant tiny.softmax already: this one will be tiny.softmax_2." in text
    assert set(trained()) == {"tiny.softmax", "tiny.softmax_2"}
    assert get_variant("tiny.softmax").card.faceoff["note"] == "precious"


def test_replacing_puts_the_old_one_in_the_bin_with_its_note(home):
    file = write(softmax(epochs=1), home)
    train(file)
    annotate_variant("tiny.softmax", "precious")
    assert "The tiny.softmax that was there is in the bin now." in train(file, "--replace")
    (binned,) = list_bin()
    assert read_card(binned.folder).faceoff["note"] == "precious"
    assert "note" not in get_variant("tiny.softmax").card.faceoff


def test_a_shipped_variant_is_not_replaced_by_a_local_one(home):
    text = train(write(softmax(SHIPPED, epochs=1), home), "--replace", expect=1)
    assert f"{SHIPPED} ships with Faceoff: --replace is for your own, --for-row for shipped ones." in text
    assert trained() == {}


def test_the_id_of_a_job_is_not_taken_from_it(home, no_runner):
    recipe = softmax(epochs=1)
    job = service.submit(recipe)
    text = train(write(recipe, home))
    assert "There is a job that makes tiny.softmax: this one will be tiny.softmax_2." in text
    assert job.variant_id == "tiny.softmax"
    assert set(trained()) == {"tiny.softmax_2"}


def test_a_name_and_changes_are_taken_as_jobs_take_them(home):
    file = write(softmax(epochs=1), home)
    train(file, "--set", "optimizer.learning_rate=0.1")
    train(file, "--set", "optimizer.learning_rate=0.2", "--name", "mine.faster")
    assert set(trained()) == {"tiny.softmax_learning_rate_0_1", "mine.faster"}
    facts = get_variant("mine.faster").card.faceoff
    assert "optimizer.learning_rate is 0.2 instead of 0.05." in facts["deviations"]
    assert "choose another name" in train(file, "--name", "mine.faster", expect=1)
    assert "is no variant id" in train(file, "--name", "Mine", expect=1)
    assert "did you mean learning_rate" in train(file, "--set", "optimizer.learning_rat=1", expect=1)


def test_a_second_training_of_one_id_at_the_same_time_is_refused_at_once(home):
    file = write(softmax(epochs=40, batch_s=0.02), home)
    first = command("train", file)
    for line in first.stdout:
        if line.strip().startswith("epoch 2/"):
            break
    text = train(file, expect=1)
    assert "tiny.softmax is being trained by another process already" in text
    text, _ = first.communicate(timeout=60)
    assert first.returncode == 0, text
    assert set(trained()) == {"tiny.softmax"}
    assert kept("tiny.softmax")[:2] == (40, 40)


def test_a_stopped_run_is_not_lost_to_a_new_one_that_forgets_to_resume(home):
    file = write(softmax(epochs=40, batch_s=0.02), home)
    first = command("train", file)
    for line in first.stdout:
        if line.strip().startswith("epoch 3/"):
            first.send_signal(2)
            break
    first.communicate(timeout=60)
    text = train(file, "--epochs", 1)
    assert "that is not finished, and --resume goes on with: this one will be tiny.softmax_epochs_1." in text
    train(file, "--resume", "--epochs", 5)
    assert {"tiny.softmax", "tiny.softmax_epochs_1"} == set(trained())
    assert kept("tiny.softmax")[:2] == (5, 40)


def test_a_run_under_another_name_is_resumed_by_its_recipe(home):
    file = write(softmax(epochs=2), home)
    train(file)
    train(file, "--epochs", 1)  # tiny.softmax_epochs_1
    train(file, "--name", "tiny.softmax_epochs_1", "--resume", "--epochs", 2)
    assert kept("tiny.softmax_epochs_1")[:2] == (2, 2)
    assert "tiny.softmax_epochs_1" in {binned.id for binned in list_bin()}


def test_a_row_trained_again_waits_to_be_shipped_and_then_takes_its_place(home, tmp_path, monkeypatch):
    recipe = softmax(SHIPPED, epochs=1)
    experiments = tmp_path / "experiments"
    (experiments / "ece176").mkdir(parents=True)
    monkeypatch.setattr(paths, "EXPERIMENTS", experiments)
    shutil.move(write(recipe, home), experiments / "ece176" / "customnet_10.yaml")
    code = (
        "import sys; from pathlib import Path; from fer_core import paths; "
        f"paths.EXPERIMENTS = Path({str(experiments)!r}); from fer_core.__main__ import main; sys.exit(main())"
    )
    arguments = [sys.executable, "-c", code, "train", SHIPPED, "--for-row"]
    done = subprocess.run(arguments, cwd=paths.REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"ship {SHIPPED}` puts it in the place of the shipped one" in done.stdout
    assert trained() == {}
    (row,) = list_rows_to_ship()
    shipped = tmp_path / "model_cards"
    shutil.copytree(paths.SHIPPED_CARDS / SHIPPED, shipped / SHIPPED)
    assert ship_variant(row, shipped) == shipped / SHIPPED
    assert read_card(shipped / SHIPPED).faceoff["epochs_planned"] == 1
    assert list_rows_to_ship() == []


def test_only_a_row_as_it_stands_is_trained_for_shipping(home):
    text = train(write(softmax(epochs=1), home), "--for-row", expect=1)
    assert "tiny.softmax is none, or changed" in text
    text = train(write(softmax(SHIPPED, epochs=1), home), "--for-row", expect=1)
    assert f"{SHIPPED} differs from its recipe in experiments/; give its id instead." in text


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


def damage(run, folder="checkpoint", name="state.safetensors"):
    file = run / folder / name
    content = bytearray(file.read_bytes())
    content[-5] ^= 0xFF
    file.unlink()
    file.write_bytes(content)


def stopped_run(home, epochs):
    """A run that ended, and is to go on with more epochs; returns its recipe file and folder."""
    file = write(softmax(epochs=6), home)
    train(file, "--epochs", epochs)
    return file, home / "runs" / "tiny.softmax"


def test_a_damaged_checkpoint_falls_back_an_epoch_and_the_card_says_so(home):
    file, run = stopped_run(home, 3)
    whole = pd.read_csv(run / "history.csv")
    damage(run)
    text = train(file, "--resume", "--epochs", 4)
    sentence = "Its last checkpoint was damaged (checkpoint/state.safetensors), so it went on after epoch 2."
    assert sentence in text
    card = get_variant("tiny.softmax").card.faceoff
    assert sentence in card["deviations"]
    history = pd.read_csv(run / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    assert np.allclose(history["val_loss"][:3], whole["val_loss"], atol=1e-6)


def test_two_damaged_checkpoints_are_told_in_one_sentence(home):
    file, run = stopped_run(home, 3)
    damage(run)
    damage(run, "checkpoint.previous", "best.safetensors")
    text = train(file, "--resume", expect=1)
    assert "is damaged (checkpoint/state.safetensors, checkpoint.previous/best.safetensors)" in text


def test_a_validation_loss_that_is_not_a_number_is_told_with_the_epoch(home):
    text = train(write(softmax(trouble="nan_answers:2", checkpoint_on="last"), home), expect=1)
    assert (
        "The validation loss is not a number after epoch 2: lower optimizer.learning_rate (now 0.05)." in text
    )
    assert len(pd.read_csv(home / "runs/tiny.softmax/history.csv")) == 1


def test_a_full_disk_is_told_in_one_sentence_and_the_run_goes_on_when_there_is_space(home):
    text = train(write(softmax(trouble="disk:2"), home), expect=1)
    assert f"The disk of FER_HOME, {home}, is full" in text
    train(write(softmax(), home), "--set", "architecture.trouble=", "--resume", expect=1)  # another recipe
    assert json.loads((home / "runs/tiny.softmax/checkpoint/loop.json").read_text())["epoch"] == 1


def test_a_home_that_cannot_be_written_is_told_in_one_sentence(tmp_path, drawn_data):
    home = tmp_path / "readonly"
    home.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", home], capture_output=True
    ).returncode:
        pytest.skip("needs the right to mount a disk")
    try:
        shutil.copytree(drawn_data, home / "data")
        file = write(softmax(), tmp_path)
        subprocess.run(["mount", "-o", "remount,ro", home], check=True)
        text = train(file, expect=1, FER_HOME=str(home), FER_TRAINER_CLASS=SOFTMAX)
        assert "Read-only file system" in text or "can't be" in text
        assert len(text.strip().splitlines()) == 1
    finally:
        subprocess.run(["umount", "-l", home], check=True)


def test_a_key_written_twice_in_a_recipe_is_refused_with_both_lines(home):
    file = write(softmax(), home)
    file.write_text("epochs: 1\n" + file.read_text())
    assert "the key 'epochs' is written twice, in lines 1 and" in train(file, expect=1)


def test_a_training_that_makes_no_step_is_ended_and_says_so(home):
    began = time.monotonic()
    text = train(write(softmax(trouble="stuck:2"), home), expect=1, FER_STALL_S="2")
    assert "The training made no step for 2 seconds" in text
    assert "resume it after its last finished epoch; FER_STALL_S sets the limit." in text
    assert time.monotonic() - began < 600  # how long it would have been stuck
    assert json.loads((home / "runs/tiny.softmax/checkpoint/loop.json").read_text())["epoch"] == 1


def test_a_job_that_makes_no_step_fails_with_the_sentence_and_can_be_resumed(home, monkeypatch):
    monkeypatch.setenv("FER_STALL_S", "2")
    job = wait_for(service.submit(softmax(trouble="stuck:2"), Wish(cpus=1)), State.FAILED)
    assert "The training made no step for 2 seconds" in job.reason
    wait_until(lambda: service.get_job(job.id).is_over, "its end")
    assert service.Action.RESUME in service.legal_actions(service.get_job(job.id))


@pytest.mark.parametrize("setting", ["soon", "-1", "inf"])
def test_a_wrong_stall_limit_is_refused(home, setting):
    text = train(write(softmax(), home), expect=1, FER_STALL_S=setting)
    assert f"FER_STALL_S is '{setting}'; it must be a number of seconds, 0 to never end one." in text
