"""Twenty people who follow a link to the same server: over twenty seconds, and all in the same one.

    python -m benchmarks.visitors [PAGE]

Each is a websocket that asks for the page as a browser does and reads until its run has ended; drawing in the browser
is not counted (``benchmarks.dashboard`` does). Printed: seconds of the first
alone and of the next, then the median, the 95th percentile and the slowest of the twenty.
"""

from __future__ import annotations

import asyncio
import sys
import time

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.fresh_server import server

VISITORS = 20
SPREAD_S = 20.0


async def visit(address: str, page: str, after_s: float = 0.0) -> float:
    """Seconds from the connection until the first run of the page has ended."""
    await asyncio.sleep(after_s)
    began = time.perf_counter()
    target = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(target, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
        request = BackMsg()
        request.rerun_script.page_name = page
        await socket.send(request.SerializeToString())
        async for message in socket:
            answer = ForwardMsg()
            answer.ParseFromString(message)
            if answer.WhichOneof("type") == "script_finished":
                return time.perf_counter() - began
    raise SystemExit("the server closed the connection before the page was finished")


async def measure(address: str, page: str) -> None:
    """Print a line for each way of arriving."""
    alone = [await visit(address, page) for _ in range(2)]
    print(f"page {page or 'leaderboard'}: the first {alone[0]:.2f} s, the next {alone[1]:.2f} s")
    for words, gap_s in ((f"spread over {SPREAD_S:.0f} s", SPREAD_S / VISITORS), ("in the same second", 0.0)):
        seconds = await asyncio.gather(*(visit(address, page, gap_s * number) for number in range(VISITORS)))
        print(
            f"  {VISITORS} {words:20} first {min(seconds):5.2f} s, median {np.median(seconds):5.2f} s, "
            f"p95 {np.percentile(seconds, 95):5.2f} s, last {max(seconds):5.2f} s",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    page = sys.argv[1] if len(sys.argv) > 1 else ""
    with server() as (address, _):
        asyncio.run(measure(address, page))


if __name__ == "__main__":
    main()
