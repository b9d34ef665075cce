"""The ledger of trainings: which rows are still to be trained, in which order."""

from __future__ import annotations

import re

from fer_core import paths

#: How the state of a row begins that waits for its training.
PENDING = "pending"


def pending_ids(text: str | None = None) -> list[str]:
    """The ids in the ledger's rows whose state begins with PENDING, in its order, each once.

    Args:
        text: a Markdown table whose first column names variants and whose last one is the state; the file
            ``experiments/LEDGER.md`` by default.
    """
    found: list[str] = []
    for line in (paths.LEDGER.read_text(encoding="utf-8") if text is None else text).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.lstrip().startswith("|") and cells[-1].startswith(PENDING):
            found += re.findall(r"\b[a-z0-9_]+\.[a-z0-9_]+\b", cells[0])
    return list(dict.fromkeys(found))
