"""One runner per FER_HOME, and per machine where machines share their jobs: its lock, and how it is started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs.states import ACTIVE
from fer_core.jobs.store import open_store

#: A runner that is loading is given so long to take the lock before another one is started.
START_S = 3.0
#: Nobody but a runner holds the lock for so long.
LOOK_S = 0.05
#: A starting runner waits so long for the lock, which somebody may be holding for a moment to look.
LOCK_S = 2.0


def this_host() -> str:
    """The name under which this machine runs jobs; "" where all jobs are of one machine."""
    return socket.gethostname() if open_store().shared else ""


def runner_lock() -> FileLock:
    """The lock that the runner of this FER_HOME holds while it lives; the system frees it at its death."""
    return FileLock(_runner_file("lock"))


def _runner_file(kind: str) -> Path:
    """``runner.<kind>``; of machines that share FER_HOME and the jobs, each has its own."""
    host = this_host()
    return paths.home() / (f"runner-{host}.{kind}" if host else f"runner.{kind}")


def runner_is_alive(patience_s: float = 0.0) -> bool:
    """Whether a runner holds the lock, and has for ``patience_s``: others hold it for a moment, to look."""
    lock = runner_lock()
    try:
        lock.acquire(timeout=patience_s, poll_interval=0.01)
    except Timeout:
        return True
    except OSError as error:
        raise JobError(f"{lock.lock_file} can't be written: {error.strerror}.") from error
    lock.release()
    return False


def ensure_runner() -> None:
    """Start the runner where jobs are active and none runs."""
    if not runner_is_alive() and not is_starting() and open_store().list_jobs(ACTIVE):
        start_runner()


def continue_queue() -> None:
    """Let what was ordered before the machine's or the server's restart go on; makes no database where none is."""
    if paths.has_jobs():
        ensure_runner()


def start_runner() -> None:
    """Start the runner, detached, unless one is alive or loading; of two, one would find the lock taken.

    The shell in between ends at once, so that the runner is nobody's child: it outlives its starter,
    and leaves no zombie there.
    """
    if runner_is_alive(LOOK_S) or is_starting():
        return
    home = paths.home().absolute()
    starting_mark().touch()
    with _runner_file("log").open("ab") as log:
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


def starting_mark() -> Path:
    """The file that stands while a runner is loading; the runner removes it once it holds the lock.

    Whoever finds it need not start another: the one that is loading looks at the store afterwards.
    """
    return _runner_file("starting")


def is_starting() -> bool:
    """Whether a runner has been started a moment ago and has not taken the lock yet."""
    try:
        return 0 <= time.time() - starting_mark().stat().st_mtime < START_S
    except OSError:
        return False
