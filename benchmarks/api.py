"""Pictures a second: over HTTP, in one process, and from the command line.

    python -m benchmarks.api [VARIANT]

Asks a fresh server the same picture one after the other and by several clients at once; beside it the same
path without HTTP, and the command line, which loads everything anew each time.
"""

from __future__ import annotations

import argparse
import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
from skimage import data

from fer_core import paths
from fer_core.answers import answer_picture, load_classifiers
from fer_core.faces.stills import still_finder

CLIENTS = 8
SECONDS = 4.0
COMMANDS = 3
HEADERS = {"Content-Type": "multipart/form-data; boundary=b"}


@contextmanager
def server() -> Iterator[int]:
    """The port of a fresh server."""
    with server_process() as (_, port):
        yield port


@contextmanager
def server_process() -> Iterator[tuple[int, int]]:
    """The process id and port of a fresh server. It prints to a file: nobody would empty a pipe."""
    command = [sys.executable, "-u", "-m", "fer_core", "serve", "--port", "0"]
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(command, cwd=paths.REPOSITORY, stdout=log, stderr=log)
        try:
            while not (found := re.search(rb"is at http://\S+:(\d+),", Path(log.name).read_bytes())):
                if process.poll() is not None:
                    raise SystemExit(Path(log.name).read_text())
                time.sleep(0.05)
            yield process.pid, int(found[1])
        finally:
            process.terminate()
            process.wait(timeout=40)


def rate(ask: Callable[[], object], seconds: float = SECONDS) -> float:
    """Calls a second of ``ask``, after three to warm up."""
    for _ in range(3):
        ask()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        ask()
        count += 1
    return count / (time.perf_counter() - began)


def asker(port: int, body: bytes) -> Callable[[], None]:
    """One client that keeps its connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask() -> None:
        connection.request("POST", "/predict", body, HEADERS)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise SystemExit(answer.decode())

    return ask


def over_http(port: int, variant: str, picture: bytes) -> dict[str, float]:
    """Rates of one client, and of several at once."""
    head = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    body = head.format("models").encode() + variant.encode() + b"\r\n"
    body += head.format("images").encode() + picture + b"\r\n--b--\r\n"
    rates = {"HTTP, one client": rate(asker(port, body))}
    start = threading.Barrier(CLIENTS)

    def one_of_many(_: int) -> float:
        start.wait()
        return rate(asker(port, body))

    with ThreadPoolExecutor(CLIENTS) as clients:
        rates[f"HTTP, {CLIENTS} clients"] = sum(clients.map(one_of_many, range(CLIENTS)))
    return rates


def command_line(variant: str, picture: bytes) -> float:
    """Commands a second."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        Path(file.name).write_bytes(picture)
        command = [sys.executable, "-m", "fer_core", "predict", file.name, "--models", variant]
        began = time.perf_counter()
        for _ in range(COMMANDS):
            subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, check=True)
        return COMMANDS / (time.perf_counter() - began)


def pictures() -> dict[str, bytes]:
    """A face crop, and a photograph in which the face has to be found."""
    photograph = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    crop = cv2.resize(photograph[64:165, 174:275], (48, 48), interpolation=cv2.INTER_AREA)
    return {
        "face crop of 48 x 48": cv2.imencode(".png", crop)[1].tobytes(),
        "photograph of 512 x 512": cv2.imencode(".jpg", photograph)[1].tobytes(),
    }


def main() -> None:
    """Print pictures a second by every way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variant", nargs="?", default="ece176.customnet_10")
    variant = parser.parse_args().variant
    classifiers, finder = load_classifiers([variant]), still_finder()
    with server() as port:
        for name, picture in pictures().items():
            direct = rate(lambda: answer_picture(picture, "p", classifiers, finder=finder))  # noqa: B023
            rates = {"in one process": direct} | over_http(port, variant, picture)
            rates["command line"] = command_line(variant, picture)
            print(f"\n{variant}, {name} pixels")
            for way, value in rates.items():
                print(
                    f"{way:20}{value:10.1f} pictures/s{value / rates['command line']:10.0f} x the command line"
                )


if __name__ == "__main__":
    main()
