"""The jobs that run folders describe, for a database that was lost, emptied or moved away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from fer_core import paths
from fer_core.errors import FerError
from fer_core.jobs.folder import attempt_folder, read_exit
from fer_core.jobs.job import Job
from fer_core.jobs.order import ORDER, read_order
from fer_core.jobs.states import OVER, State
from fer_core.training.checkpoint import RUN, checkpoint_epoch

LOST = "The jobs' database was lost while this job waited or ran: resume it, or start it anew."


def lost_jobs() -> Iterator[Job]:
    """Every job whose order still lies in ``FER_HOME/runs``, over as it ended; one that had not ended has FAILED.

    Nothing is started again by itself: who runs what may have changed since.
    """
    for file in sorted(paths.runs().glob(f"*/{ORDER}")):
        try:
            yield _job(file.parent)
        except (FerError, OSError, ValueError, KeyError, TypeError):
            continue  # an order that can't be read can't be carried out either


def _job(run: Path) -> Job:
    order, recipe = read_order(run)
    attempts = [
        int(found[1]) for each in run.iterdir() if (found := re.fullmatch(r"attempt-(\d{1,9})", each.name))
    ]
    attempt = max(attempts, default=1)
    ended = read_exit(attempt_folder(run, attempt))
    over = ended is not None and ended.state in OVER
    at = datetime.fromisoformat(order.submitted_at).timestamp() if order.submitted_at else 0.0
    return Job(
        id=run.name,
        variant_id=recipe.id,
        recipe_id=order.recipe_id,
        parent=order.parent,
        framework=recipe.framework,
        epochs=min(filter(None, (order.epochs, recipe.epochs))),
        state=ended.state if over else State.FAILED,
        attempt=attempt,
        first_attempt=_first_attempt(run),
        checkpoint_epoch=checkpoint_epoch(run),
        reason=ended.reason if over else LOST,
        submitted_at=at,
        queued_at=at,
        ended_at=ended.ended_at if ended else 0.0,
    )


def _first_attempt(run: Path) -> int:
    try:
        return int(json.loads((run / RUN).read_text(encoding="utf-8"))["first_attempt"])
    except (OSError, ValueError, KeyError, TypeError):
        return 1
