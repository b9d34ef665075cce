"""The page Live in a real browser with a camera of its own: streams begin, go on, and end."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fer_core.live.recording import COLUMNS
from tests.browser import camera
from tests.browser.conftest import CAMERA_FLAGS, FLAGS, newcomer
from tests.browser.server import serve
from tests.browser.streams import (
    OVERLAY_PIXELS,
    Server,
    numbers,
    row,
    start,
    stop,
    streamer,
    video_frame,
    visit,
)
from tests.browser.visits import WAIT_MS, chips, finished
from tests.moving_faces import encode, frames_of, stream_of

pytestmark = pytest.mark.browser

MODELS = ("demo.good", "demo.fair")
LINK = f"live?models={MODELS[0]},{MODELS[1]}"
LATER = "pisa.cnn5_class_weight"


@pytest.fixture(scope="module")
def server(home, tmp_path_factory) -> Iterator[Server]:
    """Serves streams on 127.0.0.1 alone."""
    threads_file = tmp_path_factory.mktemp("server") / "threads.txt"
    with serve(home, ("tests.browser.loopback", str(threads_file), "127.0.0.1")) as address:
        yield Server(address, threads_file)


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


@pytest.fixture(scope="module")
def visitor(filmed) -> Iterator[BrowserContext]:
    """What the tabs share, 1280 pixels wide."""
    context = filmed.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(visitor, server) -> Iterator[Page]:
    """A newcomer's tab on the page Live; when it is left, so is its stream."""
    with newcomer(visitor) as tab:
        visit(tab, server.address, LINK)
        yield tab
        tab.goto("about:blank")


def test_a_face_is_boxed_in_the_played_video_and_every_chosen_model_answers(page):
    start(page)
    video_frame(page).wait_for_function(f"({OVERLAY_PIXELS})() > 300", timeout=WAIT_MS)
    for model in MODELS:
        expect(row(page, model)).to_be_visible()
        assert sum(numbers(page, model)) == pytest.approx(100, abs=4)
        expect(row(page, model)).to_contain_text("When this model says")
        expect(row(page, model)).to_contain_text(re.compile(r"\d ms"))
    expect(
        page.get_by_text(re.compile(r"[\d.]+ frames answered a second · finding faces [\d.]+ ms"))
    ).to_be_visible()
    expect(page.get_by_text(re.compile("Both models say|The two models disagree"))).to_be_visible()
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


def test_on_a_telephone_video_and_three_models_answers_are_on_one_screen(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, server.address, f"{LINK},{LATER}")
    start(page)
    assert page.locator("iframe[title*=webrtc]").bounding_box()["width"] > 340
    page.wait_for_function(  # rows are drawn anew all the time
        "model => document.querySelector(`[data-model='${model}']`)?.getBoundingClientRect().bottom <= innerHeight",
        arg=LATER,
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
    expect(page.get_by_text(re.compile(r"REC \d+ s, [1-9]"))).to_be_visible()
    page.get_by_role("button", name="Stop recording").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Recording as CSV").click()
    with download.value.path().open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {line["variant"] for line in rows} == set(MODELS)
    expect(page.locator("[data-model]").first).to_be_visible()


def test_a_recording_ends_with_its_stream(page, server):
    expect(page.get_by_role("button", name="Record the answers")).to_be_disabled()
    start(page)
    page.get_by_role("button", name="Record the answers").click()
    expect(page.get_by_text(re.compile(r"REC \d+ s, [1-9]"))).to_be_visible()
    stop(page)
    server.wait_for_processors(0)
    expect(page.get_by_role("button", name="Recording as CSV")).to_be_visible()
    expect(page.get_by_text(re.compile(r"REC \d+ s"))).to_have_count(0)
    start(page)
    expect(page.get_by_role("button", name="Record the answers")).to_be_enabled()


def test_single_pictures_end_the_stream_and_are_answered_like_any_picture(page, server):
    start(page)
    page.get_by_text("Single pictures", exact=True).click()
    server.wait_for_processors(0)
    preview = page.get_by_test_id("stCameraInput").locator("video")
    expect(preview).to_be_visible()
    page.get_by_test_id("stCheckbox").get_by_text("The whole picture is one face").click()
    preview.evaluate("video => new Promise(done => video.requestVideoFrameCallback(done))")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_text(f"{MODELS[0]}: When this model says")).to_be_visible()


def test_a_video_file_gives_a_timeline_and_a_table(page):
    page.get_by_text("Video file", exact=True).click()
    film = encode(frames_of(stream_of("happy"), 50))
    upload = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    upload.set_input_files({"name": "happy.mp4", "mimeType": "video/mp4", "buffer": film})
    page.get_by_role("button", name="Analyse happy.mp4").click()
    expect(page.get_by_text("of happy.mp4, 1 face was followed")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg.marks")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="All answers as CSV").click()
    assert download.value.path().read_text().splitlines()[0] == ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "This browser sees no camera"),
        ((*CAMERA_FLAGS[:1], "--deny-permission-prompts"), "is blocked"),
    ],
    ids=["NotFoundError", "NotAllowedError"],
)
def test_a_browser_without_a_camera_to_give_says_what_to_do(launch, server, flags, said):
    browser = launch(*FLAGS, *flags)
    page = browser.new_page()
    visit(page, server.address, LINK)
    streamer(page).get_by_role("button", name="Start").click()
    sentence = page.get_by_role("alert").filter(has_text=said)
    expect(sentence).to_be_visible()
    expect(sentence).to_contain_text("Single pictures")
    browser.close()


def test_a_camera_that_another_program_holds_is_said_after_start(launch, server):
    browser = launch(*FLAGS, *CAMERA_FLAGS)
    page = browser.new_page()
    page.add_init_script(  # as Chromium answers where a device can't be opened
        "navigator.mediaDevices.getUserMedia = async () => "
        "{ throw new DOMException('Could not start video source', 'NotReadableError') }"
    )
    visit(page, server.address, LINK)
    sentence = page.get_by_role("alert").filter(has_text="another program or tab holds it")
    expect(sentence).to_have_count(0)
    streamer(page).get_by_role("button", name="Start").click()
    expect(sentence).to_be_visible()
    expect(sentence).to_contain_text("Single pictures")
    browser.close()


def test_a_server_that_no_stream_can_reach_is_said_and_pictures_still_work(filmed, home, tmp_path):
    with serve(home, ("tests.browser.loopback", str(tmp_path / "threads.txt"), "")) as address:
        page = filmed.new_page()
        visit(page, address, LINK)
        streamer(page).get_by_role("button", name="Start").click()
        expect(page.get_by_text("FER_ICE_SERVERS")).to_be_visible()
        page.get_by_text("Single pictures", exact=True).click()
        expect(page.get_by_test_id("stCameraInput").locator("video")).to_be_visible()
        page.close()
