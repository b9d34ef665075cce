"""The link with the server's token: printed at the start, opened in a browser, and exchanged for a cookie."""

from __future__ import annotations

import html
import os
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import streamlit as st
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fer_core import paths
from fer_core.roles import tokens

#: A cookie outlives its token only where FER_TOKEN keeps that the same.
_COOKIE_S = 30 * 24 * 3600
_EVERYWHERE = ("0.0.0.0", "::", "")
_SAID = (
    "  Whoever opens Faceoff with this link may train and change models; without it one may look:\n\n  {}\n"
)


class TokenLink:
    """Takes the token out of a link: who comes with the right one gets the cookie, and all go on without it.

    So it stands in no address bar, no history of pages and no link that is passed on.
    """

    def __init__(self, app: ASGIApp) -> None:
        """``app`` answers everything else."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            given = [value for name, value in query if name == tokens.PARAMETER]
            if given:
                rest = [(name, value) for name, value in query if name != tokens.PARAMETER]
                await _redirect(scope, rest, any(map(tokens.is_token, given)))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _redirect(scope: Scope, rest: list[tuple[str, str]], is_right: bool) -> Response:
    """To the same page; said relatively, because the server doesn't know under which name it was called."""
    place = "./" + quote(scope["path"].rpartition("/")[2]) + (f"?{urlencode(rest)}" if rest else "")
    answer = Response(status_code=303, headers={"Location": place, "Cache-Control": "no-store"})
    if is_right:
        name, value = tokens.cookie()
        secure = scope["scheme"] == "https"
        answer.set_cookie(name, value, max_age=_COOKIE_S, httponly=True, samesite="strict", secure=secure)
    return answer


@contextmanager
def offered() -> Iterator[None]:
    """While the server runs: its link is printed, and opened in a browser unless ``server.headless`` says no."""
    if signs_in():
        yield
        return
    address = link()
    print(_SAID.format(address), file=sys.stderr, flush=True)
    page = None if st.get_option("server.headless") else _opening_page(address)
    if page:
        threading.Thread(target=webbrowser.open, args=(page.as_uri(),), name="browser", daemon=True).start()
    try:
        yield
    finally:
        if page:
            page.unlink(missing_ok=True)


def signs_in() -> bool:
    """Whether people sign in here, so that no token counts."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:  # no file of secrets
        return False


def link() -> str:
    """The address of the first page, with the token."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or ""
    host = "localhost" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    query = urlencode({tokens.PARAMETER: tokens.server_token()})
    return f"{scheme}://{host}:{st.get_option('server.port')}/{base + '/' if base else ''}?{query}"


def _opening_page(address: str) -> Path | None:
    """A file that leads to the link, for its owner's eyes alone: what a program is started with, all can see."""
    file = paths.opening_page(st.get_option("server.port")).absolute()
    text = f'<meta http-equiv="refresh" content="0; url={html.escape(address)}"><title>Faceoff</title>\n'
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as page:
            page.write(text)
    except OSError:
        return None  # the printed link is there all the same
    return file
