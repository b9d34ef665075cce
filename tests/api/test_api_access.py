"""Who may ask the API."""

from __future__ import annotations

import pytest

from fer_core.api.serving import check_address, known_hosts
from fer_core.api.settings import Limits, Settings, read_limits, read_token
from fer_core.errors import ConfigurationError
from tests.api_driver import PROBLEM, client, noise, picture
from tests.app_driver import make_five
from tests.fixtures_variants import use_empty_folders

TOKEN = "sixteen-or-more.letters"
GUARDED = Settings(token=TOKEN)


@pytest.fixture(scope="module", autouse=True)
def cards(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield make_five(use_empty_folders(monkeypatch, tmp_path_factory.mktemp("access"))[1])


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN]
)
@pytest.mark.parametrize("path", ["/models", "/models/first.good", "/models/first.good/card", "/predict"])
def test_nothing_about_models_is_told_without_the_token(path, header):
    method = "POST" if path == "/predict" else "GET"
    headers = {} if header is None else {"Authorization": header}
    response = client(GUARDED).request(method, path, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (401, PROBLEM)
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_with_the_token_everything_is_answered():
    api = client(GUARDED)
    api.headers["Authorization"] = f"Bearer {TOKEN}"
    assert api.get("/models").status_code == 200
    assert api.post("/predict", files=[picture(noise(0))]).status_code == 200


def test_health_and_description_need_no_token_and_say_where_one_is_needed():
    api = client(GUARDED)
    assert api.get("/health").json()["status"] == "ok"
    described = api.get("/openapi.json").json()
    secured = {path for path, operations in described["paths"].items() if "security" in str(operations)}
    assert secured == {"/models", "/models/{model}", "/models/{model}/card", "/predict"}
    assert "security" not in client().get("/openapi.json").text


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8600", 200), ("LOCALHOST", 200), ("[::1]:8600", 200), ("evil.example", 421), ("", 421)],
)
def test_a_page_of_another_site_can_not_ask_under_that_sites_name(host, status):
    hosts = known_hosts("127.0.0.1", None, False, [])
    assert client(Settings(hosts=hosts)).get("/health", headers={"Host": host}).status_code == status


def test_browsers_may_let_pages_of_allowed_origins_only_read_answers():
    for settings, allowed in (
        (Settings(), None),
        (Settings(origins=("https://a.example",)), "https://a.example"),
    ):
        asking = {"Origin": "https://a.example"}
        assert (
            client(settings).get("/models", headers=asking).headers.get("access-control-allow-origin")
            == allowed
        )
        other = client(settings).get("/models", headers={"Origin": "https://b.example"})
        assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_server_that_others_can_reach_needs_a_token_or_a_clear_word(host):
    with pytest.raises(ConfigurationError, match="FER_API_TOKEN.*--allow-anonymous"):
        check_address(host, None, allow_anonymous=False)
    check_address(host, TOKEN, allow_anonymous=False)
    check_address(host, None, allow_anonymous=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost", "::1"])
def test_a_server_on_the_same_machine_needs_none(host):
    check_address(host, None, allow_anonymous=False)


@pytest.mark.parametrize("host", ["no.such.host.invalid", ""])
def test_a_host_that_is_none_is_told(host):
    with pytest.raises(ConfigurationError, match=f"There is no host '{host}'"):
        check_address(host, None, allow_anonymous=False)


def test_the_token_comes_from_the_option_or_the_environment():
    assert read_token(None, {}) is None
    assert read_token("", {"FER_API_TOKEN": ""}) is None
    assert read_token(None, {"FER_API_TOKEN": TOKEN}) == TOKEN
    assert read_token("another-token-given", {"FER_API_TOKEN": TOKEN}) == "another-token-given"


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("short", "could be guessed"),
        ("with spaces in its midst", "can't be sent"),
        ("ümläüte-ümläüte-ümläüte", "can't be sent"),
    ],
)
def test_a_token_that_is_weak_or_can_not_be_sent_is_refused(token, said):
    with pytest.raises(ConfigurationError, match=said):
        read_token(token, {})


class Options:
    """What the command line gives where no option is given."""

    max_faces = None
    workers = 3


def test_limits_come_from_options_then_the_environment_then_their_defaults():
    limits = read_limits(
        Options, {"FER_API_MAX_FACES": "7", "FER_API_WORKERS": "5", "FER_API_MAX_PICTURES": ""}
    )
    assert limits == Limits(max_faces=7, workers=3)


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_none_is_named(value):
    with pytest.raises(ConfigurationError, match="FER_API_MAX_REQUESTS is .*at least 1"):
        read_limits(Options, {"FER_API_MAX_REQUESTS": value})
