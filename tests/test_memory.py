"""What a process has freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import psutil
from fer_core.machine import memory

memory.share_arenas()
resident = lambda: psutil.Process().memory_info().rss >> 20
blocks = [bytes([1]) * 4096 for _ in range(25_000)]
kept = blocks[::200]  # one in two hundred stays, so that the heap can't simply be cut at its end
del blocks
before = resident()
memory.give_back()
print(before - resident(), len(kept))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the calls are glibc's")
def test_freed_memory_that_the_heap_would_keep_is_given_back():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    given_back_mib, kept = map(int, run.stdout.split())
    assert given_back_mib > 50, "half of the hundred MiB that were freed"
    assert kept == 125
