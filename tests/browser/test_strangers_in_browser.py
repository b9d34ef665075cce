"""Who may only look presses every button of every page, and nothing is changed."""

from __future__ import annotations

from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import read_manifest, store_dataset
from fer_core.jobs.job import Job
from fer_core.jobs.states import State
from fer_core.jobs.store import open_store
from tests.browser.forwarder import forward
from tests.browser.oidc_provider import provide, secrets_file
from tests.browser.server import TOKEN, free_port, serve
from tests.browser.visits import PAGES, finished
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.browser

MODELS = "models=demo.good,demo.fair"
#: What a button of a page is called: those of tables, charts and uploads draw, sort or ask for a file.
BUTTONS = "[data-testid=stMain] :is([data-testid=stButton], [data-testid=stDownloadButton]) button"
#: Lead away from the page: to the sign-in service, or to another page, which has its turn.
LEAVING = ("Sign in", "Sign out")
#: Made by looking, or by the server itself.
OWN = ("server_", "jobs.db", "runner.lock")
MOST_PRESSED = 60
RECIPE = {"architecture": {"name": "customnet", "filters": [8, 16], "groups": 4, "dropout": 0.0}}
PRESS = """button => {
    const props = button[Object.keys(button).find(key => key.startsWith("__reactProps"))];
    if (!button.disabled) button.click();
    else if (props?.onClick) props.onClick(new MouseEvent("click"));
    else return false;
    return true;
}"""
#: The same of the first button of that selector with this text; null where there is none any more.
PRESS_NAMED = f"""([selector, label]) => {{
    const named = (button) => button.innerText.split(/\\s+/).filter(Boolean).join(" ") === label;
    const button = [...document.querySelectorAll(selector)].find(named);
    return button ? ({PRESS})(button) : null;
}}"""
#: What a viewer may start: it ends by itself and keeps nothing.
BOUNDED = {"fer_core.explain.worker", "fer_core.handout.task"}
#: The pages with buttons that change something; the others have been pressed by who is signed out.
CHANGING = ("Leaderboard", "Ensembles", "Robustness", "Train", "Data")
#: Some that must have been among them, so that a page that shows none is no success.
EXPECTED = {
    "Leaderboard": {"These rows as CSV"},
    "Ensembles": {"Save as a model"},
    "Robustness": {"Measure 2 models"},
    "Train": {"Start training", "Rename", "Delete", "Promote", "Save the note", "Restore", "Delete for good"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Everything that can be changed: drawn faces, own variants, a deleted one, a job that is over."""
    home = tmp_path_factory.mktemp("strangers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_HOME", str(home))
        store_dataset(schematic_dataset(28, 14), home / "data")
        facts = {"data_sha256": read_manifest()["sha256"]}
        for seed, (name, skill) in enumerate((("demo.good", 3.0), ("demo.fair", 2.0)), start=1):
            make_variant(home / "model_cards", name, seed=seed, skill=skill, recipe=RECIPE, **facts)
        make_variant(home / "bin" / "20260101T000000.000000Z", "demo.deleted", seed=3)
        job = Job("demo.over-abc123", "demo.over", "demo.good", "", "torch", 5, submitted_at=1.0, ended_at=2.0,
                  state=State.CANCELLED, submitted_by="ann@lab.org")  # fmt: skip
        assert open_store().add(job)
        open_store().close()
    return home


def standing(home):
    """Every file of the home and of the shipped cards, by its size and when it was last written."""
    files = [file for folder in (home, paths.SHIPPED_CARDS) for file in folder.rglob("*") if file.is_file()]
    found = {str(file): file.stat() for file in files if not file.name.startswith(OWN)}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


def jobs(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_HOME", str(home))
        found = [(job.id, job.state) for job in open_store().list_jobs(tuple(State))]
        open_store().close()
    return found


def open_everything(page):
    """Unfold what is folded."""
    folded = page.locator("[data-testid=stMain] details:not([open]) > summary")
    while folded.count():
        folded.first.click()


def settled(page):
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    # parts of the front end come when they are first drawn
    expect(page.locator("[data-testid=stMain] [data-testid=stSkeleton]")).to_have_count(0)


def press_all(page, address, name):
    """Press each button of the page once, also those that come only then; their names.

    A disabled one is pressed by its handler, as somebody can who changes the page in their own browser.
    """
    pressed: list[str] = []
    here = page.get_by_role("heading", name=name, exact=True, level=1)
    while len(pressed) < MOST_PRESSED:
        if not pressed or not here.is_visible():
            page.goto(f"{address}/{PAGES[name]}?{MODELS}")
            finished(page, name)
            settled(page)
        open_everything(page)
        settled(page)
        buttons = page.locator(BUTTONS)
        labels = [" ".join(label.split()) for label in buttons.all_inner_texts()]
        label = next((each for each in labels if each not in pressed and not each.endswith(LEAVING)), None)
        if label is None:
            return pressed
        answer = page.evaluate(PRESS_NAMED, [BUTTONS, label])
        if answer is not None:  # else a part of the page was drawn anew without it
            pressed.append(label)
            assert answer, f"{label} can't be pressed"
        settled(page)
    raise AssertionError(f"{name} has more than {MOST_PRESSED} buttons: {pressed}")


def processes(home):
    """What the processes of this home are, but for the server."""
    found = set()
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        with suppress(psutil.Error):
            if "-m" in words and process.environ().get("FER_HOME") == str(home):
                found.add(words[words.index("-m") + 1])
    return found - {"streamlit"}


@pytest.fixture(scope="module")
def forwarded_address(home):
    """A server as strangers reach it who are forwarded to it, as from this machine."""
    with serve(home) as address, forward(address) as forwarded:
        yield forwarded


@pytest.fixture(scope="module")
def signed_out_address(home):
    """A server where people sign in, as strangers reach it."""
    port = free_port()
    with provide() as provider:
        file = home / "server_secrets.toml"
        file.write_text(secrets_file(provider, f"http://localhost:{port}"))
        with serve(home, port=port, options=("--secrets.files", str(file))):
            yield f"http://localhost:{port}"


@pytest.mark.parametrize(
    ("reached", "name"),
    [
        *(("signed_out_address", name) for name in PAGES),
        *(("forwarded_address", name) for name in CHANGING),
    ],
)
def test_who_may_only_look_presses_every_button_and_changes_nothing(page, home, request, reached, name):
    address = request.getfixturevalue(reached)
    files, queue = standing(home), jobs(home)
    pressed = press_all(page, address, name)
    assert standing(home) == files
    assert jobs(home) == queue
    assert processes(home) <= BOUNDED
    for label in EXPECTED.get(name, ()):
        assert any(each.endswith(label) for each in pressed), f"{label} was not among {pressed}"


def test_where_people_sign_in_the_token_counts_for_nothing(page, home, signed_out_address):
    page.goto(f"{signed_out_address}/train?token={TOKEN}&recipe=demo.good")
    finished(page, "Train")
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()


def test_who_follows_the_link_with_the_token_may_act_and_the_token_leaves_the_link(chromium, home):
    with serve(home) as address:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{address}/train?token={TOKEN}&recipe=demo.good")
        finished(page, "Train")
        assert "token" not in page.url and "recipe=demo.good" in page.url
        expect(page.get_by_role("button", name="Start training")).to_be_enabled()
        other = context.new_page()  # the cookie, not the link, is what counts
        other.goto(f"{address}/train")
        finished(other, "Train")
        expect(other.get_by_role("button", name="Start training")).to_be_enabled()
        (cookie,) = [each for each in context.cookies(address) if each["name"].startswith("faceoff_")]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and TOKEN not in cookie["value"]
        context.close()


@pytest.mark.parametrize("link", ["", "?token=wrong", "?token="])
def test_who_comes_without_the_right_token_may_only_look_and_is_told_why(
    chromium, home, address_without, link
):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address_without}/train{link}")
    finished(page, "Train")
    expect(page.get_by_text("for whoever opens Faceoff with the link that its server prints")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    context.close()


@pytest.fixture(scope="module")
def address_without(home):
    with serve(home) as address:
        yield address
