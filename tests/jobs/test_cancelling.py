"""Jobs cancelled, resumed where they were, retried, and what a state forbids."""

import os
import signal

import psutil
import pytest

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs import service
from fer_core.jobs.backends import LocalProcesses
from fer_core.jobs.resources import Capacity
from fer_core.jobs.runner import Patience, Runner
from fer_core.jobs.service import Action, State
from fer_core.jobs.store import open_store
from tests.jobs.conftest import processes_of, softmax, wait_for, wait_until
from tests.jobs.traces import SLOW, trace, trained_epochs

pytestmark = pytest.mark.usefixtures("home")


def test_a_waiting_job_is_cancelled_at_once(no_runner):
    job = service.cancel(service.submit(softmax()).id)
    assert job.state is State.CANCELLED
    assert service.legal_actions(job) == (Action.RETRY, Action.DELETE)
    assert service.cancel(job.id) == job


def test_a_job_cancelled_while_it_starts_never_trains(home, no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job = service.submit(softmax())
    watched.look()
    assert service.cancel(job.id).state is State.CANCELLING
    wait_until(lambda: watched.look() is False, "the process to give up")
    job = service.get_job(job.id)
    assert job.state is State.CANCELLED
    assert job.pid == 0
    assert not (home / "traces").exists()


def test_a_running_job_stops_after_its_batch_and_is_resumed_where_it_was():
    job = service.submit(softmax(**SLOW))
    wait_until(lambda: trained_epochs(job) >= 2, "two epochs")
    assert service.cancel(job.id).state is State.CANCELLING
    cancelled = wait_for(job, State.CANCELLED)
    assert service.legal_actions(cancelled) == (Action.RETRY, Action.RESUME, Action.DELETE)
    done = trained_epochs(job)
    assert not psutil.pid_exists(cancelled.pid)
    assert not paths.local_cards().exists()
    resumed = wait_for(service.resume(job.id), State.DONE)
    assert resumed.attempt == 2
    assert trace(job) == [*range(1, done + 2), *range(done + 1, 9)]


def test_a_retried_job_starts_anew():
    job = service.submit(softmax(**SLOW))
    wait_until(lambda: trained_epochs(job) >= 2, "two epochs")
    service.cancel(job.id)
    wait_for(job, State.CANCELLED)
    retried = wait_for(service.retry(job.id), State.DONE)
    assert (retried.attempt, retried.first_attempt) == (2, 2)
    assert trace(job)[-8:] == list(range(1, 9))


def test_a_process_deaf_to_everything_is_killed_with_its_family(home, no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)), Patience(ask_s=0.3, kill_s=0.3))
    job = service.submit(softmax(fault="stuck:1"))
    wait_until(lambda: watched.look() and (home / "traces").exists(), "the first epoch")
    service.cancel(job.id)
    wait_until(lambda: not watched.look(), "the process to be killed")
    assert service.get_job(job.id).state is State.CANCELLED
    assert not processes_of(home, "train_one")


def test_an_interrupted_job_that_is_cancelled_is_not_tried_again(no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job = service.submit(softmax(**SLOW))
    wait_until(lambda: watched.look() and trained_epochs(job), "the first epoch")
    pid = service.get_job(job.id).pid
    service.cancel(job.id)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not watched.look(), "the job to be settled")
    assert service.get_job(job.id).state is State.CANCELLED
    assert service.get_job(job.id).attempt == 1


@pytest.mark.parametrize("action", ["retry", "resume", "delete"])
def test_what_a_state_forbids_is_refused_with_the_reason(action, no_runner):
    job = service.submit(softmax())
    with pytest.raises(JobError, match=rf"is queued and can't be {action[:-1]}\w+; you can cancel it"):
        getattr(service, action)(job.id)


def test_there_is_nothing_to_resume_before_the_first_epoch(no_runner):
    job = service.cancel(service.submit(softmax()).id)
    with pytest.raises(JobError, match="has finished no epoch, so there is nothing to resume: retry it"):
        service.resume(job.id)
