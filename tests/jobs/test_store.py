"""One suite over every database: a change is made once, by whoever saw the job as it stands."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from fer_core import paths
from fer_core.errors import JobStoreError, UnknownJobError
from fer_core.jobs.job import Job
from fer_core.jobs.states import ACTIVE, State
from fer_core.jobs.store import JobStore

QUEUED = Job("tiny.one-000000", "tiny.one", submitted_at=1.5, queued_at=1.5)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.db'}"
    return request.getfixturevalue("postgresql")


@pytest.fixture
def store(url):
    """An empty store."""
    store = JobStore(url)
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


def test_processes_that_open_a_new_database_at_once_all_find_its_tables(url):
    code = (
        "import sys; from fer_core.jobs.store import JobStore; sys.stdin.read();"
        "print(JobStore(sys.argv[1]).list_jobs())"
    )
    command = [sys.executable, "-c", code, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, cwd=paths.REPOSITORY, **pipes) for _ in range(4)]
    for process in processes:  # the closed pipe is the signal; by now most of them have loaded
        process.stdin.close()
        process.stdin = None
    assert [process.communicate() for process in processes] == [("[]\n", "")] * 4


def test_one_runner_at_a_time_looks_where_several_may(postgresql):
    one, other = JobStore(postgresql), JobStore(postgresql)
    with one.alone_at("look") as first, other.alone_at("look") as second, other.alone_at("mirror") as third:
        assert (first, second, third) == (True, False, True)
    with other.alone_at("look") as alone:
        assert alone
    one.close()
    other.close()


def test_a_database_that_is_none_is_told_in_one_sentence(tmp_path):
    (tmp_path / "jobs.db").write_text("this is no database, however long one looks at it" * 100)
    with pytest.raises(
        JobStoreError, match=r"The jobs' database .*jobs.db can't be used: file is not a database"
    ):
        JobStore(f"sqlite:///{tmp_path / 'jobs.db'}").list_jobs()


def test_a_damaged_database_says_the_way_back(tmp_path):
    (tmp_path / "jobs.db").write_text("this is no database, however long one looks at it" * 100)
    with pytest.raises(JobStoreError, match="move the file away, and the jobs are listed again"):
        JobStore(f"sqlite:///{tmp_path / 'jobs.db'}").list_jobs()


def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks(url):
    engine = create_engine(url)
    store = JobStore(url)
    store.add(QUEUED)
    store.close()
    with engine.begin() as connection:
        for column in ("devices", "priority", "pid_created_at"):
            connection.execute(text(f"ALTER TABLE jobs DROP COLUMN {column}"))
    later = JobStore(url)
    assert later.get(QUEUED.id) == QUEUED
    assert later.add(replace(QUEUED, id="tiny.two-000000", variant_id="tiny.two", devices="0"))
    assert later.get("tiny.two-000000").devices == "0"
    later.close()
    engine.dispose()


def test_a_job_of_a_newer_version_is_named(store, url):
    store.add(QUEUED)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET state = 'paused'"))
    engine.dispose()
    with pytest.raises(JobStoreError, match="tiny.one-000000 was written by a newer version"):
        store.get(QUEUED.id)


def test_a_server_out_of_reach_is_told_without_its_password(tmp_path):
    url = f"postgresql+psycopg://faceoff:secret@/postgres?host={tmp_path}"
    with pytest.raises(JobStoreError) as raised:
        JobStore(url)
    assert "can't be used" in str(raised.value)
    assert "secret" not in str(raised.value)
