"""The API put together: its paths, its errors, its description."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException

from fer_core import __version__
from fer_core.api import pages, problems, routes
from fer_core.api.loaded import LoadedModels
from fer_core.api.middleware import SECURITY_HEADERS, BoundedRoom, GivenBack, KnownHosts, SafeAnswers
from fer_core.api.predicting import form_schema
from fer_core.api.routes import Service
from fer_core.api.settings import Limits, Settings
from fer_core.api.workers import Workers
from fer_core.errors import FerError
from fer_core.variants.texts import NOT_FOR

_DESCRIPTION = f"""
What facial-expression models say about pictures, side by side. Pictures are read in memory, answered and
forgotten: nothing is stored, and neither they nor their names are logged.

An expression is not a feeling: a model names what a photograph was labelled, not what a person feels. Not for
{NOT_FOR}, nor for any decision about a person.

Every refusal is a problem detail (RFC 9457) whose `detail` says what was wrong and what to do.
"""
_LONGEST_SHOWN = 100


def create_app(settings: Settings) -> FastAPI:
    """The API as an ASGI application. It imports no training framework."""
    limits = settings.limits
    service = Service(settings, LoadedModels(), _workers(limits))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.workers.close()

    app = FastAPI(
        title="Faceoff", version=__version__, description=_DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None, redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )  # fmt: skip
    app.state.service = service
    app.include_router(routes.guarded, dependencies=[Depends(routes.check_token)] if settings.token else [])
    app.include_router(routes.open_paths)
    pages.add_pages(app)
    _add_middleware(app, settings)
    for error, handler in _HANDLERS.items():
        app.add_exception_handler(error, handler)
    describe = app.openapi
    app.openapi = functools.cache(lambda: _complete_description(describe(), settings))
    return app


def _workers(limits: Limits) -> Workers:
    return Workers(
        limits.workers, limits.max_requests, limits.max_client_requests, float(limits.answer_timeout_s)
    )


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added sees a request first."""
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization"],
            expose_headers=["Retry-After"],
        )
    if settings.hosts is not None:
        app.add_middleware(KnownHosts, hosts=settings.hosts)
    app.add_middleware(BoundedRoom)
    app.add_middleware(SafeAnswers)
    app.add_middleware(GivenBack)


async def _answer_error(_: Request, error: FerError) -> Response:
    return problems.refusal(error)


async def _answer_http_error(request: Request, error: HTTPException) -> Response:
    """No such path, or no such method on it; OPTIONS is answered with the methods there are."""
    headers = dict(error.headers or {})
    if error.status_code == 405:
        allowed = headers.get("Allow", "").split(", ")
        headers["Allow"] = ", ".join([*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"])
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = f"{_shown(request.method)} is not possible here; use {headers['Allow']}."
    elif error.status_code == 404:
        detail = f"There is nothing at {_shown(request.url.path)}; {pages.DOCS} lists what there is."
    else:
        detail = str(error.detail)
    return problems.plain_refusal(error.status_code, detail, headers)


async def _answer_validation(_: Request, error: RequestValidationError) -> Response:
    """What FastAPI's own validation found, without the values that were sent."""
    found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}." for item in error.errors()]
    return problems.plain_refusal(422, " ".join(found))


async def _answer_bug(_: Request, __: Exception) -> Response:
    """The traceback goes to the server's log, this to the client."""
    detail = "Something went wrong in the server; its log says more."
    return problems.plain_refusal(500, detail, SECURITY_HEADERS)


_HANDLERS: dict[type[Exception], Any] = {
    FerError: _answer_error,
    HTTPException: _answer_http_error,
    RequestValidationError: _answer_validation,
    Exception: _answer_bug,
}


def _complete_description(described: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """FastAPI's description with what it can't see: the form with its limits, the media type of problems."""
    described["paths"]["/predict"]["post"]["requestBody"] = form_schema(settings.limits)
    for operations in described["paths"].values():
        for operation in operations.values():
            for status, response in [*operation["responses"].items()]:
                if "HTTPValidationError" in str(
                    response
                ):  # FastAPI's for any parameter; a text is never wrong
                    del operation["responses"][status]
                elif int(status) >= 400:
                    response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
    for name in ("HTTPValidationError", "ValidationError"):
        described["components"]["schemas"].pop(name, None)
    return described


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
