"""Real jobs in real processes: queued, started in their order, and closed with a variant."""

import json
import os
import sys
from itertools import pairwise
from types import ModuleType

import numpy as np
import pandas as pd
import psutil
import pytest

from fer_core import paths
from fer_core.jobs import service, starting
from fer_core.jobs.service import Action, State, Wish
from fer_core.training.provenance import machine_id
from fer_core.variants.card import read_card
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import softmax, wait_for, wait_until
from tests.jobs.traces import SLOW, history

pytestmark = pytest.mark.usefixtures("home")


def test_submitting_starts_a_runner_that_trains_and_makes_the_variant(home):
    job = wait_for(service.submit(softmax()), State.DONE)
    assert get_variant(job.variant_id).can_predict
    assert history(job.variant_id)["epoch"].tolist() == [1, 2, 3]
    assert service.legal_actions(job) == (Action.DELETE,)
    assert f"Wrote {home}" in service.read_log(job)
    progress = service.read_progress(job)
    assert (progress.epoch, progress.epochs, progress.share, progress.finishing, progress.left_s) == (
        3,
        3,
        1.0,
        True,
        0,
    )
    assert 0 < job.submitted_at <= job.started_at <= job.ended_at


def test_a_job_is_told_what_an_epoch_took_before_and_remembers_what_its_own_took():
    first = wait_for(service.submit(softmax()), State.DONE)
    facts = json.loads((first.folder / "run.json").read_text())
    assert facts["machine"] == machine_id() and facts["outside_s"] > 0
    second = wait_for(service.submit(softmax()), State.DONE)
    mean_s = pd.read_csv(first.folder / paths.HISTORY)["seconds"].mean()
    assert service.read_progress(second).thought_s == pytest.approx(mean_s, abs=0.001)


def test_the_card_tells_where_the_variant_comes_from():
    parent = wait_for(service.submit(softmax()), State.DONE)
    wish = Wish(changes={"seed": 2, "epochs": 5}, epochs=2, start_from=parent.variant_id)
    job = wait_for(service.submit(softmax(), wish), State.DONE)
    facts = read_card(paths.local_cards() / job.variant_id).faceoff
    assert (facts["parent"], facts["job"], facts["seed"]) == (parent.variant_id, job.id, 2)
    assert facts["data_sha256"] == load_order(job)["data_sha256"]
    assert facts["code_sha256"] == load_order(job)["code_sha256"]
    assert facts["environment"]["python"] == sys.version.split()[0]
    assert facts["deviations"] == [
        "epochs is 5 instead of 3.",
        "seed is 2 instead of 1.",
        "At most 2 epochs were run instead of the recipe's 5.",
        f"It began with the weights of {parent.variant_id}.",
    ]


def load_order(job):
    return json.loads((job.folder / "job.json").read_text())


def test_event_files_are_read_by_tensorboard(monkeypatch):
    # TensorBoard's own reader: TensorFlow's would bring TensorFlow into the process of all later tests.
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", ModuleType("notf"))
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    job = wait_for(service.submit(softmax()), State.DONE)
    (file,) = (job.folder / "attempt-1/tb").iterdir()
    found = {}
    for event in EventFileLoader(str(file)).Load():
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.tensor.float_val[0]))
    expected = history(job.variant_id)
    assert [step for step, _ in found["epoch/val_loss"]] == [1, 2, 3]
    for column in ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"):
        values = [value for _, value in found[f"epoch/{column}"]]
        assert np.allclose(values, expected[column], atol=1e-6), column


def test_more_urgent_jobs_run_first_and_equal_ones_in_their_order(home):
    with starting.runner_lock():
        for name, priority in (("third", 0), ("fourth", 0), ("first", 9), ("second", 1), ("last", -5)):
            service.submit(softmax(f"tiny.{name}", epochs=1), Wish(priority=priority, cpus=2))
    service.ensure_runner()
    wait_until(lambda: all(job.state is State.DONE for job in service.list_jobs()), "all jobs")
    jobs = sorted(service.list_jobs(), key=lambda job: job.started_at)
    assert [job.variant_id for job in jobs] == [
        f"tiny.{name}" for name in ("first", "second", "third", "fourth", "last")
    ]
    assert all(one.ended_at <= next_one.started_at for one, next_one in pairwise(jobs))


def test_jobs_share_the_machine_as_far_as_it_goes():
    jobs = [service.submit(softmax(f"tiny.n{number}", **SLOW), Wish(cpus=1)) for number in range(3)]
    for job in jobs[:2]:
        wait_for(job, State.RUNNING)
    assert service.get_job(jobs[2].id).state is State.QUEUED
    service.cancel(jobs[0].id)
    wait_for(jobs[2], State.RUNNING)


def test_a_job_keeps_to_its_slot():
    job = wait_for(service.submit(softmax(**SLOW), Wish(cpus=1)), State.RUNNING)
    environment = psutil.Process(job.pid).environ()
    assert environment["OMP_NUM_THREADS"] == environment["TF_NUM_INTRAOP_THREADS"] == "1"
    assert environment["CUDA_VISIBLE_DEVICES"] == ""
    assert os.getsid(job.pid) == job.pid != os.getsid(0)


def test_a_deleted_job_leaves_its_variant():
    job = wait_for(service.submit(softmax()), State.DONE)
    service.delete(job.id)
    assert service.list_jobs() == []
    assert not job.folder.exists()
    assert get_variant(job.variant_id).can_predict
