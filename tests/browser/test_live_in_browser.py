"""The page Live in a real browser with a camera of its own: streams begin, go on, and end."""

from __future__ import annotations

import csv
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from fer_core.live import OVERLAY_COLOUR
from fer_core.live.record import COLUMNS
from tests.browser import camera
from tests.browser.conftest import CAMERA_FLAGS, FLAGS
from tests.browser.server import serve
from tests.browser.test_pages_in_browser import WAIT_MS, chips, finished

pytestmark = pytest.mark.browser

MODELS = ("demo.good", "demo.fair")
LINK = f"live?models={MODELS[0]},{MODELS[1]}"
LATER = "pisa.cnn5_class_weight"
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

    def __init__(self, address: str, told: Path) -> None:
        self.address, self._told = address, told

    def processors(self) -> list[str]:
        """Names of the threads that answer frames."""
        return [name for name in self._told.read_text().splitlines() if name.startswith(PROCESSOR)]

    def wait_for_processors(self, count: int) -> None:
        """Until so many streams are answered; an error after WAIT_MS."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while len(self.processors()) != count:
            assert time.monotonic() < deadline, f"{self.processors()} are running, not {count}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server(home, tmp_path_factory) -> Iterator[Server]:
    """Serves streams on 127.0.0.1 alone."""
    told = tmp_path_factory.mktemp("server") / "threads.txt"
    with serve(home, ("tests.browser.loopback", str(told), "127.0.0.1")) as address:
        yield Server(address, told)


@pytest.fixture(scope="module")
def filmed(request, launch, tmp_path_factory) -> Iterator[Browser]:
    """A browser whose camera shows faces that move from side to side."""
    film = camera.film(
        camera.frames(camera.faces_to_film(request)), tmp_path_factory.mktemp("film") / "faces.y4m"
    )
    capture = f"--use-file-for-fake-video-capture={film}"
    browser = launch(*FLAGS, *CAMERA_FLAGS, capture, "--allow-loopback-in-peer-connection")
    yield browser
    browser.close()


@pytest.fixture
def page(filmed, server) -> Iterator[Page]:
    """A tab on the page Live; when it is left, so is its stream."""
    context = filmed.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    visit(tab, server.address)
    yield tab
    tab.goto("about:blank")
    context.close()


def visit(page: Page, address: str, link: str = LINK) -> None:
    page.goto(f"{address}/{link}")
    finished(page, "Live")


def streamer(page: Page):
    return page.frame_locator("iframe[title*=webrtc]")


def video_frame(page: Page) -> Frame:
    return next(frame for frame in page.frames if "streamlit_webrtc" in frame.url)


def row(page: Page, model: str):
    return page.locator(f"[data-model='{model}']")


def start(page: Page) -> None:
    """Press START until answers come, a few times at most; more than once is told in a warning."""
    for attempt in range(1, MOST_STARTS + 1):
        streamer(page).get_by_role("button", name="START").click()
        try:
            expect(page.locator("[data-model]").first).to_be_visible(timeout=START_MS)
        except AssertionError:
            stop = streamer(page).get_by_role("button", name="STOP")
            if stop.count():
                stop.click()
            continue
        if attempt > 1:
            warnings.warn(f"START had to be pressed {attempt} times", stacklevel=2)
        return
    pytest.fail(f"no stream after {MOST_STARTS} starts: {page.get_by_test_id('stMain').inner_text()}")


def stop(page: Page) -> None:
    streamer(page).get_by_role("button", name="STOP").click()
    expect(page.get_by_text("Press START: the answers appear")).to_be_visible()


def numbers(page: Page, model: str) -> list[int]:
    """The seven of a model's row, as they are at the moment."""
    return [int(text) for text in row(page, model).locator(".fo-live-cells i").all_inner_texts()]


def test_a_face_is_boxed_in_the_played_video_and_every_chosen_model_answers(page):
    start(page)
    video_frame(page).wait_for_function(f"({OVERLAY_PIXELS})() > 300", timeout=WAIT_MS)
    for model in MODELS:
        expect(row(page, model)).to_be_visible()
        assert sum(numbers(page, model)) == pytest.approx(100, abs=4)
        expect(row(page, model)).to_contain_text("When this model says")
        expect(row(page, model)).to_contain_text(re.compile(r"\d ms"))
    expect(
        page.get_by_text(re.compile(r"\d+ frames answered a second · finding faces [\d.]+ ms"))
    ).to_be_visible()
    expect(page.get_by_text(re.compile("All 2 models say|The models all disagree"))).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg.marks").first).to_be_attached()


def test_the_answers_move_with_the_face(page):
    start(page)
    before = numbers(page, MODELS[0])
    page.wait_for_function(
        "([model, before]) => [...document.querySelectorAll(`[data-model='${model}'] i`)]"
        ".map(cell => cell.innerText).join() !== before",
        arg=[MODELS[0], ",".join(map(str, before))],
        timeout=WAIT_MS,
    )


