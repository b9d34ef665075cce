"""What is a visitor's own and no widget's: kept in the session as long as the page is looked at, then forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

_KEY = "own of the page"

Kept = TypeVar("Kept")


@dataclass
class _Own:
    page: str = ""
    things: dict[str, Any] = field(default_factory=dict)


def kept(name: str, make: Callable[[], Kept]) -> Kept:
    """What this page keeps under ``name``, made at its first use."""
    return _own().things.setdefault(name, make())


def forget_when_left(page: str) -> None:
    """At the beginning of each run of ``page``: what another page kept is forgotten."""
    own = _own()
    if own.page != page:
        own.page, own.things = page, {}


def _own() -> _Own:
    return st.session_state.setdefault(_KEY, _Own())
