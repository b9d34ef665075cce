"""The process that looks at or registers your own model: ``python -m fer_core.curation.registration_task``.

It has a limit of memory, and its sender a limit of time: a network that needs absurd amounts fails
here, before any other process loads it.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from fer_core.curation.model_registration import look_at, register_model
from fer_core.curation.registration import LOOK, ModelDescription
from fer_core.errors import TaskError
from fer_core.machine.tasks import run_task, say_step

MEMORY_LIMIT_BYTES = 12_000_000_000
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def _within_bounds(order: dict[str, Any]) -> dict[str, Any]:
    """Do what the order says; its folder is removed at the end."""
    work = Path(order["folder"])
    os.environ.update(_QUIET)
    try:
        _limit_memory()
        return _look_or_register(order, work)
    except MemoryError as error:
        raise TaskError(f"it needs more than {MEMORY_LIMIT_BYTES / 1e9:.0f} GB of memory.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _look_or_register(order: dict[str, Any], work: Path) -> dict[str, Any]:
    name, settings, description = order["name"], order["settings"], ModelDescription(**order["description"])
    if order["what"] == LOOK:
        return look_at(work, name, settings, description.architecture, say_step)
    folder, findings = register_model(work, name, description, settings, say_step)
    return {"id": folder.name, "findings": findings}


def _limit_memory() -> None:
    """Let a network that needs absurd memory fail here instead of in the machine."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(run_task(_within_bounds))
