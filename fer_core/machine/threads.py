"""Threads: how many cores this process has, and matrix products on one thread.

The products of this package take milliseconds. A linear-algebra library that spreads them over all cores waits for
its threads by spinning: on a busy server that costs ten times what it saves, for every visitor at once.
"""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np
from threadpoolctl import ThreadpoolController


def own_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The linear-algebra libraries that NumPy has loaded."""
    return ThreadpoolController()


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """``left @ right``, on one thread."""
    with _libraries().limit(limits=1, user_api="blas"):
        return left @ right
