"""The process that writes a report: ``python -m fer_core.handout.task``, a task of the pages.

Drawing charts as SVG takes a JavaScript engine of a hundred megabytes, which ends with the process.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Sequence
from typing import Any

from fer_core.errors import FerError
from fer_core.handout.page import make_report
from fer_core.machine.tasks import Task
from fer_core.variants.registry import Variant, get_variant

_LIMIT_S = 180.0


def write_report(
    variants: Sequence[Variant], baseline: Variant | None, clean: bool, as_archive: bool, on: str = ""
) -> bytes:
    """The report as HTML, or with its tables as a zip, written in a process of its own; takes some seconds.

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
    task = Task("fer_core.handout.task", order, name="Writing the report", limit_s=_LIMIT_S)
    return base64.b64decode(task.result())


def main() -> int:
    """The process: the order comes as JSON on standard input, the file leaves in base64."""
    order: dict[str, Any] = json.load(sys.stdin)
    try:
        baseline = get_variant(order["baseline"]) if order["baseline"] else None
        variants = [get_variant(name) for name in order["ids"]]
        report = make_report(variants, baseline, order["clean"], on=order["on"])
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    data = report.archive() if order["archive"] else report.html.encode()
    print(json.dumps(base64.b64encode(data).decode()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
