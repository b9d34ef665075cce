"""One suite over every database: a change is made once, by whoever saw the job as it stands."""

import os
import shutil
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from fer_core.errors import JobStoreError, UnknownJobError
from fer_core.jobs.job import Job
from fer_core.jobs.states import ACTIVE, State
from fer_core.jobs.store import JobStore

QUEUED = Job("tiny.one-000000", "tiny.one", submitted_at=1.5, queued_at=1.5)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The address of a real PostgreSQL server of the test's own, on a socket in its folder."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    programs = next((Path(each).parent for each in found if each), None)
    if programs is None:
        pytest.skip("needs PostgreSQL's server (Debian: postgresql)")
    folder = tmp_path_factory.mktemp("postgresql")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o755)

    def run(program, *arguments):
        subprocess.run(
            [*as_user, programs / program, *arguments], check=True, cwd=folder, capture_output=True
        )

    run("initdb", "-D", folder / "data", "-A", "trust", "-U", "faceoff", "--no-sync")
    options = f"-c listen_addresses= -k {folder} -c fsync=off"
    run("pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
    yield f"postgresql+psycopg://faceoff@/postgres?host={folder}"
    run("pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """An empty store."""
    if request.param == "sqlite":
        store = JobStore(f"sqlite:///{tmp_path / 'jobs.db'}")
    else:
        store = JobStore(request.getfixturevalue("postgresql"))
    for job in store.list_jobs():
        store.remove(job)
    yield store
    store.close()


def test_a_job_comes_back_as_it_was_given(store):
    job = replace(QUEUED, priority=3, parent="tiny.parent", pid_created_at=1795245830.798123, gpus=-1)
    assert store.add(job)
    assert store.get(job.id) == job
    assert store.list_jobs() == [job]


def test_no_two_jobs_make_the_same_variant(store):
    assert store.add(QUEUED)
    assert not store.add(replace(QUEUED, id="tiny.one-111111"))
    assert not store.add(replace(QUEUED, variant_id="tiny.other"))
    assert len(store.list_jobs()) == 1


def test_jobs_are_listed_in_the_order_in_which_they_start(store):
    for name, priority, queued_at in (("d", -1, 1), ("b", 0, 1), ("c", 0, 2), ("a", 5, 9)):
        assert store.add(Job(f"tiny.{name}-0", f"tiny.{name}", priority=priority, queued_at=queued_at))
    assert [job.variant_id[-1] for job in store.list_jobs()] == ["a", "b", "c", "d"]


def test_only_the_asked_states_are_listed(store):
    store.add(QUEUED)
    store.move(QUEUED, State.CANCELLED)
    assert store.list_jobs(ACTIVE) == []
    assert [job.state for job in store.list_jobs({State.CANCELLED})] == [State.CANCELLED]


def test_a_change_is_made_once_by_whoever_saw_the_job_as_it_stands(store):
    store.add(QUEUED)
    starting = store.move(QUEUED, State.STARTING, devices="0")
    assert starting == replace(QUEUED, state=State.STARTING, devices="0") == store.get(QUEUED.id)
    assert store.move(QUEUED, State.CANCELLED) is None
    assert store.get(QUEUED.id) == starting


def test_a_process_of_an_earlier_attempt_changes_nothing(store):
    store.add(QUEUED)
    first = store.move(QUEUED, State.STARTING)
    interrupted = store.move(first, State.INTERRUPTED)
    again = store.move(interrupted, State.QUEUED, attempt=2)
    second = store.move(again, State.STARTING)
    assert second.attempt == 2
    assert store.move(first, State.RUNNING, pid=4711) is None
    assert store.get(QUEUED.id) == second


def test_an_impossible_change_is_a_bug_and_says_so(store):
    store.add(QUEUED)
    with pytest.raises(ValueError, match="from queued to done"):
        store.move(QUEUED, State.DONE)


def test_a_removed_job_is_unknown_and_the_near_one_is_named(store):
    store.add(QUEUED)
    store.add(replace(QUEUED, id="tiny.two-000000", variant_id="tiny.two"))
    assert store.remove(QUEUED)
    assert not store.remove(QUEUED)
    with pytest.raises(UnknownJobError, match="did you mean tiny.two-000000"):
        store.get(QUEUED.id)


def test_of_many_that_claim_a_job_at_once_one_gets_it(store):
    jobs = [Job(f"tiny.n{number}-0", f"tiny.n{number}") for number in range(10)]
    for job in jobs:
        store.add(job)
    begin, won = threading.Barrier(4), [[] for _ in range(4)]

    def claim(claimed):
        begin.wait()
        claimed += [job.id for job in jobs if store.move(job, State.STARTING)]

    threads = [threading.Thread(target=claim, args=(claimed,)) for claimed in won]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job_id for claimed in won for job_id in claimed) == sorted(job.id for job in jobs)


def test_a_database_that_is_none_is_told_in_one_sentence(tmp_path):
    (tmp_path / "jobs.db").write_text("this is no database, however long one looks at it" * 100)
    with pytest.raises(
        JobStoreError, match=r"The jobs' database .*jobs.db can't be used: file is not a database"
    ):
        JobStore(f"sqlite:///{tmp_path / 'jobs.db'}").list_jobs()


def test_a_server_out_of_reach_is_told_without_its_password(tmp_path):
    url = f"postgresql+psycopg://faceoff:secret@/postgres?host={tmp_path}"
    with pytest.raises(JobStoreError) as raised:
        JobStore(url)
    assert "can't be used" in str(raised.value)
    assert "secret" not in str(raised.value)
