"""How long hostile uploads take, and what they leave in a server's memory.

    python -m benchmarks.hostile [--count 300] [--seed 0]

Gives each upload of ``tests/hostile.py`` as Faceoff takes it, in this process, and prints the slowest: 5 seconds of a
free core is the aim for any. Then sends the pictures among them to a fresh server of the HTTP API, and prints its
memory before and after: within 100 MB is the aim.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.api import server_process
from fer_core import paths
from fer_core.errors import FerError
from tests import hostile

SLOWEST = 10
AIM_S, AIM_MB = 5.0, 100
HEADERS = {"Content-Type": "multipart/form-data; boundary=b"}


def time_all(count: int, seed: int) -> None:
    """Give every upload, and print the slowest ones with what they were answered."""
    rows = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["FER_HOME"] = home
        paths.local_cards().mkdir(parents=True)
        for upload in hostile.uploads(count, seed):
            began, worked, answer = time.perf_counter(), time.process_time(), "taken"
            try:
                hostile.give(upload, Path(home))
            except FerError as error:
                answer = str(error)
            rows.append((time.process_time() - worked, time.perf_counter() - began, upload, answer))
    rows.sort(key=lambda row: -row[0])
    print(f"{count} uploads; the slowest, in seconds of a core (and by the clock):")
    for core_s, clock_s, upload, answer in rows[:SLOWEST]:
        print(
            f"{core_s:7.2f} ({clock_s:6.2f})  {upload.place} {upload.made}, {len(upload.data):,} bytes: {answer[:90]}"
        )
    over = sum(core_s > AIM_S for core_s, *_ in rows)
    print(f"{over} took more than {AIM_S:g} s of a core.")


def watch_memory(count: int, seed: int) -> None:
    """Send the pictures to a server, and print what its memory was before and after."""
    statuses: Counter[int] = Counter()
    with server_process() as (process, port):
        for _ in range(3):
            send(port, hostile.Upload(hostile.PICTURE, "", "a.png", b""))
        before = memory_mb(process)
        for upload in hostile.uploads(count, seed):
            if upload.place == hostile.PICTURE:
                statuses[send(port, upload)] += 1
        after = memory_mb(process)
    print(f"{statuses.total()} pictures to the API, by status: {dict(sorted(statuses.items()))}")
    print(
        f"The server's memory: {before} MB before, {after} MB after: {after - before:+} MB (aim: within {AIM_MB})."
    )


def send(port: int, upload: hostile.Upload) -> int:
    """The status of one picture."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="images"; filename="x"\r\n\r\n'
        + upload.data
        + b"\r\n--b--\r\n"
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request("POST", "/predict", body, HEADERS)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):  # refused while it was read
        return 413
    finally:
        connection.close()


def memory_mb(process_id: int) -> int:
    """Resident memory now."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) // 1024


def main() -> None:
    """Either or both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    watch_memory(options.count, options.seed)
    time_all(options.count, options.seed)


if __name__ == "__main__":
    main()
