"""Memory of the server during a long stream: it must not grow.

    python -m benchmarks.live_memory [--minutes 10] [--models 8]

Streams a moving drawn face from Chromium through the page Live to a server of its own, with several models
chosen and their answers drawn beside it, and prints the server's memory and frames a second every minute.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.dashboard import FLAGS, server
from benchmarks.streams import FaceStream
from fer_core.data.schematic import draw_face
from fer_core.variants.registry import list_variants

FRAMES_PER_S, FILM_S = 25, 6.0
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
MOST_STARTS = 3
WAIT_MS = 60_000


def film(path: Path) -> Path:
    """Write a moving face as a file that Chromium takes for a camera (.mjpeg)."""
    stream = FaceStream([draw_face("happy", np.random.default_rng(0), size=144)])
    with path.open("wb") as out:
        for number in range(round(FILM_S * FRAMES_PER_S)):
            picture = cv2.cvtColor(stream.frame(number / FRAMES_PER_S), cv2.COLOR_RGB2BGR)
            out.write(cv2.imencode(".jpg", picture)[1].tobytes())
    return path


def start(page: Page) -> int:
    """Press Start until answers come; how often it took."""
    streamer = page.frame_locator("iframe[title*=webrtc]")
    for attempt in range(1, MOST_STARTS + 1):
        streamer.get_by_role("button", name="Start").click(timeout=WAIT_MS)
        try:
            expect(page.locator("[data-model]").first).to_be_visible(timeout=15_000)
            return attempt
        except AssertionError:
            stop = streamer.get_by_role("button", name="Stop")
            if stop.count():
                stop.click()
    raise SystemExit(f"no stream after {MOST_STARTS} starts")


def frames_per_s(page: Page) -> str:
    """As the page says it."""
    words = page.get_by_text(re.compile(r"[\d.]+ frames answered a second")).inner_text(timeout=WAIT_MS)
    return words.partition(" ")[0]


def played_size(page: Page) -> str:
    """Pixels of the video that comes back: a browser reduces them when its machine is overloaded."""
    frame = next(frame for frame in page.frames if "streamlit_webrtc" in frame.url)
    return frame.evaluate(
        "() => { const video = document.querySelector('video'); return `${video.videoWidth} x ${video.videoHeight}` }"
    )


def watch(page: Page, process: psutil.Process, minutes: int) -> None:
    """Print memory once a minute, and in the end how much it grew after the first."""
    began, sizes = time.monotonic(), []
    for minute in range(minutes + 1):
        time.sleep(max(0.0, began + 60 * minute - time.monotonic()))
        size = process.memory_info().rss
        sizes.append(size)
        print(
            f"{minute:3} min  {size / 2**20:6.0f} MiB  {process.num_threads():3} threads  "
            f"{frames_per_s(page):>4} frames/s of {played_size(page)}",
            flush=True,
        )
    print(f"growth after the first minute: {100 * (sizes[-1] / sizes[1] - 1):+.1f} %")


def main() -> None:
    """Stream, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=int, default=10, help="how long to stream (at least 1)")
    parser.add_argument("--models", type=int, default=8, help="how many models answer, at most")
    options = parser.parse_args()
    models = [variant.id for variant in list_variants() if variant.can_predict][: options.models]
    with tempfile.TemporaryDirectory() as folder, server() as (address, process), sync_playwright() as driver:
        capture = f"--use-file-for-fake-video-capture={film(Path(folder) / 'faces.mjpeg')}"
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*FLAGS, *CAMERA, capture]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/live?models={','.join(models)}")
        starts = start(page)
        print(f"{len(models)} models, 640 x 480 at {FRAMES_PER_S} frames/s; Start pressed {starts} time(s)")
        watch(page, process, max(1, options.minutes))
        browser.close()


if __name__ == "__main__":
    main()
