"""Who may change anything: start trainings, stop them, measure, save, rename, delete, promote or bring models.

Looking is free, and so is what ends with its answer. Whatever writes to ``FER_HOME`` or ``model_cards``, outlives
the request, or takes a place that all share, is marked with :func:`for_trainers`: it demands a requester, and is
written into the audit log.

Where signing in is configured (OIDC), those whose e-mail stands in ``FER_TRAINERS`` may act, as e-mails and domains
with commas between: ``ann@lab.org, @uni.edu``. Where it is not, who opened the link with the server's token may
(:mod:`fer_core.roles.tokens`). The command line runs as the owner of the files and is never refused.
"""

from __future__ import annotations

import functools
import getpass
import inspect
import os
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec, TypeVar

from fer_core.errors import FerError, NotAllowedError
from fer_core.roles import audit_log

P = ParamSpec("P")
R = TypeVar("R")

TRAINERS_VARIABLE = "FER_TRAINERS"
#: What the log says of who has no e-mail.
TOKEN_HOLDER = "the token's holder"

_NO_TOKEN = (
    "Training and changing models is for whoever opens Faceoff with the link that its server prints at its start; "
    "everything can be looked at without."
)
_SIGN_IN = "Training and changing models is for signed-in trainers; everything can be looked at without."
_NONE_NAMED = (
    f"Nobody is named who may train or change models: set {TRAINERS_VARIABLE} to their e-mails or domains."
)
_NOT_NAMED = (
    "{} may look at everything, but is not among those who may train or change models "
    f"({TRAINERS_VARIABLE})."
)
_NOT_VERIFIED = "{} has not been verified by the sign-in service, so it can't be trusted to be yours."
_NOBODY = "A server does this for nobody in particular: it must be said who requests it."


@dataclass(frozen=True)
class Identity:
    """A visitor, as far as the web server knows.

    Attributes:
        email: of who has signed in, else "".
        email_verified: False where the sign-in service says that it has not checked the e-mail.
        sign_in: whether signing in is configured.
        has_token: whether they opened the link with the server's token; counts only where nobody signs in.
    """

    email: str = ""
    email_verified: bool = True
    sign_in: bool = False
    has_token: bool = False

    @property
    def name(self) -> str:
        """The requester's name in jobs and the audit log."""
        return self.email or (TOKEN_HOLDER if self.has_token else "")

    @property
    def is_known(self) -> bool:
        """Whether the name is proved to be theirs alone."""
        return self.sign_in and bool(self.email) and self.email_verified


def identity_to_json(identity: Identity | None) -> dict[str, Any] | None:
    """As the order of a task holds who has requested it."""
    return asdict(identity) if identity else None


def identity_from_json(mapping: dict[str, Any] | None) -> Identity | None:
    """The reverse of :func:`identity_to_json`."""
    return Identity(**mapping) if mapping else None


class _Process:
    """What this process is; see :func:`serve_strangers`."""

    serves_strangers = False


# Inside of what has been allowed: what it calls is neither checked again nor logged by itself.
_allowed: ContextVar[bool] = ContextVar("allowed", default=False)


def serve_strangers() -> None:
    """Say that this process answers others: from now on nobody in particular (None) may change nothing in it.

    So a page that forgets to name the requester is refused, instead of acting as the owner of the files.
    """
    _Process.serves_strangers = True


def list_trainers() -> tuple[str, ...]:
    """The e-mails and domains of ``FER_TRAINERS``, in small letters."""
    return tuple(filter(None, re.split(r"[\s,;]+", os.environ.get(TRAINERS_VARIABLE, "").lower())))


def why_not(identity: Identity) -> str:
    """One sentence why this visitor may only look; an empty text where they may act."""
    if not identity.sign_in:
        return "" if identity.has_token else _NO_TOKEN
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
    if reason := _reason(identity):
        raise NotAllowedError(reason)


def may_act(identity: Identity | None) -> bool:
    """Whether :func:`demand_trainer` would let them."""
    return not _reason(identity)


def for_trainers(
    act: str, on: str, whose: Callable[[str], str] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark what changes something: its parameter ``by`` must be allowed to, and the audit log keeps it.

    Args:
        act: for the log, such as ``"deleted a variant"``.
        on: the parameter that says what is changed: a text, or something with an ``id`` or a ``name``, or several.
        whose: of what that parameter says, the e-mail of who it belongs to; they may as well.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        if not {"by", on} <= signature.parameters.keys():
            raise TypeError(f"{function.__qualname__} must take by and {on}: it is for trainers alone.")

        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if _allowed.get():
                return function(*args, **kwargs)
            given = signature.bind(*args, **kwargs).arguments
            by: Identity | None = given.get("by")
            if not (whose and by and by.is_known and whose(given[on]) == by.email):
                demand_trainer(by)
            return _logged(lambda: function(*args, **kwargs), by, act, _text(given.get(on)))

        guarded.for_trainers = act  # type: ignore[attr-defined]
        return guarded

    return mark


def _reason(identity: Identity | None) -> str:
    if _allowed.get():
        return ""
    return why_not(identity) if identity else _NOBODY if _Process.serves_strangers else ""


def _logged(do: Callable[[], R], by: Identity | None, act: str, on: str) -> R:
    who = by.name if by else _owner()
    inside = _allowed.set(True)
    try:
        result = do()
    except BaseException as error:
        audit_log.record(who, act, on, str(error) if isinstance(error, FerError) else type(error).__name__)
        raise
    finally:
        _allowed.reset(inside)
    audit_log.record(who, act, on)
    return result


def _owner() -> str:
    try:
        return f"{getpass.getuser()} on the command line"
    except (KeyError, OSError):  # an account without a name, as containers have them
        return "the command line"


def _text(value: Any) -> str:
    """What was changed, in a few words."""
    for name in ("id", "name"):
        if isinstance(label := getattr(value, name, None), str):
            return label
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)
