"""Memory of a long-running process: what has been freed goes back to the system, not into glibc's lists.

Streamlit runs every visit in a thread of its own, and glibc gives threads pools ("arenas") of their own that
keep what was freed in them. Other C libraries have neither call; there both functions do nothing.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

#: ``M_ARENA_MAX`` of glibc's ``mallopt(3)``.
_ARENA_MAX = -8
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads share two arenas; for the start of a process, before it has many threads."""
    _call("mallopt", _ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return freed memory to the system (``malloc_trim(3)``): some milliseconds."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(_library(), name, None)
    if function is not None:
        function(*arguments)


@cache
def _library() -> Any:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
