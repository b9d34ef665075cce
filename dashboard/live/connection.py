"""Where a stream is helped through firewalls, and how its connection stands, in sentences to act on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dashboard.live.camera_check import OTHERWISE
from dashboard.live.ice import ICE_VARIABLE, IceServer, read_ice_servers
from dashboard.shell.messages import show_errors

#: A connection that works is there in a second or two.
PATIENCE_S = 8.0

_REASON = (
    "a firewall or router lies between browser and server. Try another network, or let whoever runs the server "
    f"name a STUN or TURN server in `{ICE_VARIABLE}`. {OTHERWISE}"
)
SLOW = f"The connection takes unusually long. If no video comes, {_REASON}"
NO_WAY = f"The video found no way to this server: {_REASON}"


@dataclass
class Connection:
    """Follows one session's attempts to connect; ``update`` it at every run of the page."""

    playing: bool = False
    failed: bool = False
    _began_s: float | None = None

    @property
    def is_trying(self) -> bool:
        """Whether a connection is being made."""
        return self._began_s is not None

    def update(self, playing: bool, signalling: bool, now_s: float) -> None:
        """``playing`` and ``signalling`` as the streamer says, ``now_s`` on a steady clock."""
        self.playing = playing
        if playing:
            self._began_s, self.failed = None, False
        elif signalling:
            self._began_s = now_s if self._began_s is None else self._began_s
        elif self._began_s is not None:
            # Stopped by the viewer before it was slow is no failure.
            self.failed = self.is_slow(now_s)
            self._began_s = None

    def is_slow(self, now_s: float) -> bool:
        """Whether an attempt has lasted longer than one that works."""
        return self._began_s is not None and now_s - self._began_s > PATIENCE_S

    def sentence(self, now_s: float) -> str | None:
        """What to do where it does not connect; None while there is nothing to say."""
        if self.is_slow(now_s):
            return SLOW
        return NO_WAY if self.failed and not self.is_trying else None


def ice_servers() -> list[IceServer]:
    """The servers named in Streamlit's secrets, else the environment; none, and a sentence, if wrong."""
    with show_errors():
        return read_ice_servers(_setting(os.environ))
    return []


def _setting(environment: Mapping[str, str]) -> object:
    if st.secrets.load_if_toml_exists() and ICE_VARIABLE in st.secrets:
        return _plain(st.secrets[ICE_VARIABLE])
    return environment.get(ICE_VARIABLE)


def _plain(value: object) -> object:
    """Streamlit's secrets wrap tables in a type of their own."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
