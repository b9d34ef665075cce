"""The token that makes a trainer of whoever opens its link, where signing in is not configured.

As Jupyter does: the server makes a token at its start, or takes the one in ``FER_TOKEN``, and prints a link that
carries it. Who opens that link is given a cookie, and the cookie is what counts. What a request says of itself
(its ``Host``, its address, a proxy's headers) never does: anybody can say that.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from fer_core import paths
from fer_core.errors import ConfigurationError

TOKEN_VARIABLE = "FER_TOKEN"
#: What carries the token in the link.
PARAMETER = "token"
SHORTEST_TOKEN = 16
_MADE = secrets.token_urlsafe(24)


def server_token() -> str:
    """``FER_TOKEN``, else one that this process has made.

    ConfigurationError where the one that is set is short enough to be guessed.
    """
    given = os.environ.get(TOKEN_VARIABLE, "")
    if given and len(given) < SHORTEST_TOKEN:
        raise ConfigurationError(
            f"{TOKEN_VARIABLE} has {len(given)} characters and could be guessed; use at least {SHORTEST_TOKEN}."
        )
    return given or _MADE


def is_token(given: str) -> bool:
    """Whether it is the server's token."""
    return secrets.compare_digest(given.encode(), server_token().encode())


def cookie() -> tuple[str, str]:
    """Name and value of the cookie that stands for the token: no use to find the token, and none after it.

    Browsers send a cookie to every port of a machine, so its name differs by FER_HOME.
    """
    home = hashlib.sha256(str(paths.home().absolute()).encode()).hexdigest()
    return f"faceoff_{home[:8]}", hmac.new(server_token().encode(), b"cookie", hashlib.sha256).hexdigest()


def is_held(cookies: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether who opened a session holds the token: their browser sent its cookie, from this server's own page.

    Args:
        cookies: of the request that opened the session.
        headers: of the same. A page of another origin, such as another program's on this machine, can have a
            browser send the cookie along; its ``Origin`` gives it away.
    """
    name, value = cookie()
    given = {key.lower(): text for key, text in headers.items()}
    if "origin" in given and _place(given["origin"]) != given.get("host", "").lower():
        return False
    return secrets.compare_digest(str(cookies.get(name, "")).encode(), value.encode())


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower() or "no place"
    except ValueError:
        return "no place"
