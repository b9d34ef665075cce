"""Words of strangers, made fit to stand in a sentence, a log or on a page.

File names, ids and what libraries say of a file may hold anything: characters that move a terminal's cursor or turn
the reading direction, passwords of addresses, pictures that a browser fetches from somewhere.
"""

from __future__ import annotations

import re

#: What terminals take for an order, such as a colour: ``ESC [ 31 m``.
_ORDERS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_GAPS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")

_HIDDEN = "***"
# greedy up to the last @ of the word: a password may hold / : and @ itself
_USER = re.compile(r"(?P<start>\b[A-Za-z][\w+.-]*://[^\s:/?#@]*):\S*@")
_TOKEN = re.compile(r"(?P<start>\bhttps?://)[^\s/@]+@")
_FIELD = re.compile(r"(?P<start>\b\w*(?:password|passwd|pwd|secret|token|api_?key)\w*=)[^\s&;,'\"]+", re.I)

_PICTURE = re.compile(r"(?P<escapes>\\*)!\[")


def printable(text: str) -> str:
    """``text`` in one line, without characters that are not seen: no control, no turned reading direction."""
    text = _GAPS.sub(" ", _ORDERS.sub("", text))
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())


def without_passwords(text: str) -> str:
    """``postgresql://ann:secret@host/jobs?password=x`` -> ``postgresql://ann:***@host/jobs?password=***``."""
    if "://" in text:
        text = _TOKEN.sub(rf"\g<start>{_HIDDEN}@", _USER.sub(rf"\g<start>:{_HIDDEN}@", text))
    return _FIELD.sub(rf"\g<start>{_HIDDEN}", text) if "=" in text else text


def without_pictures(markdown: str) -> str:
    """Markdown whose pictures are links: a browser that shows a page would fetch them, and tell who looks."""
    return _PICTURE.sub(
        lambda found: found["escapes"] + "\\" * (len(found["escapes"]) % 2 == 0) + "![", markdown
    )