def test_models_come_and_go_while_the_same_video_plays_on(page, server):
    start(page)
    frame = video_frame(page)
    frame.evaluate("() => { document.querySelector('video').dataset.mark = 'the same' }")
    server.wait_for_processors(1)
    thread = server.processors()
    page.get_by_role("button", name=f"Remove {MODELS[0]}").first.click()
    expect(row(page, MODELS[0])).to_have_count(0)
    box = page.get_by_test_id("stSidebar").get_by_role("combobox").first
    box.fill(LATER)
    box.press("Enter")
    expect(row(page, LATER)).to_be_visible()
    expect(row(page, MODELS[1])).to_be_visible()
    assert chips(page) == [MODELS[1], LATER]
    played_s = frame.evaluate("() => document.querySelector('video[data-mark]').currentTime")
    frame.wait_for_function(
        f"document.querySelector('video[data-mark]')?.currentTime > {played_s}", timeout=WAIT_MS
    )
    assert server.processors() == thread


def test_the_video_goes_on_without_any_model(page, server):
    start(page)
    for model in MODELS:
        page.get_by_role("button", name=f"Remove {model}").first.click()
    expect(page.locator("[data-model]")).to_have_count(0)
    expect(page.get_by_text("Choose a model in the sidebar, and its answer appears here")).to_be_visible()
    video_frame(page).wait_for_function(f"({OVERLAY_PIXELS})() > 300", timeout=WAIT_MS)
    page.get_by_role("button", name=re.compile("Choose the best")).click()
    expect(page.locator("[data-model]").first).to_be_visible()
    server.wait_for_processors(1)


def test_leaving_the_page_ends_the_stream_and_coming_back_begins_a_new_one(page, server):
    start(page)
    server.wait_for_processors(1)
    navigation = page.get_by_test_id("stSidebarNav")
    navigation.get_by_text("Compare", exact=True).click()
    server.wait_for_processors(0)
    navigation.get_by_text("Live", exact=True).click()
    finished(page, "Live")
    start(page)
    server.wait_for_processors(1)


def test_stop_releases_the_processor_and_start_works_again(page, server):
    start(page)
    server.wait_for_processors(1)
    stop(page)
    server.wait_for_processors(0)
    start(page)


def test_a_second_tab_has_a_stream_of_its_own(page, server):
    start(page)
    other = page.context.new_page()
    visit(other, server.address, f"live?models={LATER}")
    start(other)
    server.wait_for_processors(2)
    expect(row(other, LATER)).to_be_visible()
    expect(row(page, MODELS[0])).to_be_visible()
    other.get_by_test_id("stSidebarNav").get_by_text("Compare", exact=True).click()
    server.wait_for_processors(1)
    video_frame(page).wait_for_function(f"({OVERLAY_PIXELS})() > 300", timeout=WAIT_MS)


def test_a_recording_holds_answers_and_no_pictures(page):
    start(page)
    page.get_by_role("button", name="Record the answers").click()
    expect(page.get_by_text(re.compile(r"Recording: \d+ s, [1-9]"))).to_be_visible()
    page.get_by_role("button", name="Stop recording").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Recording as CSV").click()
    with download.value.path().open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {line["variant"] for line in rows} == set(MODELS)
    expect(page.locator("[data-model]").first).to_be_visible()


def test_single_pictures_end_the_stream_and_are_answered_like_any_picture(page, server):
    start(page)
    page.get_by_text("Single pictures", exact=True).click()
    server.wait_for_processors(0)
    preview = page.get_by_test_id("stCameraInput").locator("video")
    expect(preview).to_be_visible()
    page.get_by_test_id("stCheckbox").get_by_text("Take the whole picture").click()
    preview.evaluate("video => new Promise(done => video.requestVideoFrameCallback(done))")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_text(f"{MODELS[0]}: When this model says")).to_be_visible()


@pytest.mark.parametrize(
    ("flags", "said"),
    [((), "This browser sees no camera"), ((*CAMERA_FLAGS[:1], "--deny-permission-prompts"), "is blocked")],
    ids=["no camera", "blocked"],
)
def test_a_browser_without_a_camera_to_give_says_what_to_do(launch, server, flags, said):
    browser = launch(*FLAGS, *flags)
    page = browser.new_page()
    visit(page, server.address)
    streamer(page).get_by_role("button", name="START").click()
    sentence = page.get_by_role("alert").filter(has_text=said)
    expect(sentence).to_be_visible()
    expect(sentence).to_contain_text("Single pictures")
    browser.close()


def test_a_server_that_no_stream_can_reach_is_said_and_pictures_still_work(filmed, home, tmp_path):
    with serve(home, ("tests.browser.loopback", str(tmp_path / "threads.txt"), "")) as address:
        page = filmed.new_page()
        visit(page, address)
        streamer(page).get_by_role("button", name="START").click()
        expect(page.get_by_text("FER_ICE_SERVERS")).to_be_visible()
        page.get_by_text("Single pictures", exact=True).click()
        expect(page.get_by_test_id("stCameraInput").locator("video")).to_be_visible()
        page.close()
