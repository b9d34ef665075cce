"""The servers that help a camera's stream through firewalls (ICE): none by default, named by configuration.

On one machine or network a browser reaches the server directly. Elsewhere it needs a STUN server, which tells
both ends their public address, or a TURN server, which passes the stream on and wants a name and a password.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypedDict

from fer_core.errors import ConfigurationError

#: Names the servers, in the environment or in Streamlit's secrets.
ICE_VARIABLE = "FER_ICE_SERVERS"

EXAMPLE = '[{"urls": "turn:turn.example.org:3478", "username": "name", "credential": "password"}]'

_KEYS = {"urls", "username", "credential"}
_ADDRESS = re.compile(
    r"(?P<scheme>stuns?|turns?):(?P<host>[\w.-]+|\[[0-9a-fA-F:.]+\])(:(?P<port>\d{1,5}))?"
    r"(\?transport=(udp|tcp))?"
)
_HIGHEST_PORT = 65_535


class IceServer(TypedDict, total=False):
    """One server as browsers take it: ``urls``, and for TURN ``username`` and ``credential``."""

    urls: list[str]
    username: str
    credential: str


def read_ice_servers(setting: object) -> list[IceServer]:
    """The servers of a setting: JSON text, or the same already parsed (as Streamlit's secrets are).

    One server or a list of them, each with ``urls`` (one or several of ``stun:``, ``stuns:``, ``turn:`` and
    ``turns:``) and, for TURN, ``username`` and ``credential``. Nothing set, None or an empty text, is no server.

    Raises:
        ConfigurationError: what is wrong with it, without quoting a password.
    """
    parsed = _parsed(setting)
    entries = [parsed] if isinstance(parsed, dict) else parsed
    if not isinstance(entries, list):
        raise ConfigurationError(f"{ICE_VARIABLE} must be a list of servers, such as {EXAMPLE}.")
    return [_server(entry, f"{ICE_VARIABLE}: server {place}") for place, entry in enumerate(entries, start=1)]


def _parsed(setting: object) -> Any:
    if setting is None or (isinstance(setting, str) and not setting.strip()):
        return []
    if not isinstance(setting, str):
        return setting
    try:
        return json.loads(setting)
    except ValueError as error:
        raise ConfigurationError(f"{ICE_VARIABLE} is not JSON; write it such as {EXAMPLE}.") from error


def _server(entry: object, name: str) -> IceServer:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{name} must be an object with `urls`, such as {EXAMPLE}.")
    unknown = sorted(str(key) for key in entry if key not in _KEYS)
    if unknown:
        raise ConfigurationError(f"{name} has an unknown key `{unknown[0]}`; it may have {_listed(_KEYS)}.")
    server = IceServer(urls=_urls(entry.get("urls"), name))
    for key in ("username", "credential"):
        value = entry.get(key)
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{name}: `{key}` must be a text.")
        if value:
            server[key] = value
    if any(url.startswith("turn") for url in server["urls"]) and not {"username", "credential"} <= set(
        server
    ):
        raise ConfigurationError(f"{name} is a TURN server and needs `username` and `credential`.")
    return server


def _urls(urls: object, name: str) -> list[str]:
    urls = [urls] if isinstance(urls, str) else urls
    if not isinstance(urls, list) or not urls:
        raise ConfigurationError(f"{name} needs `urls`, such as `stun:stun.example.org:3478`.")
    for url in urls:
        found = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
        if found is None or not 0 < int(found["port"] or 1) <= _HIGHEST_PORT:
            raise ConfigurationError(
                f"{name} has an address that is none of stun:, stuns:, turn: or turns: with host and port, "
                "such as `stun:stun.example.org:3478`."
            )
    return list(urls)


def _listed(keys: set[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys, reverse=True))
