"""The servers that help a stream through firewalls, as configuration names them."""

from __future__ import annotations

import json

import pytest
from aiortc.rtcicetransport import parse_stun_turn_uri

from dashboard.live.ice import EXAMPLE, ICE_VARIABLE, read_ice_servers
from fer_core.errors import ConfigurationError

STUN = {"urls": "stun:stun.example.org:3478"}
TURN = {"urls": "turn:turn.example.org", "username": "name", "credential": "secret"}


@pytest.mark.parametrize("setting", [None, "", "  ", "[]", []])
def test_nothing_set_is_no_server(setting):
    assert read_ice_servers(setting) == []


def test_json_text_and_parsed_secrets_say_the_same():
    servers = read_ice_servers(json.dumps([STUN, TURN]))
    assert servers == read_ice_servers([STUN, TURN])
    assert servers == [
        {"urls": ["stun:stun.example.org:3478"]},
        {"urls": ["turn:turn.example.org"], "username": "name", "credential": "secret"},
    ]


def test_a_single_server_needs_no_list_around_it():
    assert read_ice_servers(json.dumps(STUN)) == read_ice_servers([STUN])


def test_the_example_in_the_messages_is_right():
    assert read_ice_servers(EXAMPLE)[0]["username"] == "name"


@pytest.mark.parametrize(
    "url",
    [
        "stun:stun.example.org",
        "stuns:stun.example.org:5349",
        "turn:192.0.2.7:3478?transport=tcp",
        "turns:turn.example.org:443?transport=tcp",
    ],
)
def test_addresses_that_are_taken_are_understood_by_the_library(url):
    server = read_ice_servers([TURN | {"urls": [url]}])[0]
    assert parse_stun_turn_uri(server["urls"][0])["host"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("turn:turn.example.org", "is not JSON"),
        ('"stun:stun.example.org"', "must be a list of servers"),
        ([STUN, "stun:stun.example.org"], "server 2 must be an object"),
        ([{"url": "stun:stun.example.org"}], "unknown key `url`"),
        ([{}], "server 1 needs `urls`"),
        ([{"urls": []}], "server 1 needs `urls`"),
        ([{"urls": "https://stun.example.org"}], "has an address that is none of stun:"),
        ([{"urls": "stun:stun.example.org:70000"}], "has an address that is none of stun:"),
        ([{"urls": ["stun:stun.example.org", 7]}], "has an address that is none of stun:"),
        ([{"urls": "turn:turn.example.org"}], "needs `username` and `credential`"),
        ([TURN | {"credential": ""}], "needs `username` and `credential`"),
        ([TURN | {"credential": 7}], "`credential` must be a text"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence_that_tells_no_password(setting, said):
    with pytest.raises(ConfigurationError) as caught:
        read_ice_servers(setting)
    message = str(caught.value)
    assert said in message
    assert message.startswith(ICE_VARIABLE)
    assert "secret" not in message
