"""Real jobs in real processes: queued, started, cancelled, resumed, and closed with a variant."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from itertools import pairwise

import numpy as np
import pandas as pd
import psutil
import pytest
from safetensors.numpy import load_file

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs import runner, service, starting, train_one
from fer_core.jobs.backends import LocalProcesses
from fer_core.jobs.folder import attempt_folder, read_exit
from fer_core.jobs.resources import Capacity
from fer_core.jobs.runner import Patience, Runner
from fer_core.jobs.service import Action, State, Wish
from fer_core.jobs.store import open_store
from fer_core.training.provenance import machine_id
from fer_core.variants.card import read_card
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import processes_of, softmax, wait_for, wait_until

pytestmark = pytest.mark.usefixtures("home")

#: Long enough to act in, epochs of 0.35 s.
SLOW = {"epochs": 8, "batch_s": 0.05}


def trained_epochs(job):
    return len(service.read_history(job))


def history(variant_id):
    return pd.read_csv(get_variant(variant_id).history_path).drop(columns="seconds")


def weights(variant_id):
    return load_file(get_variant(variant_id).folder / paths.WEIGHTS)["weights"]


def test_submitting_starts_a_runner_that_trains_and_makes_the_variant(home):
    job = wait_for(service.submit(softmax()), State.DONE)
    assert get_variant(job.variant_id).can_predict
    assert history(job.variant_id)["epoch"].tolist() == [1, 2, 3]
    assert service.legal_actions(job) == (Action.DELETE,)
    assert f"Wrote {home}" in service.read_log(job)
    told = service.read_progress(job)
    assert (told.epoch, told.epochs, told.share, told.finishing, told.left_s) == (3, 3, 1.0, True, 0)
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


def test_event_files_are_read_by_tensorboard():
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


def trace(job):
    """The epochs that were begun, in their order."""
    text = (paths.home() / "traces" / job.variant_id).read_text()
    return [int(line) for line in text.split()]


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
    job = service.submit(softmax(trouble="stuck:1"))
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
    monkeypatch.setattr(train_one, "_asked_to_end", threading.Event())
    try:
        assert train_one.main([str(job.folder), "--attempt", "1"]) == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
    assert read_exit(attempt_folder(job.folder, 1)).state is State.INTERRUPTED


def test_a_training_asked_to_end_while_it_exports_is_queued_again_whatever_the_exporter_makes_of_it(home):
    job = service.submit(softmax(trouble="export:99"))
    wait_until((home / "traces/exporting").exists, "the export")
    os.kill(wait_for(job, State.RUNNING).pid, signal.SIGTERM)
    done = wait_for(job, State.DONE)
    assert (home / "traces/swallowed").exists()
    assert (done.attempt, done.stalled) == (2, 0)
    assert trace(job) == [1, 2, 3]
    assert get_variant(done.variant_id).status == "trained"


def test_a_training_asked_to_end_again_and_again_while_it_exports_is_never_given_up(home, no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job, mark = service.submit(softmax(trouble="export:99")), home / "traces/exporting"
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
    done, failed = service.submit(softmax()), service.submit(softmax("tiny.failed", trouble="stumble:2"))
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


def test_a_deleted_job_leaves_its_variant():
    job = wait_for(service.submit(softmax()), State.DONE)
    service.delete(job.id)
    assert service.list_jobs() == []
    assert not job.folder.exists()
    assert get_variant(job.variant_id).can_predict


@pytest.mark.parametrize("action", ["retry", "resume", "delete"])
def test_what_a_state_forbids_is_refused_with_the_reason(action, no_runner):
    job = service.submit(softmax())
    with pytest.raises(JobError, match=rf"is queued and can't be {action[:-1]}\w+; you can cancel it"):
        getattr(service, action)(job.id)


def test_there_is_nothing_to_resume_before_the_first_epoch(no_runner):
    job = service.cancel(service.submit(softmax()).id)
    with pytest.raises(JobError, match="has finished no epoch, so there is nothing to resume: retry it"):
        service.resume(job.id)


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
