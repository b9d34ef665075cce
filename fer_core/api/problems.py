"""Errors as problem details (RFC 9457): every error of the core has one kind, and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from fer_core import errors
from fer_core.api.schemas import Problem

MEDIA_TYPE = "application/problem+json"
PATH = "/problems"

#: A request that found all places taken may be sent again after this time.
RETRY_AFTER_S = 1


@dataclass(frozen=True)
class ProblemType:
    """One kind of problem: the last part of its ``type``, its status, its title, and headers to send."""

    name: str
    status: int
    title: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def type(self) -> str:
        return f"{PATH}/{self.name}"


#: An error is of the kind of the first of its classes that stands here.
KINDS: dict[type[errors.FerError], ProblemType] = {
    errors.UnauthorisedError: ProblemType(
        "unauthorised", 401, "A token is needed", (("WWW-Authenticate", 'Bearer realm="faceoff"'),)
    ),
    errors.UnknownVariantError: ProblemType("unknown-model", 404, "There is no such model"),
    errors.UploadTooSlowError: ProblemType(
        "upload-too-slow", 408, "The upload took too long", (("Connection", "close"),)
    ),
    errors.ModelError: ProblemType("model-unusable", 409, "The model can't answer"),
    errors.CardError: ProblemType("card-unusable", 409, "The model's card can't be used"),
    errors.UploadTooLargeError: ProblemType("upload-too-large", 413, "The upload is too large"),
    errors.PictureSizeError: ProblemType("picture-too-large", 413, "The picture is too large"),
    errors.MediaTypeError: ProblemType("media-type", 415, "The body is of an unsupported kind"),
    errors.PictureKindError: ProblemType("picture-kind", 415, "The picture is of an unsupported kind"),
    errors.WrongHostError: ProblemType("wrong-host", 421, "The request is addressed to another host"),
    errors.UploadError: ProblemType("upload-damaged", 400, "The upload is damaged"),
    errors.FormError: ProblemType("form", 422, "A field of the form is wrong"),
    errors.NoFaceError: ProblemType("no-face", 422, "No face was found"),
    errors.PictureError: ProblemType("picture-unusable", 422, "The picture can't be used"),
    errors.BusyError: ProblemType(
        "busy", 503, "All places are taken", (("Retry-After", str(RETRY_AFTER_S)),)
    ),
    errors.AnswerTooSlowError: ProblemType("answer-too-slow", 503, "The answer took too long"),
    errors.FerError: ProblemType("impossible", 409, "This can't be done as things stand"),
}


class PicturesError(errors.PictureError):
    """None of several pictures could be answered; ``errors`` has one for each."""

    def __init__(self, found: list[errors.PictureError]) -> None:
        super().__init__(f"None of the {len(found)} pictures can be answered. The first: {found[0]}")
        self.errors = found


def kind_of(error: errors.FerError) -> ProblemType:
    """The kind of the nearest class of ``error`` that has one; of several pictures that of the first."""
    if isinstance(error, PicturesError):
        return kind_of(error.errors[0])
    return next(KINDS[ancestor] for ancestor in type(error).__mro__ if ancestor in KINDS)


def problem_of(error: errors.FerError) -> Problem:
    """The problem that states ``error`` in the same sentence as the pages do."""
    kind = kind_of(error)
    pictures = [problem_of(each) for each in error.errors] if isinstance(error, PicturesError) else None
    return Problem(type=kind.type, title=kind.title, status=kind.status, detail=str(error), pictures=pictures)


def refusal(error: errors.FerError) -> JSONResponse:
    """``error`` as a response."""
    return respond(problem_of(error), dict(kind_of(error).headers))


def plain_refusal(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem that its status says all about: no such path, no such method, a bug."""
    problem = Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)
    return respond(problem, headers)


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """``problem`` under its status and media type."""
    return JSONResponse(
        problem.model_dump(exclude_none=True), problem.status, headers=headers, media_type=MEDIA_TYPE
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a path that may be refused with ``statuses``, for the OpenAPI description."""
    responses: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        kinds = [kind for kind in KINDS.values() if kind.status == status]
        titles = dict.fromkeys([kind.title for kind in kinds] or [HTTPStatus(status).phrase])
        names = {name: {"schema": {"type": "string"}} for kind in kinds for name, _ in kind.headers}
        responses[status] = {"model": Problem, "description": "; ".join(titles)} | (
            {"headers": names} if names else {}
        )
    return responses
