"""The process of one attempt at one job; the same for page, command line and cluster.

    python -m fer_core.jobs.train_one RUN_DIR --attempt N

It registers itself in the store under its attempt, and ends where that attempt is no longer wanted. Then it
trains, and writes down how it ended in the attempt's ``exit.json``. The runner takes the job to its end once
this process is gone, and with it the memory it held.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from fer_core.data.store import read_manifest
from fer_core.errors import JobError, JobStoreError, TrainingInterrupted, UnknownJobError
from fer_core.jobs import causes
from fer_core.jobs.folder import EVENTS, Exit, attempt_folder, write_exit
from fer_core.jobs.job import Job
from fer_core.jobs.order import other_recipes, read_order
from fer_core.jobs.processes import created_at
from fer_core.jobs.progress import finished_epochs
from fer_core.jobs.states import State
from fer_core.jobs.store import JobStore, open_store
from fer_core.training.stall import end_process

#: How often the store is read, between batches, whether to go on.
ASK_S = 0.5
#: How long an attempt waits for the process of the one before to be gone.
LOCK_S = 30.0
_signalled_to_end = threading.Event()


def main(arguments: list[str] | None = None) -> int:
    """Train; 0 when the job has ended or is not this process's, 1 when it failed."""
    parser = argparse.ArgumentParser(prog="python -m fer_core.jobs.train_one")
    parser.add_argument("run", type=Path, metavar="RUN_DIR")
    parser.add_argument("--attempt", type=int, required=True)
    options = parser.parse_args(arguments)
    store = open_store()
    job = register(store, options.run.name, options.attempt)
    if job is None:
        print(f"{options.run.name} has no more use for attempt {options.attempt}.")
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _train(store, job)
        _ignore_requests_to_end()
    except BaseException as error:
        # Libraries translate whatever is raised inside them, so the request decides, not what arrives here.
        if _signalled_to_end.is_set() or any(
            isinstance(each, TrainingInterrupted) for each in causes.chain(error)
        ):
            return _stopped(store, job)
        traceback.print_exc()
        return _failed(job, error)
    _write(job, State.DONE)
    return 0


def register(store: JobStore, job_id: str, attempt: int) -> Job | None:
    """Enter this process as the attempt's; None where the attempt is over, or another has entered."""
    try:
        job = store.get(job_id)
    except UnknownJobError:
        return None
    if job.attempt != attempt or job.state is not State.STARTING:
        return None
    pid = os.getpid()
    return store.move(job, State.RUNNING, pid=pid, pid_created_at=created_at(pid), started_at=time.time())


class StopSign:
    """Reads in the store now and then whether this attempt is to go on."""

    def __init__(self, store: JobStore, job: Job) -> None:
        self._store, self._job = store, job
        self._looked_at = time.monotonic()

    def should_stop(self) -> bool:
        """Whether this process got a signal to end, or the job is to be cancelled or is another attempt's."""
        if _signalled_to_end.is_set():
            return True
        if time.monotonic() - self._looked_at < ASK_S:
            return False
        self._looked_at = time.monotonic()
        try:
            now = _current(self._store, self._job)
        except JobStoreError as error:
            print(error, file=sys.stderr)
            return False
        return now is None or now.state is not State.RUNNING


def _train(store: JobStore, job: Job) -> None:
    print(f"{job.id}, attempt {job.attempt}, process {os.getpid()}")
    order, recipe = read_order(job.folder)
    if order.data_sha256 != read_manifest()["sha256"]:
        raise JobError("Another data set has been imported since the job was submitted: submit it again.")
    from fer_core.jobs.event_files import EventFile
    from fer_core.training.checkpoint import recover_run
    from fer_core.training.options import Run, Watch
    from fer_core.training.session import train

    recover_run(job.folder)
    events = EventFile(attempt_folder(job.folder, job.attempt) / EVENTS)
    facts = {"job": job.id, "first_attempt": job.first_attempt, "parent": order.parent}
    run = Run(
        recipe,
        others=other_recipes(order),
        epochs=order.epochs,
        resume=finished_epochs(job) > 0,
        start_from=order.start_from or None,
        folder=job.folder,
        facts=facts,
        lock_s=LOCK_S,
    )
    sign = StopSign(store, job)
    folders = train(run, Watch(events.take, print, sign.should_stop, lambda reason: _stalled(job, reason)))
    events.close()
    for folder in folders:
        print(f"Wrote {folder}")


def _stopped(store: JobStore, job: Job) -> int:
    """Cancelled: say so. Ended by somebody else's signal: say that, so that it is queued again and not blamed."""
    _ignore_requests_to_end()
    try:
        now = _current(store, job)
        if now is not None:
            _write(job, State.CANCELLED if now.state is State.CANCELLING else State.INTERRUPTED)
    except (JobStoreError, OSError) as unwritten:  # without a record it is queued again, too
        print(unwritten, file=sys.stderr)
    return 128 + signal.SIGTERM


def _failed(job: Job, error: BaseException) -> int:
    """Write the cause down; where a full disk forbids even that, the exit code says it to the runner."""
    reason = causes.cause_of(error)
    print(reason, file=sys.stderr)
    try:
        _write(job, State.FAILED, reason)
    except OSError as unwritten:
        print(unwritten, file=sys.stderr)
        return errno.ENOSPC if causes.is_disk_full(unwritten) else 1
    return 1


def _stalled(job: Job, sentence: str) -> None:
    """End this process, whatever it is stuck in: a failed job can be resumed."""
    _write(job, State.FAILED, sentence)
    end_process(sentence)


def _write(job: Job, state: State, reason: str = "") -> None:
    write_exit(attempt_folder(job.folder, job.attempt), Exit(state, reason, time.time()))


def _current(store: JobStore, job: Job) -> Job | None:
    """The job as it stands, or None where it is no longer this attempt's."""
    try:
        now = store.get(job.id)
    except UnknownJobError:
        return None
    return now if now.attempt == job.attempt else None


class _SignalledToEnd(BaseException):
    """Raised wherever the training stands; no ``except Exception`` of a library takes it for its own."""


def _interrupt(*_: object) -> None:
    _signalled_to_end.set()
    _ignore_requests_to_end()
    raise _SignalledToEnd("The training's process was signalled to end.")


def _ignore_requests_to_end() -> None:
    """What is left to do is short, and the runner does not wait for long."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
