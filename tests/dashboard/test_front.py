"""The empty page that a browser gets first: Streamlit's, with our name and style; all else goes through as it is."""

import asyncio
from pathlib import Path

import pytest
from starlette.responses import FileResponse, JSONResponse, Response
from streamlit import file_util

from dashboard.shell import look
from dashboard.shell.front import FrontPage

INDEX = Path(file_util.get_static_dir()) / "index.html"
BROWSER = {
    "accept": "text/html,application/xhtml+xml",
    "accept-encoding": "gzip, br",
    "if-none-match": '"as you have it"',
}


def answer(app, request=BROWSER):
    """Status, headers and body of what a browser gets, and the headers that ``app`` saw."""
    sent, heard = [], {}

    async def listening(scope, receive, send):
        heard.update({name.decode(): value.decode() for name, value in scope["headers"]})
        await app(scope, receive, send)

    async def send(message):
        sent.append(message)

    async def stays():
        await asyncio.Event().wait()

    headers = [(name.encode(), value.encode()) for name, value in request.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(FrontPage(listening)(scope, stays, send))
    received = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], received, b"".join(each.get("body", b"") for each in sent[1:]), heard


def test_streamlits_page_comes_under_our_name_with_our_style_and_is_asked_for_anew_each_time():
    status, received, body, heard = answer(FileResponse(INDEX))
    assert status == 200 and int(received["content-length"]) == len(body)
    assert b"<title>Faceoff</title>" in body and f"{look.HEAD}</head>".encode() in body
    assert not {"etag", "last-modified"} & set(received)
    assert heard == {"accept": BROWSER["accept"]}


@pytest.mark.parametrize(
    "other",
    [
        Response("<html><title>A report</title></html>", media_type="text/html", headers={"etag": '"1"'}),
        Response(INDEX.read_bytes(), status_code=404, media_type="text/html"),
        JSONResponse({"title": "<title>Streamlit</title></head>"}),
    ],
)
def test_other_answers_go_through_as_they_are(other):
    status, received, body, _ = answer(other)
    assert (status, body) == (other.status_code, other.body)
    assert received == {name.decode(): value.decode() for name, value in other.raw_headers}


def test_what_is_no_page_is_asked_for_as_the_browser_asks():
    request = BROWSER | {"accept": "*/*"}
    assert answer(FileResponse(INDEX), request)[2:] == (INDEX.read_bytes(), request)
