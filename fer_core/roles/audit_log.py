"""Who changed what and when: ``FER_HOME/audit.jsonl``, one JSON line for each change, never rewritten.

``python -m fer_core audit`` prints it. At :data:`LIMIT_BYTES` the file becomes ``audit.1.jsonl``, in the place of
the one before: the log is bounded, and the latest half of it is always whole.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core import paths

LIMIT_BYTES = 5_000_000
DONE = "done"
_LOCK_S = 5
_LONGEST_TEXT = 300
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class AuditEntry:
    """One change, or one that failed after it had been allowed.

    Attributes:
        when: in UTC, ISO 8601.
        who: an e-mail, the token's holder, or who ran the command line.
        act: such as ``deleted a variant``.
        on: what was changed: an id, a job, a file.
        outcome: :data:`DONE`, or the sentence of why not.
    """

    when: str
    who: str
    act: str
    on: str
    outcome: str


def record(who: str, act: str, on: str, outcome: str = DONE) -> None:
    """Add a line. A failure to write it goes to the server's log and holds nothing up."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    entry = AuditEntry(now, *(text[:_LONGEST_TEXT] for text in (who, act, on, outcome)))
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    file = paths.audit_log()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=_LOCK_S):
            if file.is_file() and file.stat().st_size > LIMIT_BYTES:
                os.replace(file, _before(file))
            with file.open("a", encoding="utf-8") as log:
                log.write(line)
    except (OSError, Timeout) as error:
        _LOG.warning("The audit log can't be written (%s); lost: %s", error, line.strip())


def read_entries() -> Iterator[AuditEntry]:
    """All that is kept, the oldest first; a line that is none is passed over."""
    for file in (_before(paths.audit_log()), paths.audit_log()):
        if not file.is_file():
            continue
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield AuditEntry(**json.loads(line))
                except (ValueError, TypeError):
                    continue


def _before(file: Path) -> Path:
    return file.with_name("audit.1.jsonl")
