"""The files that a job's process leaves in its run folder, attempt by attempt.

runs/<job>/  job.json (never changed)  run.json  recipe.yaml  progress.jsonl  history.csv  checkpoint/
             attempt-N/ exit.json  log.txt  tb/
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fer_core.jobs.states import State
from fer_core.machine.files import replacing

EXIT, LOG, EVENTS = "exit.json", "log.txt", "tb"


@dataclass(frozen=True)
class Exit:
    """``exit.json``: how an attempt ended, INTERRUPTED where a signal ended it; one that was killed leaves none."""

    state: State
    reason: str = ""
    ended_at: float = 0.0


def attempt_folder(run: Path, attempt: int) -> Path:
    """The folder of one attempt's log, events and exit record."""
    return run / f"attempt-{attempt}"


def write_exit(folder: Path, record: Exit) -> None:
    """Write ``exit.json`` of an attempt."""
    with replacing(folder / EXIT) as file:
        file.write_text(json.dumps(asdict(record)) + "\n", encoding="utf-8")


def read_exit(folder: Path) -> Exit | None:
    """How the attempt ended, or None where it left no record."""
    try:
        content = json.loads((folder / EXIT).read_text(encoding="utf-8"))
        return Exit(**content | {"state": State(content["state"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_log(run: Path, attempt: int, text: str) -> None:
    """Write what is known of an attempt's output, where its process has left no log itself."""
    if text and not read_log(run, attempt, lines=1):
        folder = attempt_folder(run, attempt)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOG).write_text(text + "\n", encoding="utf-8")


def read_log(run: Path, attempt: int, lines: int = 200, largest_bytes: int = 200_000) -> str:
    """The last lines that an attempt printed; "" where it printed none."""
    try:
        with (attempt_folder(run, attempt) / LOG).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - largest_bytes))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
