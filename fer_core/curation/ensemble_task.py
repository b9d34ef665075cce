"""The process that saves an ensemble: ``python -m fer_core.curation.ensemble_task``, one at a time in a server.

What merging needs (onnx and all members in memory) ends with it, and is never loaded where pages are served.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from fer_core.evaluation.blends import make_blend
from fer_core.machine.tasks import Seat, Task, run_task
from fer_core.roles.permissions import Identity, for_trainers, identity_from_json, identity_to_json
from fer_core.variants.registry import get_variant

TIME_LIMIT_S = 3600

_SEAT = Seat("Another ensemble is being saved: wait until that is over.")


@for_trainers("began to save an ensemble", "variant_id")
def start_saving(
    variant_id: str,
    ids: Sequence[str],
    chosen: str,
    how: str,
    rounds: int,
    int8: bool = False,
    by: Identity | None = None,
) -> Task:
    """Save an ensemble of ``ids`` as the variant ``variant_id``; the task's result is its folder's name.

    Args:
        variant_id: family.variant, such as ``ensemble.best``.
        ids: the variants to choose from.
        chosen, how, rounds: as :func:`fer_core.evaluation.blends.make_blend` has them.
        int8: as :func:`fer_core.curation.ensemble.save_ensemble` has it.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        TaskError: another ensemble is being saved.
    """
    order = {"id": variant_id, "ids": list(ids), "chosen": chosen, "how": how, "rounds": rounds}
    order |= {"int8": int8, "by": identity_to_json(by)}
    name = f"Saving {variant_id}"
    return _SEAT.take(lambda: Task("fer_core.curation.ensemble_task", order, name=name, limit_s=TIME_LIMIT_S))


def _save(order: dict[str, Any]) -> str:
    from fer_core.curation.ensemble import save_ensemble, stored_answers

    variants = [get_variant(name) for name in dict.fromkeys(order["ids"])]
    members = stored_answers(variants)
    blend = make_blend(members, order["chosen"], order["how"], order["rounds"])
    by = identity_from_json(order["by"])
    return save_ensemble(order["id"], blend, members, variants, int8=order["int8"], by=by).name


if __name__ == "__main__":
    sys.exit(run_task(_save))
