"""One runner looks after the jobs: started when needed, alone, and followed by another when it dies."""

import os
import subprocess
import sys

import psutil
import pytest

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs import runner, service, starting
from fer_core.jobs.backends import LocalProcesses
from fer_core.jobs.resources import Capacity
from fer_core.jobs.runner import Runner
from fer_core.jobs.service import Action, State, Wish
from fer_core.jobs.store import open_store
from tests.jobs.conftest import processes_of, softmax, wait_for, wait_until
from tests.jobs.traces import SLOW, trace

pytestmark = pytest.mark.usefixtures("home")


def test_the_runner_ends_itself_when_nothing_is_left_and_the_next_job_starts_another(home):
    wait_for(service.submit(softmax()), State.DONE)
    wait_until(lambda: not starting.runner_is_alive(), "the runner to end")
    wait_until(lambda: not processes_of(home), "every process to be gone")
    wait_for(service.submit(softmax()), State.DONE)


def test_a_second_runner_refuses_to_run(home):
    job = service.submit(softmax(**SLOW))
    wait_for(job, State.RUNNING)
    with pytest.raises(JobError, match=f"Another runner looks after {home}"):
        Runner(open_store(), LocalProcesses(Capacity(2, 4000))).run(0)
    assert the_runner(home).is_running()


def test_many_that_start_a_runner_at_once_get_one(home):
    service.submit(softmax(**SLOW))
    command = [sys.executable, "-m", "fer_core.jobs.runner"]
    others = [subprocess.Popen(command, cwd=paths.REPOSITORY, stdout=subprocess.DEVNULL) for _ in range(3)]
    alive = the_runner(home).pid
    assert {other.wait(timeout=60) for other in others if other.pid != alive} <= {1}


def the_runner(home):
    """The process of the one runner that is left."""
    wait_until(starting.runner_is_alive, "a runner")
    wait_until(lambda: len(processes_of(home, "jobs.runner")) == 1, "one runner to be left")
    return processes_of(home, "jobs.runner")[0]


def test_a_killed_runner_is_followed_by_one_that_adopts_its_jobs(home):
    job = wait_for(service.submit(softmax(**SLOW)), State.RUNNING)
    waiting = service.submit(softmax("tiny.waiting"), Wish(cpus=2))
    the_runner(home).kill()
    wait_until(lambda: not starting.runner_is_alive(), "the runner to be dead")
    assert psutil.pid_exists(job.pid)
    adopted = wait_for(job, State.DONE)
    assert (adopted.attempt, adopted.pid) == (1, job.pid)
    wait_for(waiting, State.DONE)


def test_a_job_claimed_by_a_runner_that_died_at_once_is_tried_again(no_runner):
    store = open_store()
    job = service.submit(softmax())
    store.move(job, State.STARTING)
    watched = Runner(store, LocalProcesses(Capacity(2, 4000)))
    watched.look()
    again = service.get_job(job.id)
    assert (again.attempt, again.stalled) == (2, 0)
    wait_until(lambda: not watched.look(), "the job to end")
    assert service.get_job(job.id).state is State.DONE


def test_a_process_that_finished_but_could_not_say_so_is_believed_its_record(no_runner):
    from fer_core.jobs.folder import Exit, attempt_folder, write_exit

    store = open_store()
    job = service.submit(softmax())
    running = store.move(store.move(job, State.STARTING), State.RUNNING, pid=2**22 + 1, pid_created_at=1.0)
    write_exit(attempt_folder(job.folder, 1), Exit(State.DONE, ended_at=5.0))
    Runner(store, LocalProcesses(Capacity(2, 4000))).look()
    assert service.get_job(job.id).state is State.DONE
    assert service.get_job(running.id).ended_at == 5.0


def test_a_foreign_process_with_the_same_number_is_not_taken_for_the_jobs(no_runner):
    store = open_store()
    job = service.submit(softmax())
    store.move(store.move(job, State.STARTING), State.RUNNING, pid=os.getpid(), pid_created_at=1.0)
    watched = Runner(store, LocalProcesses(Capacity(2, 4000)))
    watched.look()
    assert service.get_job(job.id).attempt == 2
    assert psutil.Process().is_running()


def test_a_late_process_of_an_old_attempt_leaves_everything_as_it_is(home, no_runner):
    store = open_store()
    job = service.submit(softmax())
    interrupted = store.move(store.move(job, State.STARTING), State.INTERRUPTED)
    queued = store.move(interrupted, State.QUEUED, attempt=2)
    command = [sys.executable, "-m", "fer_core.jobs.train_one", str(job.folder), "--attempt", "1"]
    done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{job.id} has no more use for attempt 1.\n")
    assert service.get_job(job.id) == queued
    assert not (home / "traces").exists()


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_a_lost_database_is_made_again_from_the_run_folders(home, no_runner, how):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    done, failed = service.submit(softmax()), service.submit(softmax("tiny.failed", fault="stumble:2"))
    wait_until(lambda: not watched.look(), "the jobs to be over")
    before = {job.id: service.get_job(job.id) for job in (done, failed)}
    waiting = service.submit(softmax("tiny.waiting"))
    open_store().close()
    for file in home.glob("jobs.db*"):
        file.unlink()
    if how == "emptied":
        paths.jobs_database().touch()
    for job in (done, failed):
        again = service.get_job(job.id)
        for name in ("variant_id", "framework", "state", "reason", "attempt", "epochs", "recipe_id"):
            assert getattr(again, name) == getattr(before[job.id], name), name
    lost = service.get_job(waiting.id)
    assert (lost.state, "database was lost" in lost.reason) == (State.FAILED, True)
    assert Action.RETRY in service.legal_actions(lost)
    assert Action.RESUME in service.legal_actions(service.get_job(failed.id))
    service.resume(failed.id)
    wait_until(lambda: not Runner(open_store(), watched.backend).look(), "the resumed job to be over")
    assert trace(failed)[-1] == 2


def test_an_idle_runner_has_a_last_look_after_giving_its_lock_back(home, monkeypatch):
    store, watched = open_store(), Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    late = []

    def submit_in_the_last_moment(*_):
        if not late:
            late.append(service.submit(softmax()))  # the lock is still held, so nobody starts a runner
            monkeypatch.setattr(runner.Runner, "_look_until_idle", plain)

    plain = runner.Runner._look_until_idle
    monkeypatch.setattr(runner.Runner, "_look_until_idle", submit_in_the_last_moment)
    watched.run(idle_s=0.2)
    assert store.get(late[0].id).state is State.DONE
