"""Columns of tables that the command line prints."""

from __future__ import annotations

from collections.abc import Iterable

_LEAST = 34


def id_width(ids: Iterable[str]) -> int:
    """Characters for a column of these ids, two of them left free, so that none runs into the next column."""
    return max([_LEAST, *(len(name) + 2 for name in ids)])
