"""The queue on a real Ray cluster, with jobs in a real PostgreSQL."""

import importlib.util

import pytest

from fer_core.errors import ClusterError
from fer_core.jobs import service
from fer_core.jobs.backends import open_backend
from fer_core.jobs.backends.ray_jobs import HOST, submission_id
from fer_core.jobs.backends.ray_server import RayServer
from fer_core.jobs.service import Action, State, Wish
from fer_core.jobs.store import open_store
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import processes_of, softmax, wait_for, wait_until
from tests.jobs.ray_cluster import ADDRESS, RayCluster, loopback_only

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray: pip install ray[default]"),
    pytest.mark.usefixtures("cluster"),
]
#: Long enough to act in, epochs of 0.35 s.
SLOW = {"epochs": 12, "batch_s": 0.05}


@pytest.fixture(scope="module")
def ray():
    """A real Ray; while it is there, this process sees loopback only."""
    with loopback_only():
        started = RayCluster()
        try:
            started.start()
            yield started
        finally:
            started.end()


@pytest.fixture
def cluster(shared_home, ray, monkeypatch):
    """The cluster, chosen by the environment as its documentation says."""
    monkeypatch.setenv("FER_RAY_ADDRESS", ADDRESS)
    monkeypatch.setenv("FER_RAY_TOKEN", ray.token)
    return ray


def begun(home, job):
    """The epochs that were begun, in their order."""
    return [int(line) for line in (home / "traces" / job.variant_id).read_text().split()]


def test_a_job_trains_on_the_cluster_and_makes_its_variant(cluster):
    job = wait_for(service.submit(softmax(), Wish(cpus=1)), State.DONE)
    assert (job.host, job.attempt) == (HOST, 1)
    assert get_variant(job.variant_id).can_predict
    assert "Wrote" in service.read_log(job)
    known = cluster.server.find_job(submission_id(job))
    assert (known["status"], known["metadata"]["faceoff_job"]) == ("SUCCEEDED", job.id)
    assert "Running entrypoint" in open_backend(open_store()).logs(job)


def test_a_job_that_asks_for_more_than_a_machine_has_is_told_so():
    failed = wait_for(service.submit(softmax(), Wish(cpus=3)), State.FAILED)
    assert failed.reason == "The job asks for 3 cores, but jobs can have 2 here: ask for less."


def test_a_cancelled_process_that_is_deaf_is_killed_by_ray(cluster, home):
    job = service.submit(softmax(fault="stuck:2"))
    wait_until(lambda: service.read_history(job), "the first epoch")
    service.cancel(job.id)
    job = wait_for(job, State.CANCELLED)
    assert cluster.server.find_job(submission_id(job))["status"] == "STOPPED"
    assert service.legal_actions(job) == (Action.RETRY, Action.RESUME, Action.DELETE)
    assert not processes_of(home, "train_one")


def test_a_cluster_that_lost_everything_gets_the_job_again_and_goes_on_from_its_checkpoint(cluster, home):
    job = service.submit(softmax(**SLOW))
    wait_until(lambda: len(service.read_history(job)) >= 3, "three epochs")
    cluster.cut_power()
    done = len(service.read_history(job))
    log = next(home.glob("runner-*.log"))
    wait_until(lambda: "does not answer" in log.read_text(), "the runner to notice")
    assert service.get_job(job.id).state is State.RUNNING  # nothing is known, so nothing is done
    cluster.start()
    again = wait_for(job, State.DONE)
    assert again.attempt == 2
    assert begun(home, job) == [*range(1, done + 2), *range(done + 1, SLOW["epochs"] + 1)]
    assert [row["epoch"] for row in service.read_history(job)] == list(range(1, SLOW["epochs"] + 1))


def test_a_cluster_that_cannot_be_asked_is_told_in_one_sentence(cluster):
    for address, token, sentence in (
        (ADDRESS, "wrong", f"The Ray cluster at {ADDRESS} refuses the token: set FER_RAY_TOKEN"),
        (ADDRESS, "", f"The Ray cluster at {ADDRESS} refuses the token: set FER_RAY_TOKEN"),
        ("http://127.0.0.1:9", cluster.token, "The Ray cluster at http://127.0.0.1:9 does not answer"),
        (f"{ADDRESS}/elsewhere", cluster.token, "is no Ray dashboard that this version knows"),
    ):
        with pytest.raises(ClusterError, match=sentence):
            RayServer(address, token).nodes()
