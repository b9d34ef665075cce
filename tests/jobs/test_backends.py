"""Which machines run the jobs, and what they are given."""

import pytest

from fer_core.errors import ConfigurationError, JobError
from fer_core.jobs import service, starting
from fer_core.jobs.backends import LocalProcesses, open_backend
from fer_core.jobs.backends.ray_jobs import RayJobs, entrypoint, without_password
from fer_core.jobs.folder import keep_log
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Capacity, Slot, free_slot
from fer_core.jobs.store import open_store

pytestmark = pytest.mark.usefixtures("home")
JOB = Job("tiny.one-000000", "tiny.one")


def test_this_machine_runs_jobs_unless_a_cluster_is_named(shared_home, monkeypatch):
    assert isinstance(open_backend(open_store()), LocalProcesses)
    monkeypatch.setenv("FER_RAY_ADDRESS", "https://ray.example:8265")
    assert isinstance(open_backend(open_store()), RayJobs)


@pytest.mark.parametrize("address", ["ray.example:8265", "ftp://ray", "http://me:pw@ray"])
def test_an_address_that_is_none_is_told(address, shared_home, monkeypatch):
    monkeypatch.setenv("FER_RAY_ADDRESS", address)
    with pytest.raises(ConfigurationError, match="FER_RAY_ADDRESS must be the address of Ray's dashboard"):
        open_backend(open_store())


def test_a_cluster_without_a_shared_database_is_refused(monkeypatch):
    monkeypatch.setenv("FER_RAY_ADDRESS", "http://127.0.0.1:8265")
    with pytest.raises(ConfigurationError, match="set FER_JOBS_DATABASE to a PostgreSQL database"):
        open_backend(open_store())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://faceoff:s3cret@db.example/faceoff?sslmode=require",
        "postgresql+psycopg://faceoff@db.example/faceoff?sslmode=require&password=s3cret",
    ],
)
def test_no_password_is_told_to_the_cluster(url):
    bare = "postgresql+psycopg://faceoff@db.example/faceoff?sslmode=require"
    assert without_password(url) == bare


def test_the_cluster_runs_the_same_entry_point_and_its_log_is_the_attempts(home):
    command = entrypoint(JOB)
    assert f"-m fer_core.jobs.train_one {home}/runs/{JOB.id} --attempt 1 >>" in command
    assert command.endswith(f"{home}/runs/{JOB.id}/attempt-1/log.txt 2>&1")


def test_a_job_has_to_fit_on_one_of_the_machines():
    cluster = Capacity(32, 64_000, ("0", "1", "2", "3"), largest=Capacity(16, 32_000, ("0", "1")))
    assert free_slot(JOB, cluster, []) == Slot(8, 1_500, ("0",))
    with pytest.raises(JobError, match="asks for 17"):
        free_slot(Job("tiny.two-0", "tiny.two", cpus=17), cluster, [])


def test_what_a_cluster_knows_is_kept_only_where_the_process_left_no_log():
    keep_log(JOB.folder, 1, "")
    assert service.read_log(JOB) == ""
    keep_log(JOB.folder, 1, "sh: cannot create log.txt: Directory nonexistent")
    keep_log(JOB.folder, 1, "something later")
    assert service.read_log(JOB) == "sh: cannot create log.txt: Directory nonexistent"


def test_machines_that_share_their_jobs_have_a_runner_each(shared_home, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "web-1")
    with starting.runner_lock() as lock:
        assert lock.lock_file == str(shared_home / "runner-web-1.lock")
        assert starting.runner_is_alive()
        monkeypatch.setattr("socket.gethostname", lambda: "web-2")
        assert not starting.runner_is_alive()
