"""A real server, a real browser, and variants of known answers.

The fixtures end with this folder: Playwright keeps an event loop in the thread of the tests, in which other
tests could not run their own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.server import serve
from tests.fixtures_variants import make_variant

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
)
#: A camera that needs no device, and no click that allows it.
CAMERA_FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
#: Set where a browser must be there, so that a missing one is an error.
REQUIRED = "FACEOFF_REQUIRE_BROWSER"


@pytest.fixture(scope="package")
def home(tmp_path_factory) -> Path:
    """A FER_HOME with two trained variants, a recipe and a broken folder."""
    folder = tmp_path_factory.mktemp("home")
    cards = folder / "model_cards"
    cards.mkdir()
    make_variant(cards, "demo.good", seed=1, skill=3.0, architecture="customnet", latency_ms=2.0)
    make_variant(
        cards,
        "demo.fair",
        seed=2,
        skill=2.0,
        framework="keras",
        architecture="moodmirror_basic",
        latency_ms=1.0,
    )
    make_variant(cards, "demo.recipe", seed=3, status="recipe-only")
    (cards / "demo.broken").mkdir()
    return folder


@pytest.fixture(scope="package")
def address(home) -> Iterator[str]:
    """The server that most tests share."""
    with serve(home) as started:
        yield started


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts the system's Chromium with the flags given."""
    program = shutil.which("chromium")
    if program is None:
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)("there is no `chromium` on the path")
    with sync_playwright() as driver:
        yield lambda *flags: driver.chromium.launch(executable_path=program, args=list(flags))


@pytest.fixture(scope="package")
def chromium(launch) -> Iterator[Browser]:
    """The Chromium that most tests share; its camera is a test picture."""
    browser = launch(*FLAGS, *CAMERA_FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def visitor(chromium) -> Iterator[BrowserContext]:
    """What the tabs of most tests share: Streamlit's own files, which the browser has read and compiled once."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@contextmanager
def newcomer(visitor: BrowserContext) -> Iterator[Page]:
    """A tab of somebody who has never been here, though the browser has read the front end before."""
    tab = visitor.new_page()
    origins: set[str] = set()
    tab.on("framenavigated", lambda frame: origins.add("/".join(frame.url.split("/")[:3])))
    yield tab
    memory = visitor.new_cdp_session(tab)
    for origin in origins:
        memory.send(
            "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage,indexeddb"}
        )
    for each in visitor.pages:
        each.close()
    visitor.clear_cookies()
    visitor.clear_permissions()


@pytest.fixture
def page(visitor) -> Iterator[Page]:
    """A newcomer's tab, 1280 pixels wide."""
    with newcomer(visitor) as tab:
        yield tab
