"""Jobs of real frameworks: killed, resumed, and closed with a variant."""

import os
import signal

import numpy as np
import pandas as pd
import psutil
import pytest

from fer_core import paths
from fer_core.data.schematic import draw_faces
from fer_core.jobs import service
from fer_core.jobs.service import State, Wish
from fer_core.recipes.recipe import parse_recipe
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import wait_for, wait_until

pytestmark = [pytest.mark.training, pytest.mark.usefixtures("home")]

RECIPES = {
    "torch": {
        "architecture": {"name": "customnet", "filters": [8, 16], "groups": 4, "dropout": 0.3},
        "data": {"augmentation": {"rotation": 10, "horizontal_flip": True}},
        "optimizer": {"name": "sgd", "momentum": 0.9, "learning_rate": 0.02},
        "schedule": {"name": "plateau", "patience": 1},
    },
    "keras": {
        "architecture": {"name": "pisa_cnn", "convolutions": [1, 1], "filters": [4, 8], "head": 8},
        "optimizer": {"learning_rate": 0.003},
    },
}


@pytest.fixture(autouse=True)
def own_trainers(home, monkeypatch):
    """The frameworks' own trainers, in place of the quick one."""
    monkeypatch.delenv("FER_TRAINER_CLASS")


def recipe(framework, **settings):
    content = {"id": f"tiny.{framework}", "framework": framework, "batch_size": 16, "epochs": 3}
    return parse_recipe(content | RECIPES[framework] | settings)


def test_a_killed_torch_training_ends_in_the_same_weights_as_an_uninterrupted_one():
    wish = Wish(cpus=1)
    whole = service.submit(recipe("torch", epochs=20), wish)
    job = service.submit(recipe("torch", epochs=20), wish)
    wait_until(lambda: len(service.read_history(job)) >= 2, "two epochs")
    os.kill(wait_for(job, State.RUNNING).pid, signal.SIGKILL)
    assert wait_for(job, State.DONE).attempt == 2
    first, second = (get_variant(wait_for(each, State.DONE).variant_id) for each in (whole, job))
    histories = [pd.read_csv(each.history_path).drop(columns="seconds") for each in (first, second)]
    pd.testing.assert_frame_equal(*histories)
    faces = draw_faces(21, 7).faces
    answers = [load_classifier(each.id).predict_proba(faces) for each in (first, second)]
    assert np.array_equal(*answers)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_a_training_asked_to_end_during_the_export_is_queued_again_and_finished(framework):
    job = service.submit(recipe(framework, epochs=1), Wish(cpus=1))
    wait_until(lambda: (progress := service.read_progress(job)) and progress.finishing, "the export")
    running = wait_for(job, State.RUNNING)
    os.kill(running.pid, signal.SIGTERM)
    done = wait_for(job, State.DONE)
    assert (done.attempt, done.stalled, done.reason) == (2, 0, "")
    assert get_variant(done.variant_id).can_predict
    assert not paths.binned().exists()


def test_a_keras_job_trains_in_a_process_without_torch_and_leaves_event_files():
    job = service.submit(recipe("keras", epochs=6))
    wait_until(lambda: service.read_progress(job), "the first batches")
    loaded = " ".join(
        region.path for region in psutil.Process(wait_for(job, State.RUNNING).pid).memory_maps()
    )
    assert "tensorflow" in loaded
    assert "libtorch" not in loaded
    wait_for(job, State.DONE)
    assert get_variant(job.variant_id).can_predict
    assert list((job.folder / "attempt-1/tb").glob("events.out.tfevents.*"))
    assert {"keras", "tensorflow"} <= set(get_variant(job.variant_id).card.faceoff["environment"])


@pytest.mark.parametrize(
    ("architecture", "sentence"),
    [
        ({"name": "custmnet"}, "no architecture 'custmnet'; did you mean customnet?"),
        ({"name": "customnet", "filters": [1 << 20, 1 << 20]}, "ran out of memory"),
    ],
    ids=["architecture", "memory"],
)
def test_what_only_the_framework_can_tell_is_told_in_one_sentence(architecture, sentence):
    job = wait_for(service.submit(recipe("torch", architecture=architecture)), State.FAILED)
    assert sentence in job.reason
