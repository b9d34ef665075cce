"""``python -m fer_core train``: names that are taken, runs to go on with, rows to ship; nothing is lost."""

import shutil
import subprocess
import sys

from fer_core import paths
from fer_core.curation.editing import annotate_variant, list_bin
from fer_core.curation.shipping import ship_variant
from fer_core.jobs import service
from fer_core.variants.card import read_card, write_card
from fer_core.variants.registry import get_variant, list_rows_to_ship, list_variants
from tests.jobs.conftest import softmax, write
from tests.jobs.train_command import SHIPPED, command, kept, train, trained


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
    write_card(row.folder, row.card.faceoff | {"dataset": "FER2013"})  # drawn faces do not ship
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


def test_a_file_beside_the_recipe_that_is_no_text_stops_nothing(home):
    file = write(softmax(epochs=1), home)
    (file.parent / "picture.yaml").write_bytes(bytes(range(256)))
    train(file)
    assert set(trained()) == {"tiny.softmax"}


def test_a_folder_that_can_receive_nothing_is_named_before_the_first_epoch(home):
    text = train(write(softmax(epochs=1), home), "--cards", "/dev/null/cards", expect=1)
    assert "--cards: /dev/null/cards can't be written" in text and "epoch" not in text


def test_weights_that_are_not_there_are_named(home):
    text = train(write(softmax(epochs=1), home), "--weights", home / "nothing", expect=1)
    assert f"There is no file or folder of weights {home / 'nothing'}." in text
