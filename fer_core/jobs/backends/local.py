"""Jobs as processes of this machine."""

from __future__ import annotations

import errno
import math
import signal
import subprocess
import time

from fer_core.jobs import causes, processes
from fer_core.jobs.backends.backend import Look
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Capacity, Slot

#: A process with much memory dies slowly: so long after the system counted a kill, it may be the one.
DYING_S = 30.0


class LocalProcesses:
    """A process group for each attempt; those of an earlier runner are known by pid and creation time."""

    shared = False
    look_s = 0.2

    def __init__(self, capacity: Capacity, host: str = "") -> None:
        self.host = host
        self._capacity = capacity
        self._children: dict[tuple[str, int], subprocess.Popen] = {}
        self._memory_kills = causes.out_of_memory_kills()
        self._memory_kill_at = -math.inf

    def __repr__(self) -> str:
        return f"this machine, {self._capacity}"

    def submit(self, job: Job, slot: Slot) -> str:
        """Start a process in a session of its own; JobError where the system refuses to."""
        child = processes.start_process(job, slot)
        self._children[job.id, job.attempt] = child
        return f"pid {child.pid}"

    def poll(self, job: Job) -> Look:
        """Look for the very process."""
        self._count_memory_kills()
        child = self._children.get((job.id, job.attempt))
        if child.poll() is None if child else processes.is_alive(job.pid, job.pid_created_at):
            return Look(alive=True)
        known = child is not None or job.pid > 0
        return Look(alive=False, known=known, reason=self._unwritten_reason(child))

    def stop(self, job: Job, *, force: bool) -> None:
        """SIGTERM to the group, or SIGKILL to the group and to descendants that have left it."""
        child = self._children.get((job.id, job.attempt))
        alive = child is not None and child.poll() is None
        pid, created = (
            (child.pid, processes.created_at(child.pid)) if alive else (job.pid, job.pid_created_at)
        )
        if not force:
            processes.terminate(pid, created)
            return
        processes.kill(pid, created)
        if not alive:
            self._children.pop((job.id, job.attempt), None)

    def logs(self, job: Job) -> str:
        """Nothing: a process writes its log from its first line."""
        return ""

    def capacity(self) -> Capacity:
        """What this machine's jobs may have together."""
        return self._capacity

    def _count_memory_kills(self) -> None:
        kills = causes.out_of_memory_kills()
        if kills > self._memory_kills:
            self._memory_kills, self._memory_kill_at = kills, time.monotonic()

    def _unwritten_reason(self, child: subprocess.Popen | None) -> str:
        """Why a process died, where it could not write that down itself; "" where that is not known."""
        if child and child.returncode == errno.ENOSPC:
            return causes.disk_full()
        starved = time.monotonic() - self._memory_kill_at < DYING_S
        if starved and (child is None or child.returncode == -signal.SIGKILL):
            return causes.OUT_OF_MEMORY.format(memory="memory and was killed by the system")
        return ""
