"""A job's process: started in a session of its own, known by pid and creation time, ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import psutil

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs.folder import LOG, attempt_folder
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Slot, slot_environment

#: Creation times by the system's clock may be set right by a little.
SAME_TIME_S = 1.0
#: From here on a creation time is a boot's mark and ticks since that boot; below, seconds since 1970.
_BOOTS = 2**32


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
    """A number that distinguishes a living process from every other that has or had its pid; 0 where there is none.

    Under Linux it is made of the boot and the ticks since then, as the system's clock may be set while a job runs;
    elsewhere it is the time of its creation in seconds since 1970.
    """
    try:
        return _mark_of(pid) or psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def _mark_of(pid: int) -> float:
    """Of which boot, and after how many ticks of it, a process began; 0 where the system does not say."""
    boot = _boot()
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        ticks = int(stat[stat.rindex(b")") + 2 :].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    return float(boot * _BOOTS + ticks % _BOOTS) if boot else 0.0


@lru_cache
def _boot() -> int:
    """20 bits that distinguish this boot of the machine; 0 where the system does not say."""
    try:
        return int(Path("/proc/sys/kernel/random/boot_id").read_text()[:5], 16) or 1
    except (OSError, ValueError):
        return 0


def _is_same(pid: int, created: float) -> bool:
    """Whether the living process is the one of which that was noted, also by another version of this file."""
    if created >= _BOOTS:
        return _mark_of(pid) == created
    return abs(psutil.Process(pid).create_time() - created) <= SAME_TIME_S


def is_alive(pid: int, created: float) -> bool:
    """Whether that very process still runs: a pid alone may belong to another by now, and a dead process
    that nobody has waited for still has its pid.
    """
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        return _is_same(pid, created) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def terminate(pid: int, created: float) -> None:
    """Signal a process and its group to end."""
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
    if pid <= 0 or not _of_this_boot(created):
        return
    try:
        same = not psutil.pid_exists(pid) or _is_same(pid, created)
    except psutil.NoSuchProcess:
        same = True
    if same:
        _signal_group(pid, signal.SIGKILL)


def _of_this_boot(created: float) -> bool:
    return int(created) // _BOOTS == _boot() if created >= _BOOTS else created >= psutil.boot_time()


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
