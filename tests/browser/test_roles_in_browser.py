"""Who may train where people sign in, as real visitors meet it, with a real OpenID provider."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from tests.browser.oidc_provider import provide, secrets_file
from tests.browser.server import free_port, serve
from tests.browser.visits import finished

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider():
    with provide() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory, provider):
    """A server where people sign in."""
    home = tmp_path_factory.mktemp("roles")
    store_dataset(schematic_dataset(28, 14), home / "data")
    port = free_port()
    file = home / "secrets.toml"
    file.write_text(secrets_file(provider, f"http://localhost:{port}"))
    with serve(home, port=port, options=("--secrets.files", str(file))):
        yield f"http://localhost:{port}"


def start_button(page):
    return page.get_by_role("button", name="Start training")


def test_without_signing_in_a_visitor_looks_and_a_named_trainer_launches(page, address, provider):
    page.goto(f"{address}/train")
    finished(page, "Train")
    expect(page.get_by_text("for signed-in trainers")).to_be_visible()
    expect(start_button(page)).to_be_disabled()

    provider.email = "ann@lab.org"
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Leaderboard", level=1)).to_be_visible()
    page.goto(f"{address}/train")
    finished(page, "Train")
    expect(page.get_by_text("Signed in as ann@lab.org.")).to_be_visible()
    expect(start_button(page)).to_be_enabled()


def test_who_signs_in_without_being_named_may_only_look(page, address, provider):
    provider.email = "eve@elsewhere.example"
    page.goto(f"{address}/train")
    finished(page, "Train")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Leaderboard", level=1)).to_be_visible()
    page.goto(f"{address}/train")
    finished(page, "Train")
    expect(page.get_by_text("eve@elsewhere.example may look at everything")).to_be_visible()
    expect(start_button(page)).to_be_disabled()
