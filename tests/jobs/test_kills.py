"""Sixty times kill -9: of trainings, of the runner, of the web server, in every state that jobs can be in."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from fer_core import paths
from fer_core.jobs import service
from fer_core.jobs.service import Action, State
from fer_core.training.run_folder import LOCK
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import home_in, kill_processes_of, softmax, wait_for, wait_until
from tests.jobs.web_server import TRAINING

#: Who is killed while some job is in which state (for a training, its own), and how often; 60 in all.
PLAN = {
    ("training", State.STARTING): 8,
    ("training", State.RUNNING): 15,
    ("training", "finishing"): 5,
    ("training", State.CANCELLING): 6,
    ("runner", State.QUEUED): 3,
    ("runner", State.STARTING): 4,
    ("runner", State.RUNNING): 4,
    ("runner", State.CANCELLING): 3,
    ("server", State.QUEUED): 4,
    ("server", State.STARTING): 3,
    ("server", State.RUNNING): 3,
    ("server", State.CANCELLING): 2,
}
SEED = 2013


@pytest.fixture(scope="module")
def home(tmp_path_factory, drawn_data):
    home = tmp_path_factory.mktemp("kills")
    (home / "data").symlink_to(drawn_data)
    with home_in(home, FER_JOBS_CPUS="3"):
        yield home


class Server:
    """The web server, started again whenever it has been killed."""

    def __init__(self, home):
        self.log = (home / "server.log").open("a")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.web_server", "4"],
            cwd=paths.REPOSITORY,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()


@pytest.fixture(scope="module")
def killed(home):
    """Every kill that was done; afterwards all jobs are over, cancelled ones having been resumed."""
    rng = random.Random(SEED)
    plan = [kill for kill, count in PLAN.items() for _ in range(count)]
    rng.shuffle(plan)
    server, kills = Server(home), []
    try:
        for victim, state in plan:
            wait_until(lambda v=victim, s=state: strike(home, server, v, s, rng), f"a {victim} at {state}")
            kills.append((victim, state))
        (home / "enough").touch()
        wait_until(all_done, "all jobs to be done")
    finally:
        server.kill()
        server.log.close()
    return kills


def strike(home, server, victim, state, rng):
    """Kill -9 the victim while a job is in the state; False while there is none, or it was too late."""
    user_goes_on()
    job = find(state)
    if job is None:
        return False
    if state is State.RUNNING:
        time.sleep(rng.uniform(0, 0.2))  # any moment of an epoch, or of the writing after it
    if victim == "server":
        server.kill()
        server.start()
        return True
    words = ("train_one", job.id) if victim == "training" else ("jobs.runner",)
    return kill_processes_of(home, *words)


def find(state):
    """A job in the wished state, brought there where it takes a user to."""
    if state is State.CANCELLING:
        running = service.list_jobs({State.RUNNING})
        return service.cancel(running[-1].id) if running else None
    if state == "finishing":
        running = ((job, service.read_progress(job)) for job in service.list_jobs({State.RUNNING}))
        return next((job for job, progress in running if progress and progress.finishing), None)
    return next(iter(service.list_jobs({state})), None)


def user_goes_on():
    """Whoever cancelled a job resumes it, and whoever sees one given up tries it again."""
    for job in service.list_jobs({State.CANCELLED, State.FAILED}):
        assert job.state is State.CANCELLED or "died 3 times" in job.reason, job.reason
        again = service.resume if Action.RESUME in service.legal_actions(job) else service.retry
        again(job.id)


def all_done():
    user_goes_on()
    return all(job.state is State.DONE for job in service.list_jobs())


def test_sixty_kills_hit_whom_they_were_meant_for(killed):
    assert len(killed) == 60
    assert Counter(killed) == Counter(PLAN)


def test_no_job_is_lost(killed, home):
    submitted = (home / "submitted").read_text().split()
    known = {job.id for job in service.list_jobs()}
    assert set(submitted) <= known
    assert len(known) > 5
    assert all_done()


def test_no_job_was_trained_twice_at_once(killed, home):
    assert not list((home / "traces").glob("*.twice"))


def test_a_kill_costs_at_most_one_epoch(killed, home):
    for job in service.list_jobs():
        begun = [int(line) for line in (home / "traces" / job.variant_id).read_text().split()]
        assert begun[0] == 1
        assert begun[-1] == TRAINING["epochs"]
        assert all(later in (earlier, earlier + 1) for earlier, later in pairwise(begun)), begun
        assert len(begun) - TRAINING["epochs"] <= job.attempt - 1


def test_every_history_and_all_weights_are_those_of_an_uninterrupted_training(killed):
    whole = wait_for(service.submit(softmax("tiny.whole", **TRAINING)), State.DONE)
    expected = outcome(whole)
    for job in service.list_jobs():
        history, weights = outcome(job)
        pd.testing.assert_frame_equal(history, expected[0])
        assert np.array_equal(weights, expected[1])


def outcome(job):
    variant = get_variant(job.variant_id)
    history = pd.read_csv(variant.history_path).drop(columns="seconds")
    return history, load_file(variant.folder / paths.WEIGHTS)["weights"]


def test_nothing_half_written_is_left(killed, home):
    folders = (home / "model_cards", *(home / "runs").iterdir())
    leftovers = {path.name for folder in folders for path in folder.glob(".*")}
    assert leftovers <= {LOCK}
