"""What a process has freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from fer_core.api.middleware import LARGE_BODY_BYTES, GivenBack
from fer_core.machine import memory

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


@pytest.mark.parametrize(("size", "given_back"), [(LARGE_BODY_BYTES, 0), (LARGE_BODY_BYTES + 1, 1)])
def test_the_api_gives_memory_back_after_a_large_body_and_after_no_other(monkeypatch, size, given_back):
    calls = []
    monkeypatch.setattr(memory, "give_back", lambda: calls.append("given back"))

    async def read(request: Request) -> Response:
        return Response(str(len(await request.body())))

    app = GivenBack(Starlette(routes=[Route("/", read, methods=["POST"])]))
    assert TestClient(app).post("/", content=bytes(size)).text == str(size)
    assert len(calls) == given_back
