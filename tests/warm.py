"""A process that runs one command after the other, so that a framework is imported once and not by every test.

What a fresh process does is tested where it matters: by ``tests/test_readme.py``, ``tests/jobs`` and what is stopped
in its midst.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import traceback
from functools import cached_property
from pathlib import Path
from typing import Any

from fer_core import paths


class Warm:
    """The process; it starts with its first command and keeps what it has imported."""

    def __init__(self, **environment: str) -> None:
        """``environment`` is added to that of every command."""
        self._environment = environment

    def call(self, function: str, *arguments: Any, **environment: str) -> Any:
        """What ``package.module:function`` answers there to ``arguments``, all as JSON holds them."""
        code, answer, said = self._ask(function, arguments, environment)
        assert code == 0, said
        return answer

    def run(self, *arguments: Any, home: Path, expect: int = 0) -> str:
        """What ``python -m fer_core`` prints, as its user sees it; it must end with ``expect``."""
        words = [str(argument) for argument in arguments]
        code, answer, said = self._ask("fer_core.__main__:main", [words], {"FER_HOME": str(home)})
        assert (code or answer or 0) == expect, said
        return said

    def close(self) -> None:
        """End it; the next command would start another."""
        if process := self.__dict__.pop("_process", None):
            process.communicate()

    @cached_property
    def _process(self) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.warm"],
            cwd=paths.REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, function: str, arguments: Any, environment: dict[str, str]) -> tuple[int, Any, str]:
        environment = dict(os.environ) | self._environment | environment
        order = {"function": function, "arguments": arguments, "environment": environment}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the process of {function} ended with {self._process.wait()}"
        return tuple(json.loads(answer))


def follow(order: dict[str, Any]) -> tuple[int, Any, str]:
    """In the process: 0 or how it ended, the answer, and what was printed."""
    os.environ.clear()
    os.environ.update(order["environment"])
    module, _, name = order["function"].partition(":")
    said, code, answer = io.StringIO(), 0, None
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            answer = getattr(importlib.import_module(module), name)(*order["arguments"])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            code = 1
            traceback.print_exc()
    return code, answer, said.getvalue()


def main() -> None:
    """The process: an order a line, an answer a line; whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(follow(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
