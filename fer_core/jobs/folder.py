"""The files of a run: what its process is told, and what it leaves.

runs/<job>/  job.json (never changed)  run.json  recipe.yaml  progress.jsonl  history.csv  checkpoint/
             attempt-N/ exit.json  log.txt  tb/
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fer_core.errors import JobError, RecipeError
from fer_core.files import replacing
from fer_core.jobs.states import State
from fer_core.recipes import Recipe, parse_recipe

ORDER, EXIT, LOG, EVENTS = "job.json", "exit.json", "log.txt", "tb"


@dataclass(frozen=True)
class Order:
    """``job.json``: everything that a job's process needs, written once before the job is queued.

    Attributes:
        job: the job's id.
        recipe: the complete recipe as plain mappings; its id is the variant's.
        recipe_id: id of the recipe or variant it was made from.
        parent: variant to compare with, or "".
        start_from: variant whose native weights are the first ones, or "".
        epochs: at most so many instead of the recipe's, or None.
        data_sha256: the imported data set it was submitted for.
        code_sha256, git_commit: the code it was submitted under.
        versions: of Python and the packages that decide a training.
        submitted_at: ISO 8601, UTC.
    """

    job: str
    recipe: dict[str, Any]
    recipe_id: str = ""
    parent: str = ""
    start_from: str = ""
    epochs: int | None = None
    recipe_sha256: str = ""
    data_sha256: str = ""
    code_sha256: str = ""
    git_commit: str = ""
    seed: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    submitted_at: str = ""


@dataclass(frozen=True)
class Exit:
    """``exit.json``: how an attempt ended; one that was killed leaves none."""

    state: State
    reason: str = ""
    ended_at: float = 0.0


def attempt_folder(run: Path, attempt: int) -> Path:
    """The folder of one attempt's log, events and exit record."""
    return run / f"attempt-{attempt}"


def write_order(run: Path, order: Order) -> None:
    """Write ``job.json``, whole or not at all."""
    with replacing(run / ORDER) as file:
        file.write_text(json.dumps(asdict(order), indent=1) + "\n", encoding="utf-8")


def read_order(run: Path) -> tuple[Order, Recipe]:
    """The order and its checked recipe.

    Raises:
        JobError: the file is gone or damaged.
        RecipeError: its recipe is not one that this version takes.
    """
    try:
        order = Order(**json.loads((run / ORDER).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise JobError(
            f"The recipe of this job is gone: there is no {ORDER} in {run.name}; submit it again."
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise JobError(f"{run.name}/{ORDER} can't be read: submit the job again.") from error
    try:
        return order, parse_recipe(order.recipe)
    except RecipeError as error:
        raise RecipeError(f"{run.name}/{ORDER}: {error}") from error


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
