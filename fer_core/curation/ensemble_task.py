"""The process that saves an ensemble: ``python -m fer_core.curation.ensemble_task``, one at a time in a server.

What merging needs (onnx and all members in memory) ends with it, and is never loaded where pages are served.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fer_core.errors import FerError
from fer_core.evaluation.blends import make_blend
from fer_core.machine.tasks import Seat, Task
from fer_core.roles import Identity, for_trainers
from fer_core.variants.registry import get_variant

TIME_LIMIT_S = 1800


_SEAT = Seat("Another ensemble is being saved: wait until that is over.")


@for_trainers("began to save an ensemble", "variant_id")
def start_saving(
    variant_id: str, ids: Sequence[str], chosen: str, how: str, rounds: int, by: Identity | None = None
) -> Task:
    """Save an ensemble of ``ids`` as the variant ``variant_id``; the task's result is its folder's name.

    Args:
        variant_id: family.variant, such as ``ensemble.best``.
        ids: the variants to choose from.
        chosen, how, rounds: as :func:`fer_core.evaluation.blends.make_blend` has them.
        by: who asks.

    Raises:
        NotAllowedError: ``by`` may only look.
        TaskError: another ensemble is being saved.
    """
    order = {"id": variant_id, "ids": list(ids), "chosen": chosen, "how": how, "rounds": rounds}
    order["by"] = asdict(by) if by else None
    name = f"Saving {variant_id}"
    return _SEAT.take(lambda: Task("fer_core.curation.ensemble_task", order, name=name, limit_s=TIME_LIMIT_S))


def main() -> int:
    """The process: the order comes as JSON on standard input."""
    from fer_core.curation.ensemble import gather_members, save_ensemble

    order: dict[str, Any] = json.load(sys.stdin)
    try:
        variants = [get_variant(name) for name in dict.fromkeys(order["ids"])]
        members = gather_members(variants)
        blend = make_blend(members, order["chosen"], order["how"], order["rounds"])
        by = Identity(**order["by"]) if order["by"] else None
        print(json.dumps(save_ensemble(order["id"], blend, members, variants, by=by).name))
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
