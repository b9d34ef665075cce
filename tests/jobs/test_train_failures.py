"""What goes wrong in ``python -m fer_core train`` is one sentence, and the run can go on."""

import json
import shutil
import subprocess
import time

import numpy as np
import pandas as pd
import pytest

from fer_core.jobs import service
from fer_core.jobs.service import State, Wish
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import SOFTMAX, softmax, wait_for, wait_until, write
from tests.jobs.train_command import train


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
    text = train(write(softmax(fault="nan_answers:2", checkpoint_on="last"), home), expect=1)
    assert (
        "The validation loss is not a number after epoch 2: lower optimizer.learning_rate (now 0.05)." in text
    )
    assert len(pd.read_csv(home / "runs/tiny.softmax/history.csv")) == 1


def test_a_full_disk_is_told_in_one_sentence_and_the_run_goes_on_when_there_is_space(home):
    text = train(write(softmax(fault="disk:2"), home), expect=1)
    assert f"The disk of FER_HOME, {home}, is full" in text
    train(write(softmax(), home), "--set", "architecture.fault=", "--resume", expect=1)  # another recipe
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
    text = train(write(softmax(fault="stuck:2"), home), expect=1, FER_STALL_S="2")
    assert "The training made no step for 2 seconds" in text
    assert "resume it after its last finished epoch; FER_STALL_S sets the limit." in text
    assert time.monotonic() - began < 600  # how long it would have been stuck
    assert json.loads((home / "runs/tiny.softmax/checkpoint/loop.json").read_text())["epoch"] == 1


def test_a_job_that_makes_no_step_fails_with_the_sentence_and_can_be_resumed(home, monkeypatch):
    monkeypatch.setenv("FER_STALL_S", "2")
    job = wait_for(service.submit(softmax(fault="stuck:2"), Wish(cpus=1)), State.FAILED)
    assert "The training made no step for 2 seconds" in job.reason
    wait_until(lambda: service.get_job(job.id).is_over, "its end")
    assert service.Action.RESUME in service.legal_actions(service.get_job(job.id))


@pytest.mark.parametrize("setting", ["soon", "-1", "inf"])
def test_a_wrong_stall_limit_is_refused(home, setting):
    text = train(write(softmax(), home), expect=1, FER_STALL_S=setting)
    assert f"FER_STALL_S is '{setting}'; it must be a number of seconds, 0 to never end one." in text
