"""Who may change anything: start trainings, stop them, rename, delete, promote or bring models.

Looking is free. Where signing in is configured (OIDC), those whose e-mail stands in ``FER_TRAINERS`` may act,
as e-mails and domains with commas between: ``ann@lab.org, @uni.edu``. Where it is not, only who sits at the
machine itself may. The command line runs as the owner of the files and is never asked.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fer_core.errors import NotAllowedError

TRAINERS_VARIABLE = "FER_TRAINERS"
#: What a proxy adds to a request that it passes on; a browser never sends one by itself.
PROXY_HEADERS = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "cf-connecting-ip",
)  # fmt: skip

_ONLY_HERE = (
    "Only who opens Faceoff on its own machine (localhost) may train or change models: signing in is not "
    "configured. Everything can be looked at."
)
_SIGN_IN = "Sign in to train or change models; everything can be looked at without."
_NONE_NAMED = (
    f"Nobody is named who may train or change models: set {TRAINERS_VARIABLE} to their e-mails or domains."
)
_NOT_NAMED = (
    "{} may look at everything, but is not among those who may train or change models "
    f"({TRAINERS_VARIABLE})."
)
_NOT_VERIFIED = "{} has not been verified by the sign-in service, so it can't be trusted to be yours."


@dataclass(frozen=True)
class Identity:
    """A visitor, as far as the web server knows.

    Attributes:
        email: of who has signed in, else "".
        email_verified: False where the sign-in service says that it has not checked the e-mail.
        sign_in: whether signing in is configured.
        local: whether they sit at the server's own machine; see :func:`is_local`.
    """

    email: str = ""
    email_verified: bool = True
    sign_in: bool = False
    local: bool = False

    @property
    def name(self) -> str:
        """Who a job says has asked for it."""
        return self.email or ("localhost" if self.local else "")


def is_local(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from the server's own machine, and from no proxy there.

    A proxy on the same machine makes everybody's address a loopback one. It gives itself away by the headers
    that it adds, or by the name under which the browser asked: ``Host`` and ``Origin`` must be of loopback
    too, which also keeps out other sites' pages that point at this machine.

    Args:
        address: of the other end, None where the server knows that it is loopback.
        headers: of the request that opened the session.
    """
    given = {name.lower(): value for name, value in headers.items()}
    if any(name in given for name in PROXY_HEADERS):
        return False
    if address is not None and not _is_loopback(address):
        return False
    asked = [f"//{given['host']}"] if "host" in given else []
    asked += [given["origin"]] if "origin" in given else []
    return bool(asked) and all(_is_loopback(_host_name(place)) for place in asked)


def list_trainers() -> tuple[str, ...]:
    """The e-mails and domains of ``FER_TRAINERS``, in small letters."""
    return tuple(filter(None, re.split(r"[\s,;]+", os.environ.get(TRAINERS_VARIABLE, "").lower())))


def why_not(identity: Identity) -> str:
    """One sentence why this visitor may only look; an empty text where they may act."""
    if not identity.sign_in:
        return "" if identity.local else _ONLY_HERE
    if not identity.email:
        return _SIGN_IN
    if not identity.email_verified:
        return _NOT_VERIFIED.format(identity.email)
    trainers = list_trainers()
    if not trainers:
        return _NONE_NAMED
    email = identity.email.lower()
    domain = email.rpartition("@")[2]
    named = any(entry == email or entry.removeprefix("@") == domain for entry in trainers)
    return "" if named else _NOT_NAMED.format(identity.email)


def demand_trainer(identity: Identity | None) -> None:
    """NotAllowedError, with the reason, unless this visitor may act; None is who runs this process."""
    if identity is not None and (reason := why_not(identity)):
        raise NotAllowedError(reason)


def _host_name(place: str) -> str:
    try:
        return urlsplit(place).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
