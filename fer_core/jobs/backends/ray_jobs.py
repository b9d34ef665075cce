"""Jobs as Ray Jobs: the same entry point, started by Ray on a machine that has room.

Our table stays the truth. Each attempt is a submission of its own, named after job and attempt, so none can
be submitted twice; one that Ray has forgotten is dead, and the next attempt goes on from the checkpoint in
the FER_HOME that all machines share. The process reports to the store itself, as it does on one machine.
"""

from __future__ import annotations

import errno
import shlex
import sys

from sqlalchemy import URL, make_url

from fer_core import paths
from fer_core.errors import ClusterError
from fer_core.jobs import causes
from fer_core.jobs.backends.backend import Look
from fer_core.jobs.backends.ray_server import RayServer
from fer_core.jobs.folder import LOG, attempt_folder
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Capacity, Slot, slot_environment

#: What a job on a cluster has as its host; no machine can be called so.
HOST = "Ray cluster"
_ALIVE = ("PENDING", "RUNNING")


class RayJobs:
    """The cluster whose head ``server`` is; its processes find the jobs in ``database_url``."""

    host = HOST
    shared = True
    look_s = 1.0

    def __init__(self, server: RayServer, database_url: str) -> None:
        self._server = server
        self._database_url = database_url

    def __repr__(self) -> str:
        return f"the Ray cluster at {self._server.address}"

    def submit(self, job: Job, slot: Slot) -> str:
        """Hand the attempt to Ray; JobError where it takes no such job."""
        attempt_folder(job.folder, job.attempt).mkdir(parents=True, exist_ok=True)
        submission = {
            "submission_id": submission_id(job),
            "entrypoint": entrypoint(job),
            "entrypoint_num_cpus": slot.cpus,
            "entrypoint_memory": slot.memory_mb * 1_000_000,
            "entrypoint_num_gpus": len(slot.gpus),
            "runtime_env": {"env_vars": self._environment(slot)},
            "metadata": {"faceoff_job": job.id, "faceoff_variant": job.variant_id},
        }
        self._server.submit(submission)
        return submission_id(job)

    def poll(self, job: Job) -> Look:
        """What Ray says; a submission that it does not know is dead."""
        found = self._server.find_job(submission_id(job))
        if found is None:
            return Look(alive=False, known=job.pid > 0)
        if found["status"] in _ALIVE:
            return Look(alive=True)
        disk_full = found.get("driver_exit_code") == errno.ENOSPC
        return Look(alive=False, reason=causes.disk_full() if disk_full else "")

    def stop(self, job: Job, *, force: bool) -> None:
        """Ray sends SIGTERM first and kills later in any case."""
        self._server.stop(submission_id(job))

    def logs(self, job: Job) -> str:
        """What Ray has, and what it says of the job: it says why a process never reached its run folder."""
        name = submission_id(job)
        found = self._server.find_job(name) or {}
        try:
            output = self._server.logs(name)
        except ClusterError:
            output = ""  # the machine that ran it is gone
        message = (found.get("message") or "").strip().splitlines()
        return "\n".join(filter(None, [*message[:1], output.strip()]))

    def capacity(self) -> Capacity:
        """All machines together, and the most that one of them has.

        Raises:
            ClusterError: none has any cores to give.
        """
        machines = [_machine(resources) for resources in self._server.nodes()]
        cpus = sum(machine.cpus for machine in machines)
        if not cpus:
            raise ClusterError(f"No machine of {self} offers cores: start one with ray start --address.")
        gpus = sum(len(machine.gpus) for machine in machines)
        largest = Capacity(
            max(machine.cpus for machine in machines),
            max(machine.memory_mb for machine in machines),
            max((machine.gpus for machine in machines), key=len),
        )
        return Capacity(cpus, sum(machine.memory_mb for machine in machines), _gpu_names(gpus), largest)

    def _environment(self, slot: Slot) -> dict[str, str]:
        """For the process. Ray shows it to whoever may see the cluster, so no password is in it."""
        environment = slot_environment(slot)
        if slot.gpus:
            del environment["CUDA_VISIBLE_DEVICES"]  # Ray chooses on the machine that it chooses
        return environment | {
            "FER_HOME": str(paths.home().absolute()),
            paths.JOBS_VARIABLE: without_password(self._database_url),
            "PYTHONUNBUFFERED": "1",
        }


def submission_id(job: Job) -> str:
    """The name of the job's attempt at Ray."""
    return f"{job.id}-{job.attempt}"


def entrypoint(job: Job) -> str:
    """The command; checkout, Python and FER_HOME are at the same place on every machine."""
    run = job.folder.absolute()
    command = [sys.executable, "-m", "fer_core.jobs.train_one", str(run), "--attempt", str(job.attempt)]
    log = attempt_folder(run, job.attempt) / LOG
    place = shlex.quote(str(paths.REPOSITORY))
    return f"cd {place} && exec {shlex.join(command)} >>{shlex.quote(str(log))} 2>&1"


def without_password(url: str) -> str:
    """A database's address for machines that have the password from elsewhere (``~/.pgpass``)."""
    address = make_url(url)
    query = {key: value for key, value in address.query.items() if key != "password"}
    bare = URL.create(
        address.drivername,
        username=address.username,
        host=address.host,
        port=address.port,
        database=address.database,
        query=query,
    )
    return bare.render_as_string()


def _machine(resources: dict[str, float]) -> Capacity:
    return Capacity(
        int(resources.get("CPU", 0)),
        int(resources.get("memory", 0) / 1e6),
        _gpu_names(int(resources.get("GPU", 0))),
    )


def _gpu_names(count: int) -> tuple[str, ...]:
    """Stand for GPUs of a cluster, so that they are counted as those of one machine are."""
    return tuple(str(number) for number in range(count))
