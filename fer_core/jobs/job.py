"""One job as the store holds it: what was requested, where it stands, and whose turn at it this is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fer_core import paths
from fer_core.jobs.states import OVER, State

#: What a job that is queued again forgets of its last attempt.
UNSTARTED = {
    "devices": "",
    "host": "",
    "pid": 0,
    "pid_created_at": 0.0,
    "reason": "",
    "started_at": 0.0,
    "ended_at": 0.0,
}


@dataclass(frozen=True)
class Job:
    """A row of the store; a snapshot that later changes do not reach. Times are seconds since 1970.

    Attributes:
        id: names the run folder ``FER_HOME/runs/<id>``; the variant's id, a dash and six hex digits.
        variant_id: the variant that the job makes; no two jobs make the same.
        recipe_id: id of the recipe or variant that it was made from.
        parent: variant to compare with afterwards, or "".
        framework: ``keras``, ``torch`` or ``timm``.
        epochs: at most so many are run.
        state: where it stands.
        attempt: counts the processes that were given this job, from 1; every write names it.
        first_attempt: the attempt that began anew; later ones go on from its checkpoint.
        priority: the higher, the sooner; equal ones in the order of ``queued_at``.
        cpus: cores that it requests; 0 leaves it to the runner.
        memory_mb: memory that it requests in 10^6 bytes; 0 leaves it to the runner.
        gpus: GPUs that it requests; -1 is one where the machine has any.
        devices: the GPUs that it was given, as CUDA_VISIBLE_DEVICES holds them.
        host: the machine or cluster that runs it; "" where all jobs are of one machine.
        pid, pid_created_at: its process, known by both (see :func:`fer_core.jobs.processes.created_at`); 0 while
            none has reported.
        checkpoint_epoch: epochs that were finished when the last attempt died.
        stalled: how many attempts in a row died without finishing another epoch.
        reason: one sentence where it FAILED, else "".
        submitted_by: the requester, as the page or command line knows them.
        submitted_at, queued_at, started_at, ended_at: 0 where it has not come to that.
    """

    id: str
    variant_id: str
    recipe_id: str = ""
    parent: str = ""
    framework: str = ""
    epochs: int = 0
    state: State = State.QUEUED
    attempt: int = 1
    first_attempt: int = 1
    priority: int = 0
    cpus: int = 0
    memory_mb: int = 0
    gpus: int = -1
    devices: str = ""
    host: str = ""
    pid: int = 0
    pid_created_at: float = 0.0
    checkpoint_epoch: int = 0
    stalled: int = 0
    reason: str = ""
    submitted_by: str = ""
    submitted_at: float = 0.0
    queued_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0

    @property
    def folder(self) -> Path:
        """``FER_HOME/runs/<id>``."""
        return paths.runs() / self.id

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it unless its user acts."""
        return self.state in OVER
