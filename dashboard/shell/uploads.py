"""What visitors upload stays in the server's memory: bounded a file by its kind, a session, and for all together.

Streamlit's own limit is one for all kinds (``server.maxUploadSize``) and counts no sum. This stands before its way of
taking files, and counts what arrives beside what its sessions hold.
"""

from __future__ import annotations

import functools
import os
import re
from collections import Counter
from pathlib import PurePath

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

from fer_core.errors import ConfigurationError

MB = 1_000_000
#: Megabytes of all sessions together, where the environment says another number.
SERVER_VARIABLE = "FER_UPLOADS_MB"
SERVER_MB = 1_000
#: Of that, what one session may hold: a video, and pictures.
SESSION_SHARE = 0.3

_PLACE = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")
_FILE_NAME = re.compile(rb'filename="(?P<name>[^"\r\n]*)"')
_HEAD_BYTES = 4_096  # in which a form has named its file
_FORM_BYTES = 10_000  # of a form around its file


@functools.cache
def largest_by_suffix() -> dict[str, int]:
    """Bytes that a file of that kind may have; under ``""`` those of any other."""
    from fer_core.adapting.kinds import MODELS, largest_model_bytes
    from fer_core.curation.registration import LARGEST_RECIPE_BYTES, RECIPE_SUFFIXES
    from fer_core.data.import_task import ARCHIVE_SUFFIXES, LARGEST_ARCHIVE_BYTES
    from fer_core.evaluation.slices import LARGEST_LIST_BYTES
    from fer_core.faces import pictures, videos

    picture = pictures.LARGEST_MEGABYTES * MB
    return (
        dict.fromkeys((f".{suffix}" for suffix in pictures.SUFFIXES), picture)
        | dict.fromkeys((f".{suffix}" for suffix in videos.SUFFIXES), videos.LARGEST_BYTES)
        | dict.fromkeys(RECIPE_SUFFIXES, LARGEST_RECIPE_BYTES)
        | dict.fromkeys(MODELS, largest_model_bytes())
        | dict.fromkeys((f".{suffix}" for suffix in ARCHIVE_SUFFIXES), LARGEST_ARCHIVE_BYTES)
        | {"": picture, ".csv": LARGEST_LIST_BYTES}
    )


def server_bytes() -> int:
    """What all sessions may hold together; ConfigurationError where FER_UPLOADS_MB is no number."""
    given = os.environ.get(SERVER_VARIABLE) or str(SERVER_MB)
    if not given.isdecimal() or int(given) < 1:
        raise ConfigurationError(f"{SERVER_VARIABLE} is {given!r}; it should be a whole number of megabytes.")
    return int(given) * MB


class BoundedUploads:
    """Refuses an upload with 413 and one sentence while it is read, before it is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._all_bytes = server_bytes()
        self._session_bytes = round(SESSION_SHARE * self._all_bytes)
        self._arriving: Counter[str] = Counter()
        # Starlette would write files above 1 MB to a temporary file; what is let in fits into memory.
        MultiPartParser.spool_max_size = self._session_bytes + _FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = _PLACE.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if place is None:
            return await self.app(scope, receive, send)
        upload = _Upload(place["session"], self)
        announced = Headers(scope=scope).get("content-length", "")
        if refusal := self.refusal(upload.session, int(announced) if announced.isdecimal() else 0):
            return await PlainTextResponse(refusal, 413)(scope, receive, send)
        try:
            return await self.app(scope, lambda: upload.receive(receive), send)
        finally:
            self.arrived(upload.session, -upload.bytes)

    def arrived(self, session: str, count: int) -> None:
        """Count bytes that have come and are not kept yet; fewer again once they are."""
        self._arriving[session] += count
        if not self._arriving[session]:
            del self._arriving[session]

    def refusal(self, session: str, more: int = 0) -> str:
        """Why ``more`` bytes can't be taken for that session; empty where they can."""
        kept = kept_bytes()
        own = kept.get(session, 0) + self._arriving[session]
        if own + more > self._session_bytes + _FORM_BYTES:
            return (
                f"The files of this page take {own / MB:.0f} MB already, and a page holds at most "
                f"{self._session_bytes / MB:.0f} MB: remove one, or load the page anew."
            )
        if sum(kept.values()) + self._arriving.total() + more > self._all_bytes + _FORM_BYTES:
            return (
                f"The files of all visitors take {self._all_bytes / MB:.0f} MB, all that this server holds: come "
                "again in a few minutes."
            )
        return ""


class _Upload:
    """One request's body as it comes."""

    def __init__(self, session: str, bounds: BoundedUploads) -> None:
        self.session, self.bytes = session, 0
        self._bounds = bounds
        self._head, self._named = b"", False
        self._largest = max(largest_by_suffix().values())

    async def receive(self, receive: Receive) -> Message:
        """The next piece; HTTPException, which Streamlit's server answers with, where it is too much."""
        message = await receive()
        body = message.get("body", b"")
        self.bytes += len(body)
        self._bounds.arrived(self.session, len(body))
        self._read_name(body)
        if self.bytes > self._largest + _FORM_BYTES:
            what = (
                f"At most {self._largest / MB:g} MB are taken of a file of this kind: choose a smaller one."
            )
            raise HTTPException(413, what)
        if refusal := self._bounds.refusal(self.session):
            raise HTTPException(413, refusal)
        return message

    def _read_name(self, body: bytes) -> None:
        """The kind of the file, once its name has come."""
        if self._named or len(self._head) >= _HEAD_BYTES:
            return
        self._head += body[:_HEAD_BYTES]
        if found := _FILE_NAME.search(self._head):
            suffix = PurePath(found["name"].decode("utf-8", "replace")).suffix.lower()
            self._largest = largest_by_suffix().get(suffix, largest_by_suffix()[""])
            self._named = True


def kept_bytes() -> dict[str, int]:
    """What Streamlit holds for each session."""
    if not runtime.exists():
        return {}
    kept = runtime.get_instance().uploaded_file_mgr.file_storage
    return {
        session: sum(len(file.data) for file in list(files.values())) for session, files in list(kept.items())
    }
