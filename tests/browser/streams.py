"""A stream as a test drives it: begun, looked into, ended; and the server at its other end."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from fer_core.live import OVERLAY_COLOUR
from tests.browser.visits import WAIT_MS, finished

MOST_STARTS = 3
START_MS = 12_000
PROCESSOR = "async_media_processor"

#: How many of the played video's pixels have the colour of Faceoff's boxes.
OVERLAY_PIXELS = f"""() => {{
  const video = document.querySelector("video")
  if (!video || !video.videoWidth) return 0
  const canvas = document.createElement("canvas")
  canvas.width = video.videoWidth; canvas.height = video.videoHeight
  const context = canvas.getContext("2d")
  context.drawImage(video, 0, 0)
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data
  let count = 0
  for (let at = 0; at < pixels.length; at += 4) {{
    const far = {list(OVERLAY_COLOUR)}.reduce((sum, value, band) => sum + Math.abs(value - pixels[at + band]), 0)
    if (far < 120) count++
  }}
  return count
}}"""


class Server:
    """A server's address, and the threads that it runs at the moment."""

    def __init__(self, address: str, threads_file: Path) -> None:
        self.address, self._threads_file = address, threads_file

    def processors(self) -> list[str]:
        """Names of the threads that answer frames."""
        return [name for name in self._threads_file.read_text().splitlines() if name.startswith(PROCESSOR)]

    def wait_for_processors(self, count: int) -> None:
        """Until so many streams are answered; an error after WAIT_MS."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while len(self.processors()) != count:
            assert time.monotonic() < deadline, f"{self.processors()} are running, not {count}"
            time.sleep(0.05)


def visit(page: Page, address: str, link: str) -> None:
    page.goto(f"{address}/{link}")
    finished(page, "Live")


def streamer(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title*=webrtc]")


def video_frame(page: Page) -> Frame:
    return next(frame for frame in page.frames if "streamlit_webrtc" in frame.url)


def row(page: Page, model: str) -> Locator:
    return page.locator(f"[data-model='{model}']")


def start(page: Page) -> None:
    """Press Start until answers come, a few times at most; more than once is warned of."""
    for attempt in range(1, MOST_STARTS + 1):
        streamer(page).get_by_role("button", name="Start").click()
        try:
            expect(page.locator("[data-model]").first).to_be_visible(timeout=START_MS)
        except AssertionError:
            stop = streamer(page).get_by_role("button", name="Stop")
            if stop.count():
                stop.click()
            continue
        if attempt > 1:
            warnings.warn(f"Start had to be pressed {attempt} times", stacklevel=2)
        return
    pytest.fail(f"no stream after {MOST_STARTS} starts: {page.get_by_test_id('stMain').inner_text()}")


def stop(page: Page) -> None:
    streamer(page).get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Press Start: the answers appear")).to_be_visible()


def numbers(page: Page, model: str) -> list[int]:
    """The seven of a model's row, as they are at the moment."""
    return [int(text) for text in row(page, model).locator(".fo-live-cells i").all_inner_texts()]
