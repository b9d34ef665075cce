"""Whatever is uploaded gets an answer or one sentence, within bounds, and never touches the disk."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from fer_core.api.app import create_app
from fer_core.api.settings import Limits, Settings
from fer_core.api.uploads import MOST_FIELDS
from tests.api_driver import (
    BOUNDARY,
    FORM,
    PORTRAIT,
    PROBLEM,
    client,
    form,
    noise,
    part,
    picture,
    post_directly,
)
from tests.app_driver import make_five
from tests.browser import pictures
from tests.fixtures_variants import use_empty_folders


@pytest.fixture(scope="module", autouse=True)
def cards(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield make_five(use_empty_folders(monkeypatch, tmp_path_factory.mktemp("uploads"))[1])


def sentence(response, status: int) -> str:
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    return response.json()["detail"]


BAD = {name: (file["name"], file["buffer"], said) for name, (file, said) in pictures.bad().items()}
STATUS = {"empty": 422, "truncated": 422, "text": 415, "bomb": 413, "no face": 422}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_picture_gets_the_sentence_of_the_pages(kind):
    name, content, said = BAD[kind]
    assert said in sentence(client().post("/predict", files=[picture(content, name)]), STATUS[kind])


@pytest.mark.parametrize("kind", pictures.unusual())
def test_an_unusual_picture_is_read_all_the_same(kind):
    file = pictures.unusual()[kind]
    response = client().post("/predict", files=[picture(file["buffer"], file["name"])])
    assert len(response.json()["pictures"][0]["faces"]) == 1
    assert response.json()["pictures"][0]["notes"], "what was done to it is said"


def test_a_picture_of_another_kind_is_named():
    gif = pictures.encoded(Image.fromarray(data.astronaut()), "GIF")
    assert "is a GIF picture" in sentence(client().post("/predict", files=[picture(gif, "a.gif")]), 415)


def test_a_picture_with_more_pixels_than_allowed_is_refused_before_it_is_decoded():
    large = pictures.encoded(Image.fromarray(np.zeros((1001, 1000), np.uint8)), "PNG")
    said = sentence(client(max_megapixels=1).post("/predict", files=[picture(large, "large.png")]), 413)
    assert said == "large.png has too many pixels (1,000 x 1,001); make it smaller than 1 megapixels."


@pytest.mark.parametrize(
    "name", ["nul\0name.png", "\x1b[31m.png", "../../etc/passwd", "a" * 3000, "é中😀.png", "", '"']
)
def test_a_hostile_file_name_is_shown_clean_or_refused(name):
    body = form(part("images", b"a text", name))
    said = sentence(client().post("/predict", content=body, headers=FORM), 415)
    assert "is not a picture" in said
    assert said.isprintable() and "/" not in said and len(said) < 200


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "damaged or cut off"),
        (b"no form at all", 400, "is not a whole multipart/form-data body"),
        (part("images", PORTRAIT, "a.jpg"), 400, "damaged or cut off"),
        (form(part("images", PORTRAIT, "a.jpg"))[:-4], 400, "damaged or cut off"),
        (form(), 422, "send at least one picture"),
        (form(part("models", b"first.good")), 422, "send at least one picture"),
        (form(part("", PORTRAIT, "a.jpg")), 400, "has no name"),
        (b"--" + BOUNDARY + b"\r\n\r\nnameless\r\n--" + BOUNDARY + b"--\r\n", 400, "has no name"),
        (form(part("image", PORTRAIT, "a.jpg")), 422, "There is no field 'image'; did you mean images?"),
        (form(part("model", b"first.good")), 422, "There is no field 'model'; did you mean models?"),
        (form(part("whole", b"maybe"), part("images", PORTRAIT)), 422, "as true or false"),
        (form(part("whole", b"true"), part("whole", b"true"), part("images", PORTRAIT)), 422, "send it once"),
        (form(part("doubtful", b"1"), part("images", PORTRAIT)), 422, "doubtful: send it once, as true or false"),
        (form(part("models", b"\xff\0\n"), part("images", PORTRAIT)), 404, "There is no variant"),
        (form(part("models", b"x" * 500_000), part("images", PORTRAIT)), 404, "There is no variant"),
        (form(*[part("images", b"", "a.png")] * 17), 422, "at most 16 pictures"),
        (form(*[part("images", b"", "a.png")] * 10_000), 422, "at most 16 pictures"),
        (form(*[part("models", b"first.good")] * 10_000), 422, f"more than {MOST_FIELDS} fields"),
        (form(*[part("models", b"first.good")] * 200, part("images", PORTRAIT)), 422, "at most 128"),
        (b"--" + BOUNDARY + b"\r\n" + b"x" * 100_000, 400, "is not a whole"),
        (b"\r\n" * 100_000, 400, "damaged or cut off"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_refused_with_a_sentence(body, status, said):
    found = sentence(client().post("/predict", content=body, headers=FORM), status)
    assert said in found
    assert len(found) < 400


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (None, 415),
        ("application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/mixed; boundary=x", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=" + "x" * 1000, 400),
        ("multipart/form-data; boundary=x; charset=idna", 400),
    ],
)
def test_a_body_that_is_no_multipart_form_is_refused(kind, status):
    sentence(
        client().post("/predict", content=b"body", headers={"Content-Type": kind} if kind else {}), status
    )


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_above_the_limit_is_refused(announced):
    body = form(part("images", bytes(1_000_000), "a.png"))
    content = body if announced else iter([body[:500_000], body[500_000:]])
    response = client(max_upload_mb=1).post("/predict", content=content, headers=FORM)
    assert sentence(response, 413) == "The upload is larger than 1 MB; send less at a time."


@pytest.mark.parametrize("length", ["-5", "0", "many", "99999999999999999999"])
def test_a_wrong_announcement_of_the_length_is_not_believed(length):
    body = form(part("images", bytes(1_000_000), "a.png"))
    headers = FORM | {"Content-Length": length}
    sentence(client(max_upload_mb=1).post("/predict", content=body, headers=headers), 413)


@settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_a_form_damaged_anywhere_is_answered_or_refused(drawn):
    body = bytearray(form(part("models", b"first.good"), part("images", noise(1), "a.png")))
    for _ in range(drawn.draw(st.integers(0, 3))):
        place = drawn.draw(st.integers(0, len(body) - 1))
        body[place : place + drawn.draw(st.integers(0, 3))] = drawn.draw(st.binary(max_size=3))
    response = CLIENT.post("/predict", content=bytes(body), headers=FORM)
    assert response.status_code in (200, 400, 404, 413, 415, 422)


CLIENT = client()


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([part("images", bytes(2_000_000), "a.png")], 415),
        ([part("images", bytes(1_000_000), "a.png")] * 2, 415),
        ([part("images", bytes(2_000_000), "a.png"), part("models", b"none")], 404),
        ([part("images", bytes(2_000_000), "a.png"), part("field", b"")], 422),
        ([part("images", bytes(2_500_000), "a.png")] * 2, 413),
    ],
)
def test_a_refused_upload_is_let_go_at_once(parts, status):
    app, body = create_app(Settings(Limits(max_upload_mb=4, workers=1))), form(*parts)
    assert post_directly(app, body) == status
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        assert [post_directly(app, body) for _ in range(5)] == [status] * 5
        assert tracemalloc.get_traced_memory()[0] < 2_500_000, "less than two of the five"
    finally:
        tracemalloc.stop()
        gc.enable()


# --- memory only --------------------------------------------------------------------------------------------

_written: list[str] | None = None


def _note_writing(event: str, arguments: tuple) -> None:
    """An audit hook can't be removed; it notes files that are opened to be written while somebody listens."""
    if _written is not None and event == "open":
        path, mode, flags = arguments
        if (mode and set(mode) & set("wax+")) or (flags or 0) & (os.O_WRONLY | os.O_RDWR):
            _written.append(str(path))


@contextmanager
def files_written() -> Iterator[list[str]]:
    global _written
    _written = []
    try:
        yield _written
    finally:
        _written = None


def test_no_byte_of_an_upload_is_written_to_a_file():
    sys.addaudithook(_note_writing)
    pixels = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), np.uint8)
    large = pictures.encoded(Image.fromarray(pixels), "PNG")
    assert len(large) > 6_000_000, "large enough for a framework to put it into a temporary file"
    with files_written() as written, tempfile.SpooledTemporaryFile(max_size=1) as spooled:
        spooled.write(large)
    assert written, "such a file would be seen"
    with files_written() as written:
        response = client().post(
            "/predict", files=[picture(large), picture(PORTRAIT)], data={"whole": "true"}
        )
    assert response.status_code == 200
    assert len(response.json()["pictures"]) == 2
    assert written == []
