"""One runner per FER_HOME: its lock, and how it is started by whoever needs it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs.states import ACTIVE
from fer_core.jobs.store import open_store

#: Polls do not start a second one while the first is still loading.
START_S = 1.0
#: A starting runner waits so long for the lock, which somebody may be holding for a moment to look.
LOCK_S = 2.0

_asked_at = -START_S


def runner_lock() -> FileLock:
    """The lock that the runner of this FER_HOME holds while it lives; the system frees it at its death."""
    return FileLock(paths.home() / "runner.lock")


def runner_is_alive() -> bool:
    """Whether a runner holds the lock."""
    lock = runner_lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError as error:
        raise JobError(f"{lock.lock_file} can't be written: {error.strerror}.") from error
    lock.release()
    return False


def ensure_runner() -> None:
    """Start the runner where jobs are active and none runs."""
    if time.monotonic() - _asked_at >= START_S and open_store().list_jobs(ACTIVE):
        start_runner()


def start_runner() -> None:
    """Start the runner, detached, unless one is alive; a second one would find the lock taken and end.

    The shell in between ends at once, so that the runner is nobody's child: it outlives who asked for it,
    and leaves no zombie there.
    """
    global _asked_at
    if runner_is_alive():
        return
    _asked_at = time.monotonic()
    home = paths.home().absolute()
    with (home / "runner.log").open("ab") as log:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-m", "fer_core.jobs.runner"],
            cwd=paths.REPOSITORY,
            env=os.environ | {"FER_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=True,
        )
