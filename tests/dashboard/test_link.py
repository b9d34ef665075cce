"""The link with the server's token: taken out of every request, printed at the start, opened in a browser."""

import asyncio
import webbrowser
from http.cookies import SimpleCookie
from queue import Queue
from urllib.parse import urljoin

import pytest
import streamlit as st

from dashboard.shell import link
from fer_core import paths
from fer_core.roles.tokens import TOKEN_VARIABLE, cookie

TOKEN = "the-token-of-the-tests"
OPTIONS = {"server.port": 8601, "server.headless": True}


@pytest.fixture
def options(monkeypatch, tmp_path):
    """Streamlit's options as a test sets them, and a FER_HOME of its own."""
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    monkeypatch.setattr(link, "signs_in", lambda: False)
    chosen = dict(OPTIONS)
    monkeypatch.setattr(st, "get_option", chosen.get)
    return chosen


def answer(path, query="", scheme="http", method="GET", kind="http"):
    """What comes of one request: status and headers, or None where it is passed on."""
    sent = []

    async def app(scope, receive, send):
        assert scope["query_string"] == query.encode()

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "method": method, "path": path, "query_string": query.encode(), "scheme": scheme}
    asyncio.run(link.TokenLink(app)(scope | {"headers": []}, None, send))
    return (
        (sent[0]["status"], {key.decode(): value.decode() for key, value in sent[0]["headers"]})
        if sent
        else None
    )


def test_what_carries_no_token_is_passed_on(options):
    assert (
        answer("/train") is answer("/train", "models=a.b&baseline=token") is answer("/", "tokens=x") is None
    )
    assert answer("/train", f"token={TOKEN}", method="POST") is None
    assert answer("/_stcore/stream", f"token={TOKEN}", kind="websocket") is None


@pytest.mark.parametrize(
    ("path", "query", "then"),
    [
        ("/train", f"recipe=a.b&token={TOKEN}&start=x+y", "/train?recipe=a.b&start=x+y"),
        ("/", f"token={TOKEN}", "/"),
        ("/base/train", f"token={TOKEN}", "/base/train"),
        ("/", "token=", "/"),
        ("/", f"models=a.b%2Cc.d&token={TOKEN}", "/?models=a.b%2Cc.d"),
        ("//evil.example/", f"token={TOKEN}", "/evil.example/"),
        ("/http:evil.example", f"token={TOKEN}", "/http%3Aevil.example"),
    ],
)
def test_the_token_leaves_the_link_and_the_page_stays_on_this_server(options, path, query, then):
    status, headers = answer(path, query)
    assert status == 303 and headers["cache-control"] == "no-store"
    assert urljoin(f"http://here{path}", headers["location"]) == f"http://here{then}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_right_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_can_t_use(options, scheme):
    (morsel,) = SimpleCookie(answer("/", f"token={TOKEN}", scheme)[1]["set-cookie"]).values()
    assert (morsel.key, morsel.value) == cookie()
    assert (
        morsel["httponly"]
        and morsel["samesite"] == "strict"
        and bool(morsel["secure"]) == (scheme == "https")
    )
    assert "set-cookie" not in answer("/", "token=the-token-of-others")[1]


@pytest.mark.parametrize(
    ("more", "address"),
    [
        ({}, "http://localhost:8601/"),
        ({"server.address": "0.0.0.0"}, "http://localhost:8601/"),
        ({"server.address": "::1"}, "http://[::1]:8601/"),
        ({"server.address": "lab.example", "server.sslCertFile": "x"}, "https://lab.example:8601/"),
        ({"server.baseUrlPath": "/faces/"}, "http://localhost:8601/faces/"),
    ],
)
def test_the_link_is_printed_when_the_server_starts(options, more, address, capsys):
    options.update(more)
    with link.offered():
        assert f"{address}?token={TOKEN}\n" in capsys.readouterr().err


def test_a_browser_is_opened_by_a_file_that_only_its_owner_can_read(options, monkeypatch):
    opened = Queue()
    monkeypatch.setattr(webbrowser, "open", opened.put)
    options["server.headless"] = False
    file = paths.opening_page(8601)
    with link.offered():
        assert file.stat().st_mode & 0o777 == 0o600
        assert f"url=http://localhost:8601/?token={TOKEN}" in file.read_text()
    assert opened.get(timeout=10) == file.as_uri()
    assert not file.exists()


def test_a_home_that_can_t_be_written_opens_no_browser_and_stops_no_server(
    options, monkeypatch, tmp_path, capsys
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FER_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(webbrowser, "open", None)
    options["server.headless"] = False
    with link.offered():
        assert f"?token={TOKEN}" in capsys.readouterr().err


def test_where_people_sign_in_no_link_is_offered(options, monkeypatch, capsys):
    monkeypatch.setattr(link, "signs_in", lambda: True)
    with link.offered():
        assert capsys.readouterr() == ("", "")
