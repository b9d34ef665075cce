"""What a server of the API allows: its limits and who may use it. From options, else from the environment."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from fer_core.errors import ConfigurationError
from fer_core.machine.threads import own_cores

TOKEN_VARIABLE = "FER_API_TOKEN"
_VARIABLES = "FER_API_"

# What a bearer token may be made of (RFC 6750), and how long it has to be so as not to be guessed.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_SHORTEST_TOKEN = 16

_MOST_WORKERS = 4  # by default: more pictures at once cost memory, and networks share the same cores


def _limit(default: int, what: str) -> Any:
    return field(default=default, metadata={"what": what})


@dataclass(frozen=True)
class Limits:
    """How much one server takes on. All are whole numbers of at least 1."""

    max_upload_mb: int = _limit(20, "megabytes of one request, enforced while it is read")
    max_pictures: int = _limit(16, "pictures of one request")
    max_megapixels: int = _limit(50, "megapixels of one picture")
    max_faces: int = _limit(64, "faces answered of one picture")
    max_requests: int = _limit(
        16, "predictions read or answered at once; more are refused with a time to retry"
    )
    max_client_requests: int = _limit(12, "of these by one client, so that it can't hold the places of all")
    upload_timeout_s: int = _limit(30, "seconds in which a request has to arrive")
    answer_timeout_s: int = _limit(60, "seconds in which a request that has arrived is answered")
    workers: int = _limit(
        min(own_cores(), _MOST_WORKERS), "pictures answered at once, each by its own thread"
    )

    @property
    def upload_bytes(self) -> int:
        return self.max_upload_mb * 1_000_000

    @property
    def largest_pixels(self) -> int:
        return self.max_megapixels * 1_000_000


@dataclass(frozen=True)
class Settings:
    """One server.

    Attributes:
        limits: how much it takes on.
        token: that every request about models has to carry; None: anybody may use it.
        hosts: names that a request's ``Host`` may have; None: any. A page of another site can make a
            browser call a server on the same machine under a name of that site's choice; without a token
            only this check distinguishes it from its user.
        origins: of pages that a browser lets read the answers (CORS); none by default.
    """

    limits: Limits = field(default_factory=Limits)
    token: str | None = None
    hosts: frozenset[str] | None = None
    origins: tuple[str, ...] = ()


def add_limits(parser: argparse.ArgumentParser) -> None:
    """One option for each limit: ``--max-upload-mb`` and so on."""
    group = parser.add_argument_group("limits", f"each may also be set in the environment: {_VARIABLES}NAME")
    for limit in fields(Limits):
        group.add_argument(
            "--" + limit.name.replace("_", "-"),
            type=int,
            metavar="N",
            help=f"{limit.metadata['what']} (default: {limit.default})",
        )


def read_limits(options: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Limits:
    """Each limit from its option, else from its variable, else its default; ConfigurationError names it."""
    given = {limit.name: _read_limit(limit, options, environment) for limit in fields(Limits)}
    return Limits(**{name: value for name, value in given.items() if value is not None})


def _read_limit(limit: Field, options: argparse.Namespace, environment: Mapping[str, str]) -> int | None:
    name, value = "--" + limit.name.replace("_", "-"), getattr(options, limit.name, None)
    variable = _VARIABLES + limit.name.upper()
    if value is None and environment.get(variable):
        name, value = variable, environment[variable]
    if value is None:
        return None
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ConfigurationError(f"{name} is {value!r}; it should be a whole number of at least 1.")
    return number


def read_token(option: str | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The token from the option, else from FER_API_TOKEN; None where neither holds one.

    ConfigurationError if it can't be sent in a header, or is short enough to be guessed.
    """
    token = option or environment.get(TOKEN_VARIABLE) or None
    if token is None:
        return None
    if not _TOKEN.fullmatch(token):
        raise ConfigurationError(
            "The token holds a character that can't be sent; use letters, digits and . _ ~ + / - only."
        )
    if len(token) < _SHORTEST_TOKEN:
        raise ConfigurationError(
            f"The token has {len(token)} characters and could be guessed; use at least {_SHORTEST_TOKEN}, "
            'such as `python -c "import secrets; print(secrets.token_urlsafe())"` prints.'
        )
    return token
