"""How the API says that something is not possible, and what every answer of it carries."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from fastapi.testclient import TestClient

from fer_core import errors, paths
from fer_core.api import problems, routes
from fer_core.api.app import create_app
from fer_core.api.middleware import SECURITY_HEADERS
from fer_core.api.settings import Limits, Settings
from fer_core.errors import FerError
from tests.api_driver import PROBLEM, client
from tests.app_driver import make_five
from tests.fixtures_variants import use_empty_folders


@pytest.fixture(scope="module", autouse=True)
def cards(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield make_five(use_empty_folders(monkeypatch, tmp_path_factory.mktemp("problems"))[1])


def every_error(root=FerError):
    return [root, *(error for child in root.__subclasses__() for error in every_error(child))]


@pytest.mark.parametrize(
    "error", [error for error in every_error() if issubclass(error, errors.RequestError)]
)
def test_every_refusal_of_a_request_has_a_kind_of_its_own(error):
    assert error is errors.RequestError or error in problems.KINDS


@pytest.mark.parametrize("kind", problems.KINDS.values(), ids=lambda kind: kind.name)
def test_the_type_of_a_problem_leads_to_what_it_stands_for(kind):
    answered = client().get(kind.type).json()
    assert answered == {"type": kind.type, "title": kind.title, "status": kind.status}
    assert 400 <= kind.status < 600


def test_the_documentation_names_every_limit_and_every_problem_as_they_are():
    page = (paths.REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8")
    for limit in fields(Limits):
        default = "cores, at most 4" if limit.name == "workers" else str(limit.default)
        assert f"| `--{limit.name.replace('_', '-')}` | {default} |" in page
    for kind in problems.KINDS.values():
        assert f"| `{kind.type}` | {kind.status} |" in page
    assert page.count("| `/problems/") == len(problems.KINDS)


def test_the_names_of_problems_differ():
    assert len({kind.name for kind in problems.KINDS.values()}) == len(problems.KINDS)


def test_a_path_that_is_none_is_a_problem_that_leads_to_the_description():
    for path in ("/nothing", "/models/", "/models/first.good/nothing", "/problems/none", "/" + "x" * 500):
        response = client().get(path)
        assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
        assert response.json()["detail"].endswith("/docs lists what there is.")
        assert len(response.json()["detail"]) < 200


@pytest.mark.parametrize(
    ("path", "allowed"), [("/models", "GET, HEAD, OPTIONS"), ("/predict", "POST, OPTIONS")]
)
def test_a_method_that_is_not_possible_tells_which_are(path, allowed):
    response = client().put(path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert response.json()["detail"] == f"PUT is not possible here; use {allowed}."
    response = client().options(path)
    assert (response.status_code, response.headers["allow"], response.content) == (204, allowed, b"")


@pytest.mark.parametrize("path", ["/health", "/models", "/models/first.good/card", "/docs", "/nothing"])
def test_head_is_get_without_the_body(path):
    got, head = client().get(path), client().head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers == got.headers


def test_a_parameter_that_is_wrong_is_a_problem_that_does_not_repeat_it():
    app = create_app(Settings())

    @app.get("/faces/{count}")
    def faces(count: int) -> int:
        return count

    response = TestClient(app).get("/faces/secret")
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    assert response.json()["detail"].startswith("path.count: Input should be a valid integer")
    assert "secret" not in response.text


def test_a_bug_is_told_without_its_inside_and_goes_to_the_log(monkeypatch):
    def break_down():
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr(routes, "list_variants", break_down)
    with pytest.raises(ZeroDivisionError):
        client().get("/models")
    quiet = client()
    quiet._transport.raise_server_exceptions = False
    response = quiet.get("/models")
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert "secret" not in response.text
    assert all(response.headers[name] == value for name, value in SECURITY_HEADERS.items())


@pytest.mark.parametrize("path", ["/health", "/models", "/openapi.json", "/nothing", "/docs"])
def test_no_answer_is_kept_framed_or_guessed_about(path):
    headers = client().get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_page_of_the_description_needs_no_other_server():
    api = client()
    assert api.get("/").headers["location"] == "/docs"
    page = api.get("/docs").text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    for file in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert api.get(file).status_code == 200
    assert len(re.findall(r'(?:src|href)="(/[^"]+)"', page)) == 3


def test_the_description_documents_every_refusal_as_a_problem():
    for path, operations in create_app(Settings()).openapi()["paths"].items():
        for operation in operations.values():
            refusals = {status for status in operation["responses"] if int(status) >= 400}
            assert "421" in refusals, path
            for status in refusals:
                assert list(operation["responses"][status]["content"]) == [PROBLEM]
