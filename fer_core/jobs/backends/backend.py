"""The seam between the runner and what runs the processes: five calls, the same for one machine and for many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fer_core.jobs.job import Job
from fer_core.jobs.resources import Capacity, Slot

#: The dashboard of Ray's head, such as ``http://127.0.0.1:8265``, and the token that it needs.
ADDRESS_VARIABLE, TOKEN_VARIABLE = "FER_RAY_ADDRESS", "FER_RAY_TOKEN"


@dataclass(frozen=True)
class Look:
    """How the process of an attempt is.

    Attributes:
        alive: it runs, or waits to be started where it was submitted.
        known: it is known to have been there; one that is not may never have been started.
        reason: one sentence on why it died, where the process could not write that down itself.
    """

    alive: bool
    known: bool = True
    reason: str = ""


class Backend(Protocol):
    """Runs ``python -m fer_core.jobs.train_one RUN_DIR --attempt N`` for the runner.

    It holds nothing that a successor could not do without. Every call may raise ClusterError: the cluster
    can't be reached now, so nothing is known and nothing was changed.

    Attributes:
        host: what jobs that run here have as their ``host``.
        shared: whether runners of several machines look after the same jobs here.
        look_s: seconds between two looks.
    """

    host: str
    shared: bool
    look_s: float

    def submit(self, job: Job, slot: Slot) -> str:
        """Start the process of the job's attempt; returns by what it is known here, for the runner's log.

        Raises:
            JobError: it can't be started; the message says why.
        """

    def poll(self, job: Job) -> Look:
        """How the process of the job's attempt is."""

    def stop(self, job: Job, *, force: bool) -> None:
        """Signal the process to end; with ``force`` kill it, or what a dead one left, and forget it."""

    def logs(self, job: Job) -> str:
        """What is known here of the process's output, beside the log that it writes in its run folder."""

    def capacity(self) -> Capacity:
        """What may be given to jobs now."""
