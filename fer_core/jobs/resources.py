"""What the machine has, what a job takes of it, and the environment that holds the job to that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import psutil

from fer_core.errors import JobError
from fer_core.jobs.job import Job
from fer_core.machine.threads import own_cores

#: Give the runner less than the whole machine.
CPUS_VARIABLE, MEMORY_VARIABLE = "FER_JOBS_CPUS", "FER_JOBS_MEMORY_MB"
#: A job that says nothing takes all cores up to this many: small networks gain little from more.
DEFAULT_CPUS = 8
#: A job that says nothing: a framework, FER2013 and a network of a few million weights.
DEFAULT_MEMORY_MB = 1_500
#: Share of the machine's memory that jobs may request together.
MEMORY_SHARE = 0.9
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
)  # fmt: skip


@dataclass(frozen=True)
class Capacity:
    """What the runner may give away; ``gpus`` are names as CUDA_VISIBLE_DEVICES takes them.

    Where it is of several machines, ``largest`` has the most cores, memory and GPUs that one of them has: a
    job runs on one.
    """

    cpus: int
    memory_mb: int
    gpus: tuple[str, ...] = ()
    largest: Capacity | None = None


@dataclass(frozen=True)
class Slot:
    """What one job takes."""

    cpus: int
    memory_mb: int
    gpus: tuple[str, ...] = ()


def machine_capacity() -> Capacity:
    """The cores, memory and GPUs that this process may use, or as much of them as the environment says."""
    memory_mb = int(psutil.virtual_memory().total * MEMORY_SHARE / 1e6)
    return Capacity(
        _whole_number(CPUS_VARIABLE, own_cores()), _whole_number(MEMORY_VARIABLE, memory_mb), list_gpus()
    )


@lru_cache(maxsize=1)
def list_gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs that may be used; what CUDA_VISIBLE_DEVICES hides is left out."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return tuple(name.strip() for name in chosen.split(",") if name.strip() not in ("", "-1"))
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(listed.stdout.split()) if listed.returncode == 0 else ()


def free_slot(job: Job, capacity: Capacity, processing: Iterable[Job]) -> Slot | None:
    """The slot that the job can have beside those that are processing, or None while it has to wait.

    Raises:
        JobError: the machine could never give it what it requests.
    """
    wanted, gpu_count = _wanted(job, capacity)
    machine = capacity.largest or capacity
    for name, requested, has in (
        ("cores", wanted.cpus, machine.cpus),
        ("MB of memory", wanted.memory_mb, machine.memory_mb),
        ("GPUs", gpu_count, len(machine.gpus)),
    ):
        if requested > has:
            raise JobError(
                f"The job asks for {requested:,} {name}, but jobs can have {has:,} here: ask for less."
            )
    busy = [(_wanted(other, capacity)[0], other.devices.split(",")) for other in processing]
    taken = {name for _, devices in busy for name in devices}
    gpus = tuple(name for name in capacity.gpus if name not in taken)[:gpu_count]
    fits = (
        wanted.cpus + sum(slot.cpus for slot, _ in busy) <= capacity.cpus
        and wanted.memory_mb + sum(slot.memory_mb for slot, _ in busy) <= capacity.memory_mb
        and len(gpus) == gpu_count
    )
    return Slot(wanted.cpus, wanted.memory_mb, gpus) if fits else None


def slot_environment(slot: Slot) -> dict[str, str]:
    """The variables by which a framework keeps to its slot; they must be set before it is loaded."""
    threads = dict.fromkeys(_THREAD_VARIABLES, str(slot.cpus))
    return threads | {"CUDA_VISIBLE_DEVICES": ",".join(slot.gpus)}


def _wanted(job: Job, capacity: Capacity) -> tuple[Slot, int]:
    """Cores and memory that the job takes, and how many GPUs."""
    machine = capacity.largest or capacity
    slot = Slot(
        job.cpus or min(DEFAULT_CPUS, machine.cpus),
        job.memory_mb or min(DEFAULT_MEMORY_MB, machine.memory_mb),
    )
    return slot, min(1, len(machine.gpus)) if job.gpus < 0 else job.gpus


def _whole_number(variable: str, default: int) -> int:
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isdigit() or not int(text):
        raise JobError(f"{variable} is {text!r}; it must be a whole number of 1 or more.")
    return int(text)
