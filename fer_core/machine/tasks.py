"""Short work in a process of its own: minutes at most, not kept in the queue of jobs.

A module is run with ``python -m``, reads an order as JSON from standard input, and ends with 0 and JSON as its last
line, or with one sentence as the last line of standard error (:func:`run_task`). Its sender may wait, look again, or
cancel; lines before the last may say how far it is (:func:`say_progress`) and what it is doing (:func:`say_step`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from fer_core import paths
from fer_core.errors import FerError, TaskError

_DONE, _TOTAL, _STEP = "done", "total", "step"
#: Names the sender to a task, which ends when that has ended: nobody would fetch what it brings back.
_SENDER = "FER_TASK_SENDER"
_LOOK_FOR_SENDER_S = 1.0
_TAIL_BYTES = 800  # in which the last line about progress lies


class Held(Protocol):
    """What is to be cleaned up after a task, as a ``tempfile.TemporaryDirectory`` is."""

    def cleanup(self) -> None: ...


class Task:
    """A process that has been sent, and what it brings back."""

    def __init__(
        self,
        module: str,
        order: dict[str, Any],
        *,
        name: str,
        limit_s: float,
        holds: Held | None = None,
        cancelled: str = "nothing has changed",
    ) -> None:
        """Start ``python -m module``.

        Args:
            module: dotted name; its ``main`` is described above.
            order: what it reads, as JSON holds it.
            name: of the task in sentences, such as ``"Registering tiny.net"``.
            limit_s: it is killed after so long.
            holds: a folder of its own, cleaned up when it is over.
            cancelled: what is left of it when it is cancelled.
        """
        self.name, self._limit_s, self._holds = name, limit_s, holds
        self.is_cancelled, self._left = False, cancelled
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        with tempfile.TemporaryFile() as order_file:
            order_file.write(json.dumps(order).encode())
            order_file.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=paths.REPOSITORY,
                env=os.environ | {"FER_HOME": str(paths.home().absolute()), _SENDER: str(os.getpid())},
                stdin=order_file,
                stdout=self._out,
                stderr=self._err,
                start_new_session=True,
            )
        self._began = time.monotonic()
        self._said: tuple[str, str] | None = None

    @property
    def took_s(self) -> float:
        """Seconds since it was sent."""
        return time.monotonic() - self._began

    @property
    def progress(self) -> tuple[int, int | None] | None:
        """How much is done, and of how much where that is known; None before it has said so, and after its end."""
        said = self._last_said(_DONE)
        return (said[_DONE], said[_TOTAL]) if said else None

    @property
    def step(self) -> str:
        """What it is at, in words; empty before it has said so, and after its end."""
        return self._last_said(_STEP).get(_STEP, "")

    def _last_said(self, key: str) -> dict[str, Any]:
        """The last line with ``key``, while it is on its way."""
        if self._said is not None:
            return {}
        file = self._out.fileno()  # shared with the process: reading must not move its place
        tail = os.pread(file, _TAIL_BYTES, max(0, os.fstat(file).st_size - _TAIL_BYTES))
        for line in reversed(tail.splitlines()):
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                if isinstance(said, dict) and key in said:
                    return said
        return {}

    def cancel(self) -> None:
        """End it now, wherever it is."""
        if not self.is_over():
            self.is_cancelled = True
            self._kill()

    def is_over(self) -> bool:
        """Whether it has ended; one that has had its time is ended here."""
        if self._said is not None:
            return True
        if self._process.poll() is None and self.took_s > self._limit_s:
            self._kill()
        if self._process.poll() is None:
            return False
        with self._out, self._err:
            self._said = _last_line(self._out), _last_line(self._err)
        if self._holds is not None:
            self._holds.cleanup()
        return True

    def result(self) -> Any:
        """What it brought back, waited for.

        Raises:
            TaskError: it failed, with its own sentence, was cancelled, or was killed.
        """
        while not self.is_over():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
        answer, complaint = self._said or ("", "")
        if self._process.returncode == 0:
            return json.loads(answer or "null")
        if self.is_cancelled:
            raise TaskError(f"{self.name} was cancelled; {self._left}.")
        if self._process.returncode == -signal.SIGKILL:
            raise TaskError(f"{self.name} took longer than {self._limit_s:.0f} s, or too much memory.")
        reason = complaint or f"its process ended with {self._process.returncode}"
        raise TaskError(f"{self.name} failed: {reason}")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Seat:
    """Room for one task at a time in this server."""

    def __init__(self, busy: str) -> None:
        """``busy``: the sentence for who comes while it is taken."""
        self._busy, self._lock = busy, threading.Lock()
        self._taken: Task | None = None

    def take(self, start: Callable[[], Task]) -> Task:
        """Start a task; TaskError while the one before is not over."""
        with self._lock:
            if self._taken is not None and not self._taken.is_over():
                raise TaskError(self._busy)
            self._taken = start()
            return self._taken


def run_task(work: Callable[[Any], Any]) -> int:
    """The ``main`` of a task's module: give ``work`` the order, print what it returns as JSON; the exit status."""
    if sender := os.environ.pop(_SENDER, ""):
        threading.Thread(target=_end_with, args=(int(sender),), daemon=True).start()
    order = json.load(sys.stdin)
    try:
        print(json.dumps(work(order)))
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _end_with(sender: int) -> None:
    """End this process and its children once its sender has ended."""
    while os.getppid() == sender:
        time.sleep(_LOOK_FOR_SENDER_S)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def say_progress(done: int, total: int | None) -> None:
    """From inside a task: how far it is."""
    print(json.dumps({_DONE: done, _TOTAL: total}), flush=True)


def say_step(words: str) -> None:
    """From inside a task: what it is at."""
    print(json.dumps({_STEP: " ".join(words.split())}), flush=True)


def _last_line(file) -> str:
    file.seek(0)
    lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
