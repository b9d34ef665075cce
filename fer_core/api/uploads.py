"""A multipart form read into memory, and nowhere else: pictures of people never touch the disk.

Web frameworks put uploads above a megabyte into temporary files; this reader holds them, so it stops at its
limits while it reads.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from fer_core.api.settings import Limits
from fer_core.errors import FormError, MediaTypeError, UploadError, UploadTooLargeError, UploadTooSlowError

PICTURES = "images"
MEDIA_TYPE = "multipart/form-data"

#: Fields of a form besides its pictures: more than there are models.
MOST_FIELDS = 256


@dataclass(frozen=True)
class Upload:
    """``pictures`` as (file name, bytes) and the other ``fields`` as (name, text), each in the sent order."""

    pictures: list[tuple[str, bytes]] = field(default_factory=list, repr=False)
    fields: list[tuple[str, str]] = field(default_factory=list)


async def read_upload(request: Request, limits: Limits) -> Upload:
    """The request's form.

    Raises:
        MediaTypeError: its body is no multipart form.
        UploadTooLargeError: it is longer than allowed; no more than that was read.
        UploadTooSlowError: it did not arrive in time.
        FormError: it has more pictures or fields than allowed.
        UploadError: it is damaged or cut off.
    """
    form, read_bytes = _Form(limits.max_pictures), 0
    with _explaining_damage():
        parser = MultipartParser(_boundary(request), form.callbacks())
    _check_size(_announced_bytes(request), limits)
    try:
        async with asyncio.timeout(limits.upload_timeout_s):
            async for chunk in request.stream():
                read_bytes += len(chunk)
                _check_size(read_bytes, limits)
                with _explaining_damage():
                    parser.write(chunk)
    except TimeoutError as error:
        raise UploadTooSlowError(
            f"The upload did not arrive within {limits.upload_timeout_s} seconds; send less at a time."
        ) from error
    except ClientDisconnect as error:
        raise UploadError("The upload was cut off.") from error
    return form.finish()


def _boundary(request: Request) -> bytes:
    """What separates the parts of the request's form."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise MediaTypeError(f"A body with Content-Encoding {encoding[:20]} is not read; send it as it is.")
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != MEDIA_TYPE.encode():
        raise MediaTypeError(f"Send the pictures as {MEDIA_TYPE}, in fields named {PICTURES}.")
    if not options.get(b"boundary"):
        raise UploadError(f"The header Content-Type lacks the boundary that {MEDIA_TYPE} needs.")
    return options[b"boundary"]


def _check_size(size_bytes: int, limits: Limits) -> None:
    if size_bytes > limits.upload_bytes:
        raise UploadTooLargeError(
            f"The upload is larger than {limits.max_upload_mb} MB; send less at a time."
        )


def _announced_bytes(request: Request) -> int:
    """The length that the request announces; 0 where it announces none."""
    try:
        return int(request.headers.get("content-length", 0))
    except ValueError:
        return 0


class _Form:
    """Parts as a parser reports them, counted and named on the way.

    It doesn't know its parser: one that led back to itself would keep the pictures in memory for a while.
    """

    def __init__(self, most_pictures: int) -> None:
        self._upload = Upload()
        self._most_pictures = most_pictures
        self._whole = False
        self._begin()

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all_read,
        }

    def finish(self) -> Upload:
        if not self._whole:
            raise UploadError("The upload ends before its last boundary: it is damaged or cut off.")
        return self._upload

    def _begin(self) -> None:
        self._field = self._file = ""
        self._name, self._value = bytearray(), bytearray()
        self._content = io.BytesIO()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            self._file = options.get(b"filename", b"").decode("utf-8", "replace")
        self._name, self._value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        if not self._field:
            raise UploadError("A part of the upload has no name.")
        if self._field == PICTURES and len(self._upload.pictures) >= self._most_pictures:
            raise FormError(f"{PICTURES}: at most {self._most_pictures} pictures fit into one request.")
        if self._field != PICTURES and len(self._upload.fields) >= MOST_FIELDS:
            raise FormError(f"The form has more than {MOST_FIELDS} fields besides its pictures.")

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content.write(data[start:end])

    def _end(self) -> None:
        content = self._content.getvalue()  # the same memory, not a copy
        if self._field == PICTURES:
            self._upload.pictures.append((self._file, content))
        else:
            self._upload.fields.append((self._field, content.decode("utf-8", "replace")))

    def _all_read(self) -> None:
        self._whole = True


@contextmanager
def _explaining_damage() -> Iterator[None]:
    """UploadError where the parser gives up."""
    try:
        yield
    except FormParserError as error:
        raise UploadError(f"The upload is not a whole {MEDIA_TYPE} body.") from error
