"""Trainings killed or signalled to end are tried again, and end like those that nobody interrupted."""

import os
import signal
import sqlite3
import threading

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from fer_core import paths
from fer_core.jobs import service, train_one
from fer_core.jobs.backends import LocalProcesses
from fer_core.jobs.folder import attempt_folder, read_exit
from fer_core.jobs.resources import Capacity
from fer_core.jobs.runner import Runner
from fer_core.jobs.service import State
from fer_core.jobs.store import open_store
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import softmax, wait_for, wait_until
from tests.jobs.traces import SLOW, history, trace, trained_epochs

pytestmark = pytest.mark.usefixtures("home")


def weights(variant_id):
    return load_file(get_variant(variant_id).folder / paths.WEIGHTS)["weights"]


def test_a_killed_and_resumed_training_ends_like_an_uninterrupted_one():
    whole = wait_for(service.submit(softmax("tiny.whole", epochs=8)), State.DONE)
    job = service.submit(softmax("tiny.killed", **SLOW))
    for epochs in (1, 4):
        wait_until(lambda wanted=epochs: trained_epochs(job) >= wanted, f"{epochs} epochs")
        os.kill(wait_for(job, State.RUNNING).pid, signal.SIGKILL)
        wait_for(job, State.QUEUED, State.STARTING)
    done = wait_for(job, State.DONE)
    assert done.attempt == 3
    pd.testing.assert_frame_equal(history(whole.variant_id), history(done.variant_id))
    assert np.array_equal(weights(whole.variant_id), weights(done.variant_id))


def test_a_training_that_the_system_asks_to_end_is_tried_again():
    job = service.submit(softmax(**SLOW))
    wait_until(lambda: trained_epochs(job), "the first epoch")
    os.kill(wait_for(job, State.RUNNING).pid, signal.SIGTERM)
    done = wait_for(job, State.DONE)
    assert done.attempt == 2
    assert trace(job)[-1] == 8


def test_an_interruption_that_a_library_turns_into_an_error_of_its_own_is_still_one(no_runner, monkeypatch):
    """As an exporter does that catches whatever happens while it works."""

    def export(*_):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            wait_until(lambda: False, "the signal")
        except BaseException as error:
            raise RuntimeError("\x1b[96mThis is step 2/3\x1b[0m of exporting") from error

    before = signal.getsignal(signal.SIGTERM)
    job = service.submit(softmax())
    open_store().move(job, State.STARTING)
    monkeypatch.setattr(train_one, "_train", export)
    monkeypatch.setattr(train_one, "_signalled_to_end", threading.Event())
    try:
        assert train_one.main([str(job.folder), "--attempt", "1"]) == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
    assert read_exit(attempt_folder(job.folder, 1)).state is State.INTERRUPTED


def test_a_training_asked_to_end_while_it_exports_is_queued_again_whatever_the_exporter_makes_of_it(home):
    job = service.submit(softmax(fault="export:99"))
    wait_until((home / "traces/exporting").exists, "the export")
    os.kill(wait_for(job, State.RUNNING).pid, signal.SIGTERM)
    done = wait_for(job, State.DONE)
    assert (home / "traces/swallowed").exists()
    assert (done.attempt, done.stalled) == (2, 0)
    assert trace(job) == [1, 2, 3]
    assert get_variant(done.variant_id).status == "trained"


def test_a_training_asked_to_end_again_and_again_while_it_exports_is_never_given_up(home, no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job, mark = service.submit(softmax(fault="export:99")), home / "traces/exporting"
    for attempt in range(1, 6):
        wait_until(lambda: watched.look() and mark.exists(), "the export")
        os.kill(service.get_job(job.id).pid, signal.SIGTERM)
        wait_until(lambda last=attempt: watched.look() and service.get_job(job.id).attempt > last, "the next")
        mark.unlink()
    assert service.get_job(job.id).stalled == 0


def test_a_variant_that_a_job_wrote_before_it_died_makes_room_without_going_to_the_bin(no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job = service.submit(softmax())
    wait_until(lambda: not watched.look(), "the job to be done")
    (job.folder / "attempt-1/exit.json").unlink()
    with sqlite3.connect(paths.jobs_database()) as database:
        database.execute("update jobs set state = 'running'")  # as it is before the end is written down
    wait_until(lambda: not watched.look(), "the job to be done again")
    assert (service.get_job(job.id).state, service.get_job(job.id).attempt) == (State.DONE, 2)
    assert get_variant(job.variant_id).status == "trained"
    assert not paths.binned().exists()
