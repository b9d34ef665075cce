"""The server of the API as a process: it starts, answers many at once, is treated badly, and ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fer_core import paths
from fer_core.__main__ import main
from fer_core.answers import answer_picture, load_classifiers
from fer_core.api.serving import listen
from tests.api_driver import BOUNDARY, FORM, PORTRAIT, Server, form, noise, part, serve
from tests.fixtures_variants import make_variant
from tests.test_imports import FRAMEWORKS

PATIENCE_S = 30
MB = 1_000_000
UPLOAD_MB, PLACES = 4, 8


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("served")
    make_variant(home / "model_cards", "mine.one", seed=1)
    return home


@pytest.fixture(scope="module")
def server(home):
    with serve(
        home,
        "--max-upload-mb",
        str(UPLOAD_MB),
        "--max-requests",
        str(PLACES),
        "--upload-timeout-s",
        str(PATIENCE_S),
    ) as server:
        yield server


def ask(server: Server, body: bytes) -> tuple[int, dict, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        connection.request("POST", "/predict", body, FORM)
        response = connection.getresponse()
        return response.status, json.loads(response.read()), response.headers
    finally:
        connection.close()


def answer_to(seed: int) -> bytes:
    return form(part("models", b"mine.one"), part("images", noise(seed), "a.png"))


def happy(answer: dict) -> float:
    return answer["pictures"][0]["faces"][0]["answers"][0]["probabilities"]["happy"]


class Upload:
    """A request that has sent its head and waits for the server's word to go on: it holds a place by then."""

    def __init__(self, server: Server, body: bytes, announced: int | None = None) -> None:
        self.body = body
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
        head = (
            f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM['Content-Type']}\r\n"
            f"Content-Length: {announced or len(body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        assert self.socket.recv(100).startswith(b"HTTP/1.1 100 ")

    def finish(self) -> tuple[int, dict]:
        self.socket.sendall(self.body)
        return self.answer()

    def answer(self) -> tuple[int, dict]:
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        return response.status, json.loads(response.read())

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_many_at_once_get_each_its_own_answer_and_none_is_lost(server, home, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(home))
    classifiers = load_classifiers(["mine.one"])
    expected = [
        float(answer_picture(noise(seed), "", classifiers).probs["mine.one"][0, 3]) for seed in range(60)
    ]

    def ask_until_answered(seed: int) -> float:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status, answer, headers = ask(server, answer_to(seed))
            if status == 200:
                return happy(answer)
            assert (status, answer["type"], headers["retry-after"]) == (503, "/problems/busy", "1")
        raise TimeoutError(seed)

    with ThreadPoolExecutor(30) as clients:
        assert list(clients.map(ask_until_answered, range(60))) == expected
    assert len(set(expected)) == 60


def test_where_all_places_are_taken_the_next_one_is_told_to_come_again(server):
    held = [Upload(server, answer_to(seed)) for seed in range(PLACES)]
    try:
        status, answer, headers = ask(server, answer_to(9))
        assert (status, headers["retry-after"]) == (503, "1")
        assert answer["detail"].startswith(f"All {PLACES} places")
        assert [upload.finish()[0] for upload in held] == [200] * PLACES
        assert ask(server, answer_to(9))[0] == 200
    finally:
        for upload in held:
            upload.socket.close()


def test_an_upload_that_breaks_off_gives_its_place_back(server):
    for seed in range(2 * PLACES):
        with Upload(server, answer_to(seed)) as upload:
            upload.socket.sendall(upload.body[:100])
    deadline = time.monotonic() + PATIENCE_S
    while (status := ask(server, answer_to(0))[0]) == 503 and time.monotonic() < deadline:
        pass
    assert status == 200


