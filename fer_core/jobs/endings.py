"""What becomes of a job whose process is gone: done, failed, cancelled, queued again, or given up."""

from __future__ import annotations

import time

from fer_core.jobs import causes
from fer_core.jobs.folder import attempt_folder, read_exit, read_log
from fer_core.jobs.job import UNSTARTED, Job
from fer_core.jobs.progress import finished_epochs
from fer_core.jobs.states import State
from fer_core.jobs.store import JobStore
from fer_core.training.checkpoint import recover_run

#: Given up after so many attempts in a row that died without finishing another epoch.
MOST_STALLED = 3


def settle(store: JobStore, job: Job, *, reason: str = "", blamed: bool = True) -> Job | None:
    """Take a job whose process is dead, with all that it had started, to where it belongs.

    Returns the job there, or None where somebody else was quicker.

    Args:
        store: where it stands.
        job: as last seen, in STARTING, RUNNING or CANCELLING.
        reason: why it died, where its runner knows what the process could not write down.
        blamed: whether a process of this attempt is known to have died; else it may never have been started.
    """
    record = read_exit(attempt_folder(job.folder, job.attempt))
    if record and record.state is State.DONE:
        return store.move(job, State.DONE, ended_at=record.ended_at)
    if job.state is State.CANCELLING:
        return store.move(job, State.CANCELLED, ended_at=time.time())
    if record and record.state is State.FAILED:
        return store.move(job, State.FAILED, reason=record.reason, ended_at=record.ended_at)
    if reason:
        return store.move(job, State.FAILED, reason=reason, ended_at=time.time())
    interrupted = store.move(job, State.INTERRUPTED)
    return interrupted and queue_again(store, interrupted, blamed=blamed)


def queue_again(store: JobStore, job: Job, *, blamed: bool = True) -> Job | None:
    """Give an INTERRUPTED job another attempt, or give it up where it comes no further.

    A process that got a signal to end, as at a shutdown, and could say so is not to blame, however often.
    """
    record = read_exit(attempt_folder(job.folder, job.attempt))
    blamed = blamed and not (record and record.state is State.INTERRUPTED)
    recover_run(job.folder)
    epochs = finished_epochs(job)
    stalled = 0 if epochs > job.checkpoint_epoch else job.stalled + blamed
    if stalled >= MOST_STALLED:
        reason = causes.died_repeatedly(stalled, read_log(job.folder, job.attempt, lines=20))
        return store.move(job, State.FAILED, reason=reason, stalled=stalled, ended_at=time.time())
    progress = {"attempt": job.attempt + 1, "checkpoint_epoch": epochs, "stalled": stalled}
    return store.move(job, State.QUEUED, **UNSTARTED | progress)
