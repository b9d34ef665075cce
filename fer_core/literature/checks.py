"""One check of a report's printed figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One check of one variant's printed figures.

    ``kind`` names the check, ``arithmetic`` shows it with its numbers, ``holds`` is whether the figures agree
    within their rounding, and ``sentence`` says what was found.
    """

    variant: str
    kind: str
    holds: bool
    sentence: str
    arithmetic: str