def test_an_upload_that_announces_more_than_it_sends_is_cut_off_by_the_clock(home, tmp_path):
    make_variant(tmp_path / "model_cards", "mine.one")
    with serve(tmp_path, "--upload-timeout-s", "2") as server:
        body = answer_to(0)
        with Upload(server, body, announced=len(body) + 10) as upload:
            status, answer = upload.finish()
        assert (status, answer["type"]) == (408, "/problems/upload-too-slow")
        assert ask(server, body)[0] == 200


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_upload_is_refused_while_it_is_read_and_takes_no_memory(server, announced):
    assert ask(server, answer_to(0))[0] == 200
    before = server.peak_memory_bytes()
    head, megabytes = part("images", b"", "huge.png")[:-2], 150
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    length = (
        {"Content-Length": str(len(head) + megabytes * MB)} if announced else {"Transfer-Encoding": "chunked"}
    )
    pieces = (head, *[bytes(MB)] * megabytes)
    connection.request("POST", "/predict", iter(pieces), FORM | length, encode_chunked=not announced)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["type"]) == (413, "/problems/upload-too-large")
    connection.close()
    assert server.peak_memory_bytes() - before < 30 * MB


def test_many_large_uploads_at_once_take_no_more_memory_than_there_are_places_for(server):
    before = server.peak_memory_bytes()
    large = form(part("models", b"mine.one"), part("images", bytes(UPLOAD_MB * MB - 1000), "large.png"))
    with ThreadPoolExecutor(24) as clients:
        statuses = [status for status, _, _ in clients.map(lambda _: ask(server, large), range(48))]
    assert 415 in statuses
    assert set(statuses) <= {415, 503}
    assert server.peak_memory_bytes() - before < 3 * PLACES * UPLOAD_MB * MB


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff\x16\x03\x01 not HTTP at all\r\n\r\n",
        b"GET /models HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /models HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"GET /%00%ff%2e%2e/%2fetc HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /swagger-ui/..%2f..%2f__init__.py HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_proper_request_is_refused_and_the_server_goes_on(server, sent):
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        connection.sendall(sent)
        assert connection.recv(1000).split(b" ")[1] in (b"400", b"404", b"415", b"421")
    assert ask(server, answer_to(0))[0] == 200


def test_nothing_about_uploads_is_printed_and_nothing_is_stored(server, home):
    before = {path for path in home.rglob("*") if path.is_file()}
    for body in (
        form(part("images", PORTRAIT, "secret-name.jpg")),
        form(part("images", b"secret", "secret-name.jpg")),
    ):
        ask(server, body)
    ask(server, b"--" + BOUNDARY + b"secret\r\n")
    assert "POST /predict" in server.log.read_text()
    assert "secret" not in server.log.read_text()
    assert "Traceback" not in server.log.read_text()
    assert {path for path in home.rglob("*") if path.is_file()} == before


def test_a_request_that_was_begun_is_answered_before_the_server_ends(home):
    with serve(home) as server, Upload(server, answer_to(3)) as upload:
        server.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        while can_connect(server) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert upload.finish()[0] == 200
        assert server.process.wait(PATIENCE_S) in (0, -signal.SIGTERM)
        assert "Traceback" not in server.log.read_text()


def can_connect(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S).close()
    except ConnectionError:
        return False
    return True


def test_the_listening_socket_says_that_it_is_tcp():
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP, (
            "else asyncio leaves answers waiting for acknowledgements"
        )


def test_a_port_that_is_taken_is_told_in_a_sentence(server, capsys):
    assert main(["serve", "--port", str(server.port)]) == 1
    assert f"Port {server.port} of 127.0.0.1 can't be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "set FER_API_TOKEN, or start with --allow-anonymous"),
        (["--token", "short"], "could be guessed"),
        (["--max-faces", "0"], "--max-faces is 0"),
        (["--port", "99999"], "There is no port 99999"),
    ],
)
def test_a_server_that_can_not_be_started_as_asked_says_why(arguments, said, capsys, monkeypatch):
    monkeypatch.delenv("FER_API_TOKEN", raising=False)
    assert main(["serve", *arguments]) == 1
    assert said in capsys.readouterr().err


def test_answering_imports_no_training_framework_and_no_page(home):
    code = f"""
import sys
from tests.api_driver import PORTRAIT, client, picture
answer = client().post("/predict", files=[picture(PORTRAIT)], data={{"models": "mine.one"}})
assert answer.status_code == 200, answer.text
print(sorted({FRAMEWORKS | {"streamlit"}!r} & set(sys.modules)))
"""
    environment = os.environ | {"FER_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=paths.REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
