"""What visitors upload is bounded by its kind, for a session, and for all sessions together: on a real server."""

from __future__ import annotations

import http.client
from contextlib import ExitStack, contextmanager, suppress

import pytest
from starlette.applications import Starlette
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from dashboard.shell.uploads import SERVER_VARIABLE, BoundedUploads, largest_by_suffix, server_bytes
from fer_core.errors import ConfigurationError
from tests.browser.server import serve

MB = 1_000_000
BOUNDARY = "between-parts"


@pytest.fixture
def server(request, tmp_path, monkeypatch):
    """The address of a server that holds so many megabytes."""
    monkeypatch.setenv(SERVER_VARIABLE, str(request.param))
    with serve(tmp_path) as address:
        yield address.removeprefix("http://")


@contextmanager
def session(server: str):
    """The id of a session as a browser opens one; it ends with the block."""
    with connect(f"ws://{server}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
        started = BackMsg()
        started.rerun_script.query_string = ""
        socket.send(started.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout=60))
            if message.HasField("new_session"):
                yield message.new_session.initialize.session_id
                return


def put(server: str, session_id: str, name: str, size: int, chunked: bool = False) -> tuple[int, str]:
    """Upload ``size`` bytes as the file ``name``."""
    connection = http.client.HTTPConnection(server, timeout=60)
    try:
        connection.request("GET", "/_stcore/host-config")
        connection.getresponse().read()
        connection.request("GET", "/_stcore/health")
        answer = connection.getresponse()
        answer.read()
        cookie = answer.getheader("set-cookie", "").partition(";")[0]
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        body = head + bytes(size) + f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2],
        }
        pieces = (body[at : at + MB] for at in range(0, len(body), MB))
        address = f"/_stcore/upload_file/{session_id}/file-{name}"
        with suppress(BrokenPipeError, ConnectionResetError):  # refused while it was read
            connection.request("PUT", address, pieces if chunked else body, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("server", [400], indirect=True)
def test_each_kind_of_file_has_its_own_bound(server):
    with session(server) as own:
        assert put(server, own, "face.jpg", 19 * MB) == (204, "")
        answer = put(server, own, "other.jpg", 21 * MB)
        assert answer == (413, "At most 20 MB are taken of a file of this kind: choose a smaller one.")
        assert put(server, own, "list.csv", 3 * MB)[0] == 413
        assert put(server, own, "unheard.of", 21 * MB)[0] == 413
        assert put(server, own, "film.mp4", 30 * MB) == (204, "")
    assert put(server, "nobody", "face.jpg", 1000)[0] == 400


@pytest.mark.parametrize("server", [30], indirect=True)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_session_holds_so_much_and_all_of_them_together_no_more_than_the_server(server, chunked):
    with ExitStack() as sessions:
        first, second, third, fourth = [sessions.enter_context(session(server)) for _ in range(4)]
        assert put(server, first, "one.mp4", 7 * MB, chunked)[0] == 204
        answer = put(server, first, "two.mp4", 7 * MB, chunked)
        assert answer[0] == 413
        assert answer[1].endswith("and a page holds at most 9 MB: remove one, or load the page anew.")
        for other in (second, third):
            assert put(server, other, "film.mp4", 8 * MB, chunked)[0] == 204
        assert put(server, fourth, "film.mp4", 8 * MB, chunked) == (
            413,
            "The files of all visitors take 30 MB, all that this server holds: come again in a few minutes.",
        )
        assert put(server, fourth, "face.jpg", 4 * MB, chunked)[0] == 204


def test_the_bound_of_the_server_is_a_number(monkeypatch):
    monkeypatch.setenv(SERVER_VARIABLE, "lots")
    with pytest.raises(ConfigurationError, match="FER_UPLOADS_MB is 'lots'"):
        server_bytes()
    assert largest_by_suffix()[".webp"] == 20 * MB


def test_a_file_of_many_megabytes_never_reaches_a_disk(monkeypatch):
    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    seen = []

    async def keep(request: Request) -> Response:
        form = await request.form()
        seen.append((form["file"].size, form["file"].file._rolled))
        return Response()

    app = BoundedUploads(Starlette(routes=[Route("/", keep, methods=["PUT"])]))
    assert TestClient(app).put("/", files={"file": ("a.png", bytes(15 * MB))}).status_code == 200
    assert seen == [(15 * MB, False)]
