"""The process that writes a handout: ``python -m fer_core.handout.task``, a task of the pages.

Drawing charts as SVG takes a JavaScript engine of a hundred megabytes, which ends with the process.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from typing import Any

from fer_core.handout.page import make_handout
from fer_core.machine.tasks import Task, run_task
from fer_core.variants.registry import Variant, get_variant

_LIMIT_S = 180.0


def write_handout(
    variants: Sequence[Variant], baseline: Variant | None, clean: bool, as_archive: bool, on: str = ""
) -> bytes:
    """The handout as HTML, or with its tables as a zip, written in a process of its own; takes some seconds.

    ``on`` is the test set whose figures it is of, "" for FER2013.
    TaskError with the sentence of what went wrong.
    """
    order = {
        "ids": [variant.id for variant in variants],
        "baseline": baseline.id if baseline else None,
        "clean": clean,
        "archive": as_archive,
        "on": on,
    }
    task = Task("fer_core.handout.task", order, name="Writing the handout", limit_s=_LIMIT_S)
    return base64.b64decode(task.result())


def _write(order: dict[str, Any]) -> str:
    """The file in base64."""
    baseline = get_variant(order["baseline"]) if order["baseline"] else None
    variants = [get_variant(name) for name in order["ids"]]
    handout = make_handout(variants, baseline, order["clean"], on=order["on"])
    data = handout.archive() if order["archive"] else handout.html.encode()
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    sys.exit(run_task(_write))
