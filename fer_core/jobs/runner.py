"""The one process per FER_HOME that starts jobs, watches over their processes, and ends them.

    python -m fer_core.jobs.runner

It keeps nothing that a successor could not read from the store: killed at any moment, the next one adopts
what runs and goes on. The jobs' processes live on without it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from filelock import Timeout

from fer_core import paths
from fer_core.errors import ClusterError, FerError, JobError, JobStoreError
from fer_core.jobs import causes
from fer_core.jobs.backends import Backend, open_backend
from fer_core.jobs.endings import queue_again, settle
from fer_core.jobs.folder import keep_log
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Slot, free_slot
from fer_core.jobs.starting import LOCK_S, runner_lock, starting_mark
from fer_core.jobs.states import ACTIVE, PROCESSING, State
from fer_core.jobs.store import JobStore, open_store

#: Seconds without any job after which the runner ends itself; the variable overrides it.
IDLE_VARIABLE = "FER_JOBS_IDLE_S"
IDLE_S = 60.0
#: The MLflow server to which jobs are mirrored.
MLFLOW_VARIABLE = "FER_MLFLOW_URL"


@dataclass(frozen=True)
class Patience:
    """Seconds: from a wish to cancel to SIGTERM, and from there to SIGKILL."""

    ask_s: float = 3.0
    kill_s: float = 10.0


class Runner:
    """Starts what fits, in order; settles what has died; presses what is to be cancelled."""

    def __init__(self, store: JobStore, backend: Backend, patience: Patience = Patience()) -> None:
        self.store = store
        self.backend = backend
        self.patience = patience
        self.stopping = threading.Event()
        self._cancelling: dict[tuple[str, int], float] = {}
        self._signalled: set[tuple[str, int]] = set()
        self._last_complaint = ""

    def run(self, idle_s: float | None) -> None:
        """Look after the jobs until there has been none for ``idle_s``; None waits without end.

        Whoever submits looks at the lock after writing the job; so after giving the lock back, a last look
        at the store finds every job whose submitter took this runner for alive.

        Raises:
            JobError: another runner holds the lock.
        """
        lock = runner_lock()
        try:
            lock.acquire(timeout=LOCK_S)
        except Timeout as error:
            raise JobError(f"Another runner looks after {paths.home()} already.") from error
        starting_mark().unlink(missing_ok=True)
        while True:
            try:
                with _mirrored(self.store):
                    self._look_until_idle(idle_s)
            finally:
                lock.release()
            if self.stopping.is_set() or not self._look_safely(start=False):
                return
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return  # a new one was quicker

    def look(self, *, start: bool = True) -> bool:
        """One round; returns whether any job is active."""
        jobs = self.store.list_jobs(ACTIVE)
        if start and jobs:
            with self.store.alone_at("look") if self.backend.shared else nullcontext(True) as alone:
                if alone:
                    self._look_after(self.store.list_jobs(ACTIVE) if self.backend.shared else jobs)
        return bool(jobs)

    def _look_after(self, jobs: list[Job]) -> None:
        self._supervise(jobs)
        if any(job.state is not State.RUNNING for job in jobs):
            self._start_waiting(self.store.list_jobs(ACTIVE))

    def _look_until_idle(self, idle_s: float | None) -> None:
        active_at = time.monotonic()
        while not self.stopping.is_set() and paths.home().is_dir():
            if self._look_safely():
                active_at = time.monotonic()
            elif idle_s is not None and time.monotonic() - active_at >= idle_s:
                return
            self.stopping.wait(self.backend.look_s)

    def _look_safely(self, *, start: bool = True) -> bool:
        """A full disk, and a database or a cluster out of reach, are waited out; each is logged once."""
        try:
            active = self.look(start=start)
        except (JobStoreError, ClusterError, OSError) as error:
            if str(error) != self._last_complaint:
                _log(str(error))
            self._last_complaint = str(error)
            return True
        self._last_complaint = ""
        return active

    def _supervise(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.host != self.backend.host:
                continue
            if job.state is State.INTERRUPTED:
                queue_again(self.store, job, blamed=job.pid > 0)
            elif job.state in PROCESSING:
                self._watch(job)

    def _watch(self, job: Job) -> None:
        """Settle a job whose process is dead; press one that is to be cancelled."""
        key = (job.id, job.attempt)
        look = self.backend.poll(job)
        if look.alive:
            if job.state is State.CANCELLING:
                self._press(job)
            return
        self.backend.stop(job, force=True)
        keep_log(job.folder, job.attempt, self.backend.logs(job))
        settled = settle(self.store, job, reason=look.reason, blamed=look.known)
        self._cancelling.pop(key, None)
        self._signalled.discard(key)
        if settled:
            _log(f"{job.id} attempt {job.attempt}: {settled.state} {settled.reason}".rstrip())

    def _press(self, job: Job) -> None:
        """Its process looks for the wish to cancel between batches; one that does not is made to stop."""
        key = (job.id, job.attempt)
        waited_s = time.monotonic() - self._cancelling.setdefault(key, time.monotonic())
        if waited_s >= self.patience.ask_s + self.patience.kill_s:
            self.backend.stop(job, force=True)
        elif waited_s >= self.patience.ask_s and key not in self._signalled:
            self._signalled.add(key)
            self.backend.stop(job, force=False)

    def _start_waiting(self, jobs: list[Job]) -> None:
        """Start queued jobs in their order; one that has to wait holds up those behind it."""
        host = self.backend.host
        processing = [job for job in jobs if job.state in PROCESSING and job.host == host]
        queued = [job for job in jobs if job.state is State.QUEUED]
        capacity = self.backend.capacity() if queued else None
        for job in queued:
            try:
                slot = free_slot(job, capacity, processing)
            except JobError as error:
                self.store.move(job, State.FAILED, reason=str(error), ended_at=time.time())
                continue
            if slot is None:
                return
            devices = ",".join(slot.gpus)
            claimed = self.store.move(job, State.STARTING, host=host, devices=devices, started_at=time.time())
            if claimed:
                processing.append(claimed)
                self._start(claimed, slot)

    def _start(self, job: Job, slot: Slot) -> None:
        try:
            name = self.backend.submit(job, slot)
        except ClusterError:
            raise  # it may have come through: the next look will show
        except JobError as error:
            reason = causes.cause_of(error)
            self.store.move(job, State.FAILED, reason=reason, ended_at=time.time())
            _log(f"{job.id} attempt {job.attempt}: {reason}")
            return
        _log(f"{job.id} attempt {job.attempt}: started, {name}")


@contextmanager
def _mirrored(store: JobStore) -> Iterator[None]:
    """Inside, jobs are mirrored to the MLflow server that the environment names, if any."""
    url = os.environ.get(MLFLOW_VARIABLE)
    if not url:
        yield
        return
    from fer_core.jobs.mlflow_mirror import Mirror

    mirror = Mirror(store, url, _log)
    try:
        yield
    finally:
        mirror.close()


def _log(sentence: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {sentence}", flush=True)


def main() -> int:
    """Run until nothing has been left to do for a while; the detached runner's entry."""
    try:
        store = open_store()
        runner = Runner(store, open_backend(store))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: runner.stopping.set())
        _log(f"runner {os.getpid()} looks after {paths.home()} on {runner.backend}")
        runner.run(float(os.environ.get(IDLE_VARIABLE) or IDLE_S))
    except FerError as error:
        _log(str(error))
        return 1
    _log(f"runner {os.getpid()} ends")
    return 0


if __name__ == "__main__":
    sys.exit(main())
