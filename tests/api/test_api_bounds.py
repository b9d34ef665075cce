"""What one client, one picture or one hanging library can take from the others: a bounded part, for a bounded time."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, closing

import pytest
import uvicorn

from fer_core import paths
from fer_core.api import routes
from fer_core.api.connections import bounded_connections
from fer_core.api.serving import listen
from fer_core.api.workers import Workers
from fer_core.errors import AnswerTooSlowError, BusyError
from tests.api_driver import FORM, PORTRAIT, PROBLEM, client, form, noise, part, picture, serve
from tests.fixtures_variants import make_variant

PATIENCE_S = 30
PLACES, SHARE = 6, 4
HALF_A_HEAD = b"GET /models HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("bounded")
    make_variant(home / "model_cards", "mine.one", seed=1)
    return home


@pytest.fixture(scope="module")
def server(home):
    with serve(home, "--max-requests", str(PLACES), "--max-client-requests", str(SHARE)) as server:
        yield server


def until(done, what: str) -> None:
    """Wait for it, and fail where it never comes."""
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def get(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def predict(port: int, source: str) -> tuple[int, dict]:
    body = form(part("models", b"mine.one"), part("images", noise(1), "a.png"))
    address = (source, 0)
    with closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S, source_address=address)
    ) as connection:
        connection.request("POST", "/predict", body, FORM)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_one_client_that_sends_halves_of_requests_leaves_places_for_others(server):
    head = (
        f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM['Content-Type']}\r\n"
        "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
    ).encode()
    with ExitStack() as held:
        for _ in range(SHARE):
            connection = held.enter_context(
                socket.create_connection(("127.0.0.1", server.port), PATIENCE_S, ("127.0.0.2", 0))
            )
            connection.sendall(head)
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")  # it holds a place by now
        status, problem = predict(server.port, "127.0.0.2")
        assert (status, problem["type"]) == (503, "/problems/busy")
        assert problem["detail"].startswith(f"This client holds {SHARE} of the server's {PLACES} places")
        assert predict(server.port, "127.0.0.3")[0] == 200
    until(lambda: predict(server.port, "127.0.0.2")[0] == 200, "its places came back")


def test_hundreds_of_connections_with_half_a_head_keep_nobody_out(server):
    with ExitStack() as held:
        for _ in range(600):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_S))
            connection.sendall(HALF_A_HEAD)
        assert [get(server.port, path) for path in ("/health", "/ready", "/models")] == [200, 200, 200]
        assert predict(server.port, "127.0.0.1")[0] == 200


def test_a_head_that_does_not_arrive_is_given_up_and_a_whole_one_is_answered():
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener = listen("127.0.0.1", 0)
    protocol = bounded_connections(head_s=0.2)
    server = uvicorn.Server(uvicorn.Config(answer, http=protocol, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    with socket.create_connection(listener.getsockname(), PATIENCE_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 204 ")
        connection.sendall(HALF_A_HEAD)
        while connection.recv(100):
            pass  # closed from the other side
    server.should_exit = True
    thread.join(PATIENCE_S)


def test_a_request_is_given_up_after_its_time_and_what_it_asked_is_dropped():
    begun, go_on, dropped = threading.Event(), threading.Event(), threading.Event()

    def hang(_finder, check):
        begun.set()
        go_on.wait(PATIENCE_S)
        try:
            check()
        finally:
            dropped.set()

    async def ask():
        workers = Workers(threads=1, places=2, timeout_s=0.2)
        assert workers.is_free
        with pytest.raises(
            AnswerTooSlowError, match=r"longer than 0.2 seconds; send fewer or smaller pictures"
        ):
            await workers.run(hang)
        assert begun.is_set() and not workers.is_free
        with pytest.raises(AnswerTooSlowError):
            await workers.run(lambda finder, check: "never begun")
        go_on.set()
        until(lambda: workers.is_free, "the worker is free again")
        assert dropped.is_set()
        assert await workers.run(lambda finder, check: "answered") == "answered"
        workers.close()

    asyncio.run(ask())


def test_places_are_counted_for_each_client_and_given_back():
    workers = Workers(threads=1, places=3, client_places=2)
    with workers.place("a"), workers.place("a"):
        with pytest.raises(BusyError, match="This client holds 2"), workers.place("a"):
            pass
        with workers.place("b"), pytest.raises(BusyError, match="All 3 places"), workers.place("c"):
            pass
    with workers.place("a"):
        pass


def test_a_server_whose_worker_hangs_is_healthy_and_not_ready(monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(routes, "predict", lambda *_: go_on.wait(PATIENCE_S))
    api = client(workers=1, answer_timeout_s=1)
    with api:
        response = api.post("/predict", files=[picture(PORTRAIT)])
        assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)
        assert response.json()["type"] == "/problems/answer-too-slow"
        assert (api.get("/health").status_code, api.get("/ready").status_code) == (200, 503)
        assert api.get("/ready").json()["type"] == "/problems/busy"
        go_on.set()
        until(lambda: api.get("/ready").status_code == 200, "the worker is free again")


HANGING = """
import threading
from fer_core.api import routes
routes.predict = lambda *_: threading.Event().wait()
from fer_core.__main__ import main
main(["serve", "--port", "{port}", "--workers", "1"])
"""


def test_a_server_ends_when_it_is_asked_to_though_a_library_never_does(home):
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    log = home / "hanging.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", HANGING.format(port=port)], cwd=paths.REPOSITORY, stdout=out, stderr=out
        )
    try:
        until(lambda: "is at http" in log.read_text() or process.poll() is not None, "it starts")
        body = form(part("images", noise(1), "a.png"))
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as asking:
            asking.request("POST", "/predict", body, FORM)
            until(lambda: get(port, "/ready") == 503, "the worker is busy")
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) in (-signal.SIGTERM, 128 + signal.SIGTERM)
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "/predict?models=mine.one",
            "models stands in the address and would not be read; send it as a field",
        ),
        ("/predict?whole=true&models=x", "whole stands in the address"),
        ("/predict?model=x", "'model' stands in the address and would not be read; leave it out."),
    ],
)
def test_a_field_in_the_address_is_refused_by_name(address, sentence):
    response = client().post(address, files=[picture(PORTRAIT)])
    assert (response.status_code, response.json()["type"]) == (422, "/problems/form")
    assert response.json()["detail"].startswith(sentence)


def test_no_path_takes_a_field_in_its_address_and_those_for_watching_don_t_mind():
    api = client()
    assert api.get("/models?limit=3").status_code == 422
    assert api.get("/models/mine.one/card?format=md").status_code == 422
    assert [api.get(f"{path}?t=1").status_code for path in ("/health", "/ready", "/docs")] == [200] * 3


def test_a_compressed_body_is_refused_by_its_encoding():
    response = client().post("/predict", content=b"\x1f\x8b", headers=FORM | {"Content-Encoding": "gzip"})
    assert (response.status_code, response.json()["type"]) == (415, "/problems/media-type")
    assert response.json()["detail"] == "A body with Content-Encoding gzip is not read; send it as it is."


def test_health_is_answered_while_all_other_room_is_taken(server):
    with urllib.request.urlopen(f"{server.address}/health", timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    api = client()
    room = api.app.middleware_stack or api.app.build_middleware_stack()
    api.app.middleware_stack = room
    while not hasattr(room, "under_way"):
        room = room.app
    room.under_way = room.most
    assert (api.get("/models").status_code, api.get("/health").status_code) == (503, 200)
