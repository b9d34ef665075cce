"""A job's process: started in a session of its own, known by pid and creation time, ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs.folder import LOG, attempt_folder
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Slot, slot_environment

#: Creation times follow the system's clock, which may be set right by a little.
SAME_TIME_S = 1.0


def start_process(job: Job, slot: Slot) -> subprocess.Popen:
    """Start the process of the job's attempt; what it prints goes to the attempt's log.

    Raises:
        JobError: the system refuses to; the message says why.
    """
    folder = attempt_folder(job.folder, job.attempt)
    command = [sys.executable, "-m", "fer_core.jobs.train_one", str(job.folder.absolute())]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG).open("ab") as log:
            return subprocess.Popen(
                [*command, "--attempt", str(job.attempt)],
                cwd=paths.REPOSITORY,
                env=os.environ
                | slot_environment(slot)
                | {"FER_HOME": str(paths.home().absolute()), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise JobError(f"The process of {job.id} can't be started: {error.strerror}.") from error


def created_at(pid: int) -> float:
    """When a living process was created, in seconds since 1970; 0 where there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def is_alive(pid: int, created: float) -> bool:
    """Whether that very process still runs: a pid alone may belong to another by now, and a dead process
    that nobody has waited for still has its pid.
    """
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) <= SAME_TIME_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def terminate(pid: int, created: float) -> None:
    """Ask a process and its group to end."""
    if is_alive(pid, created):
        _signal_group(pid, signal.SIGTERM)


def kill(pid: int, created: float) -> None:
    """Kill a process, its group, and descendants that have left the group."""
    if not is_alive(pid, created):
        kill_group_left_by(pid, created)
        return
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        family = []
    _signal_group(pid, signal.SIGKILL)
    for descendant in family:
        try:
            descendant.kill()  # psutil makes sure that the pid still is that process
        except psutil.Error:
            continue


def kill_group_left_by(pid: int, created: float) -> None:
    """Kill what a dead process left of its group.

    While one of the group lives, the system gives its number to no new process; so a process that has the
    number, yet another creation time, says that the group is empty.
    """
    if pid <= 0 or created < psutil.boot_time():
        return
    now = created_at(pid)
    if not now or abs(now - created) <= SAME_TIME_S:
        _signal_group(pid, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
