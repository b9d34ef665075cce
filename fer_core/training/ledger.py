"""The ledger of trainings: which rows are still to be trained, in which order."""

from __future__ import annotations

import re

from fer_core import paths

#: How the state of a row begins that waits for its training.
PENDING = "pending"


def pending(text: str | None = None) -> dict[str, int | None]:
    """Id -> how many epochs at most (None: as the recipe says), of the ledger's rows whose state begins with PENDING,
    in its order.

    Args:
        text: a Markdown table whose first column names variants, whose second says how many epochs (a number, or in
            words what ends the training) and whose last one is the state; ``experiments/LEDGER.md`` by default.
    """
    found: dict[str, int | None] = {}
    for line in (paths.LEDGER.read_text(encoding="utf-8") if text is None else text).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.lstrip().startswith("|") and cells[-1].startswith(PENDING):
            epochs = int(cells[1]) if cells[1].isdigit() else None
            for name in re.findall(r"\b[a-z0-9_]+\.[a-z0-9_]+\b", cells[0]):
                found.setdefault(name, epochs)
    return found
