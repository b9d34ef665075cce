"""The process in which models answer a test set, as it is or distorted, one at a time:
``python -m fer_core.test_sets.answering_task``.

Each model's answers are kept when they are complete; so a process that was cancelled or killed goes on where it was.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from fer_core.errors import TaskError
from fer_core.machine.tasks import Seat, Task, run_task, say_progress, say_step
from fer_core.roles.permissions import Identity, for_trainers, identity_from_json, identity_to_json
from fer_core.test_sets.answering import answered, ask_variants
from fer_core.test_sets.distorted import is_measured, measure_distorted
from fer_core.test_sets.store import get_set
from fer_core.variants.registry import get_variant

TIME_LIMIT_S = 4 * 3600

_SEAT = Seat("Models are answering a test set already: wait until that is over, or cancel it.")


@for_trainers("began to let models answer a test set", "name")
def start_asking(
    name: str, ids: Sequence[str], by: Identity | None = None, *, distorted: bool = False
) -> Task:
    """Ask those of the variants ``ids`` about the test set ``name`` that have not answered it yet; ``distorted``: about
    its pictures under every distortion.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: there is no such set.
        TaskError: models are answering one already.
    """
    get_set(name)
    sent = {"name": name, "ids": list(ids), "by": identity_to_json(by), "distorted": distorted}
    count = "1 model" if len(ids) == 1 else f"{len(ids)} models"
    return _SEAT.take(
        lambda: Task(
            "fer_core.test_sets.answering_task",
            sent,
            name=f"Asking {count} about {name}{', distorted' if distorted else ''}",
            limit_s=TIME_LIMIT_S,
            cancelled="those that were finished are kept"
            if distorted
            else "those that were finished have answered",
        )
    )


def _ask(sent: dict[str, Any]) -> None:
    test_set = get_set(sent["name"])
    variants = [get_variant(name) for name in sent["ids"]]
    by = identity_from_json(sent["by"])
    if sent["distorted"]:
        left = [variant for variant in variants if not is_measured(test_set, variant)]
        errors = measure_distorted(test_set, left, say_progress, say_step, by=by)
    else:
        left = [variant for variant in variants if not answered(test_set, variant)]
        errors = ask_variants(test_set, left, say_progress, by=by)
    if errors:
        raise TaskError("; ".join(errors.values()))


if __name__ == "__main__":
    sys.exit(run_task(_ask))
