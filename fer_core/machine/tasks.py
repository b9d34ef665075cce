"""Short work in a process of its own: minutes at most, not kept in the queue of jobs.

A module is run with ``python -m``, reads an order as JSON from standard input, and ends with 0 and JSON as its
last line, or with one sentence as the last line of standard error. Whoever asked may wait, or look again; lines
that begin with STEP say what it is doing meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from fer_core import paths
from fer_core.errors import ErrandError

#: How a line begins that says what the work is at.
STEP = "step: "
_TAIL_BYTES = 2000


def say_step(sentence: str) -> None:
    """Of the process: what it is doing now."""
    print(f"{STEP}{' '.join(sentence.split())}", flush=True)


class Errand:
    """A process that has been sent, and what it brings back."""

    def __init__(self, module: str, order: dict[str, Any], *, name: str, limit_s: float) -> None:
        """Start ``python -m module``.

        Args:
            module: dotted name; its ``main`` is described above.
            order: what it reads, as JSON holds it.
            name: of the errand in sentences, such as ``"Registering tiny.net"``.
            limit_s: it is killed after so long.
        """
        self.name, self._limit_s = name, limit_s
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        with tempfile.TemporaryFile() as asked:
            asked.write(json.dumps(order).encode())
            asked.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=paths.REPOSITORY,
                env=os.environ | {"FER_HOME": str(paths.home().absolute())},
                stdin=asked,
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
    def step(self) -> str:
        """What it is doing now, as far as it says so."""
        if self._said is not None:
            return ""
        size = os.fstat(self._out.fileno()).st_size  # pread: where the process goes on writing is not moved
        tail = os.pread(self._out.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        steps = [line for line in tail.decode("utf-8", "replace").splitlines() if line.startswith(STEP)]
        return steps[-1].removeprefix(STEP) if steps else ""

    def is_over(self) -> bool:
        """Whether it has ended; one that has had its time is ended here."""
        if self._said is not None:
            return True
        if self._process.poll() is None and self.took_s > self._limit_s:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.poll() is None:
            return False
        with self._out, self._err:
            self._said = _last_line(self._out), _last_line(self._err)
        return True

    def result(self) -> Any:
        """What it brought back, waited for.

        Raises:
            ErrandError: it failed, with its own sentence, or was killed.
        """
        while not self.is_over():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
        answer, complaint = self._said or ("", "")
        if self._process.returncode == 0:
            return json.loads(answer or "null")
        if self._process.returncode == -signal.SIGKILL:
            raise ErrandError(f"{self.name} took longer than {self._limit_s:.0f} s, or too much memory.")
        reason = complaint or f"its process ended with {self._process.returncode}"
        raise ErrandError(f"{self.name} failed: {reason}")


def _last_line(file) -> str:
    file.seek(0)
    lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
