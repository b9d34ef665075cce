"""Every job as a run of an MLflow server, where ``FER_MLFLOW_URL`` names one.

The runner alone writes, over MLflow's REST interface, so nothing of MLflow is installed or imported here and
no two writers meet. It follows the run folders: what a server out of reach has missed comes later, and a
job's ``mlflow.json`` says how far it has been mirrored.
"""

from __future__ import annotations

import json
import math
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from fer_core.errors import FerError, JobError
from fer_core.jobs.job import Job
from fer_core.jobs.order import read_order
from fer_core.jobs.progress import read_history
from fer_core.jobs.states import State
from fer_core.jobs.store import JobStore
from fer_core.machine.files import replacing
from fer_core.recipes.changes import flat_values, text_of
from fer_core.variants.registry import get_variant

EXPERIMENT = "Faceoff"
MARK = "mlflow.json"
#: Seconds between two rounds, and at most for one answer of the server.
ROUND_S, ANSWER_S = 3.0, 10.0
#: The server takes no more in one call.
MOST_METRICS, MOST_PARAMETERS, LONGEST_PARAMETER = 1_000, 100, 500
_STATUS = {State.DONE: "FINISHED", State.FAILED: "FAILED", State.CANCELLED: "KILLED"}


@dataclass(frozen=True)
class Mark:
    """What the server knows of a job: in which run, up to which epoch, and how it stands."""

    run_id: str = ""
    first_attempt: int = 0
    epochs: int = 0
    status: str = ""


class MlflowServer:
    """The few calls that are needed; JobError where the server is out of reach or refuses."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def call(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """POST to ``/api/2.0/mlflow/<path>``."""
        request = urllib.request.Request(
            f"{self.url}/api/2.0/mlflow/{path}",
            json.dumps(content).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            reason = error.read().decode("utf-8", "replace")[:300]
            raise JobError(f"MLflow at {self.url} refuses {path}: {reason}") from error
        except (OSError, ValueError) as error:
            raise JobError(f"MLflow at {self.url} does not answer: {error}.") from error

    def experiment_id(self) -> str:
        """The experiment that holds all jobs, made where it is missing."""
        found = self.call(
            "experiments/search", {"max_results": 1, "filter": f"attribute.name = '{EXPERIMENT}'"}
        )
        if found.get("experiments"):
            return found["experiments"][0]["experiment_id"]
        return self.call("experiments/create", {"name": EXPERIMENT})["experiment_id"]


class Mirror:
    """A thread of the runner that sends the server what is new, round after round."""

    def __init__(self, store: JobStore, url: str, log: Callable[[str], None]) -> None:
        self._store, self._server, self._log = store, MlflowServer(url), log
        self._stop = threading.Event()
        self._error = ""
        self._thread = threading.Thread(target=self._run, name="mlflow", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """One last round, unless the server is out of reach."""
        self._stop.set()
        self._thread.join(timeout=2 * ANSWER_S)

    def _run(self) -> None:
        while not self._stop.wait(ROUND_S):
            self._round()
        if not self._error:
            self._round()

    def _round(self) -> None:
        complaint = ""
        try:
            with self._store.alone_at("mirror") as alone:
                for job in self._store.list_jobs() if alone else ():
                    mirror_job(self._server, job)
        except (FerError, OSError) as error:
            complaint = str(error)
        if complaint and complaint != self._error:
            self._log(complaint)
        self._error = complaint


def mirror_job(server: MlflowServer, job: Job) -> None:
    """Send the server what it does not know yet of one job; a job begun anew is a new run."""
    mark = read_mark(job)
    status = _STATUS.get(job.state, "RUNNING")
    history = read_history(job)
    if mark.first_attempt != job.first_attempt:
        if not history and not job.is_over:
            return
        mark = Mark(_create_run(server, job), job.first_attempt)
        _write_mark(job, mark)
    news = [row for row in history if row["epoch"] > mark.epochs]
    if not news and status == mark.status:
        return
    _log_metrics(server, mark.run_id, [metric for row in news for metric in _epoch_metrics(row)])
    if status != mark.status:
        if job.state is State.DONE:
            _log_metrics(server, mark.run_id, _card_metrics(job))
        ended = {"end_time": int(job.ended_at * 1000)} if job.is_over else {}
        server.call("runs/update", {"run_id": mark.run_id, "status": status, **ended})
    _write_mark(job, Mark(mark.run_id, job.first_attempt, mark.epochs + len(news), status))


def read_mark(job: Job) -> Mark:
    """How much of the job the server knows."""
    try:
        return Mark(**json.loads((job.folder / MARK).read_text()))
    except (OSError, ValueError, TypeError):
        return Mark()


def _write_mark(job: Job, mark: Mark) -> None:
    if job.folder.is_dir():  # else it has just been deleted
        with replacing(job.folder / MARK) as file:
            file.write_text(json.dumps(asdict(mark)) + "\n")


def _create_run(server: MlflowServer, job: Job) -> str:
    order, _ = read_order(job.folder)
    tags = {
        "faceoff.job": job.id,
        "faceoff.recipe": job.recipe_id,
        "faceoff.parent": job.parent,
        "faceoff.data_sha256": order.data_sha256,
        "faceoff.code_sha256": order.code_sha256,
        "mlflow.source.git.commit": order.git_commit,
    }
    created = server.call(
        "runs/create",
        {
            "experiment_id": server.experiment_id(),
            "run_name": job.variant_id,
            "start_time": int((job.started_at or time.time()) * 1000),
            "tags": [{"key": key, "value": value} for key, value in tags.items() if value],
        },
    )
    run_id = created["run"]["info"]["run_id"]
    values = {key: text_of(value)[:LONGEST_PARAMETER] for key, value in flat_values(order.recipe).items()}
    parameters = [{"key": key, "value": value} for key, value in values.items() if value]
    for start in range(0, len(parameters), MOST_PARAMETERS):
        part = parameters[start : start + MOST_PARAMETERS]
        server.call("runs/log-batch", {"run_id": run_id, "params": part})
    return run_id


def _epoch_metrics(row: dict[str, float]) -> list[dict[str, Any]]:
    at = {"step": int(row["epoch"]), "timestamp": int(time.time() * 1000)}
    return [{"key": key, "value": value, **at} for key, value in row.items() if key != "epoch"]


def _card_metrics(job: Job) -> list[dict[str, Any]]:
    """What the card of the made variant says of PrivateTest."""
    figures = get_variant(job.variant_id).metrics() or {}
    at = {"step": job.epochs, "timestamp": int(job.ended_at * 1000)}
    return [
        {"key": f"private_test.{key}", "value": value, **at}
        for key, value in figures.items()
        if isinstance(value, int | float) and math.isfinite(value)
    ]


def _log_metrics(server: MlflowServer, run_id: str, metrics: list[dict[str, Any]]) -> None:
    for start in range(0, len(metrics), MOST_METRICS):
        part = metrics[start : start + MOST_METRICS]
        server.call("runs/log-batch", {"run_id": run_id, "metrics": part})
