"""Jobs mirrored to a real MLflow server with a database."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from fer_core.jobs import service
from fer_core.jobs.mlflow_mirror import EXPERIMENT, MlflowServer, mirror_job, read_mark
from fer_core.jobs.service import State
from fer_core.jobs.store import open_store
from fer_core.variants.registry import get_variant
from tests.jobs.conftest import softmax, wait_for, wait_until

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="needs MLflow: pip install mlflow"),
    pytest.mark.usefixtures("home"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server of the test's own, on this machine only."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder)),
        *("--workers", "1"),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)

    def answers():
        assert process.poll() is None, (folder / "log").read_text()
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    try:
        wait_until(answers, "MLflow")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def run_of(server, job):
    """What the server knows of the job."""
    content = MlflowServer(server).call(
        "runs/search",
        {
            "experiment_ids": [MlflowServer(server).experiment_id()],
            "filter": f"tags.`faceoff.job` = '{job.id}'",
        },
    )
    (run,) = content["runs"]
    return run


def curve(server, run, key):
    """The values of a metric by step."""
    address = f"{server}/api/2.0/mlflow/metrics/get-history?run_id={run['info']['run_id']}&metric_key={key}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return [(int(each["step"]), each["value"]) for each in json.load(answer)["metrics"]]


def test_a_job_becomes_a_run_with_its_recipe_its_curves_and_its_figures(server, monkeypatch):
    monkeypatch.setenv("FER_MLFLOW_URL", server)
    job = wait_for(service.submit(softmax(epochs=4)), State.DONE)
    wait_until(lambda: read_mark(job).status == "FINISHED", "the mirror")
    run = run_of(server, job)
    assert (run["info"]["run_name"], run["info"]["status"]) == (job.variant_id, "FINISHED")
    parameters = {each["key"]: each["value"] for each in run["data"]["params"]}
    assert parameters["optimizer.learning_rate"] == "0.05"
    history = service.read_history(job)
    assert curve(server, run, "val_loss") == [
        (row["epoch"], pytest.approx(row["val_loss"])) for row in history
    ]
    figures = {each["key"]: each["value"] for each in run["data"]["metrics"]}
    accuracy = get_variant(job.variant_id).metrics()["accuracy"]
    assert figures["private_test.accuracy"] == pytest.approx(accuracy)


def test_what_a_server_out_of_reach_has_missed_comes_later_and_once(server, monkeypatch):
    monkeypatch.setenv("FER_MLFLOW_URL", "http://127.0.0.1:9")
    job = wait_for(service.submit(softmax("tiny.late")), State.DONE)
    assert read_mark(job).run_id == ""
    for _ in range(2):
        mirror_job(MlflowServer(server), service.get_job(job.id))
    run = run_of(server, job)
    assert [step for step, _ in curve(server, run, "val_loss")] == [1, 2, 3]
    assert EXPERIMENT == "Faceoff"


def test_a_failed_job_is_a_failed_run(server):
    job = wait_for(service.submit(softmax("tiny.nan", fault="nan:2")), State.FAILED)
    mirror_job(MlflowServer(server), open_store().get(job.id))
    run = run_of(server, job)
    assert run["info"]["status"] == "FAILED"
    assert len(curve(server, run, "val_loss")) == 1
