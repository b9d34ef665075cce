"""The paths of the API."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fer_core import __version__, paths
from fer_core.api import problems
from fer_core.api.describe import plain, summarise
from fer_core.api.loaded import LoadedModels
from fer_core.api.negotiation import prefers
from fer_core.api.predicting import FIELDS, MODEL_ID, predict, read_fields, shortened
from fer_core.api.problems import documented
from fer_core.api.schemas import Health, ModelCard, ModelList, ModelSummary, Prediction, ProblemKind
from fer_core.api.settings import Settings
from fer_core.api.uploads import read_upload
from fer_core.api.workers import Workers
from fer_core.comparison.standings import checked
from fer_core.errors import BusyError, CardError, FormError, UnauthorisedError
from fer_core.variants.registry import Variant, get_variant, list_variants

_MODELS, _PICTURES, _SERVER = "Models", "Pictures", "Server"  # the headings of the description
_JSON, _MARKDOWN = "application/json", "text/markdown"


@dataclass(frozen=True)
class Service:
    """What the paths of one application share."""

    settings: Settings
    loaded: LoadedModels
    workers: Workers


async def _service(request: Request) -> Service:
    return request.app.state.service


Shared = Annotated[Service, Depends(_service)]
_bearer = HTTPBearer(auto_error=False, description="The token that the server was started with.")


async def check_token(
    service: Shared, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """UnauthorisedError unless the request carries the server's token."""
    wanted = (service.settings.token or "").encode()
    if given is None or not secrets.compare_digest(given.credentials.encode(), wanted):
        what = "lacks a token" if given is None else "carries a wrong token"
        raise UnauthorisedError(f"The request {what}; send the header `Authorization: Bearer TOKEN`.")


async def refuse_query(request: Request) -> None:
    """FormError for a field in the address: there is none that would be read."""
    for name in request.query_params:
        if name in FIELDS:
            raise FormError(
                f"{name} stands in the address and would not be read; send it as a field of the form."
            )
        raise FormError(f"{shortened(name)!r} stands in the address and would not be read; leave it out.")


ModelId = Annotated[str, Path(description="Of GET /models.", json_schema_extra={"format": MODEL_ID})]

open_paths = APIRouter()
guarded = APIRouter(responses=documented(401, 421, 422), dependencies=[Depends(refuse_query)])


@guarded.get("/models", summary="Every model", tags=[_MODELS])
def models() -> ModelList:
    """Trained, recipe only, and broken ones, sorted by id."""
    return ModelList(models=_summaries(list_variants()))


@guarded.get("/models/{model}", summary="One model", tags=[_MODELS], responses=documented(404))
def model(model: ModelId) -> ModelSummary:
    """As in the list of every model."""
    return _summaries([get_variant(model)])[0]


@guarded.get(
    "/models/{model}/card",
    summary="A model's card",
    tags=[_MODELS],
    response_model=ModelCard,
    responses={200: {"content": {_MARKDOWN: {"schema": {"type": "string"}}}}} | documented(404, 409),
)
def card(model: ModelId, request: Request) -> Response:
    """As JSON, or as the Markdown file that it is where `Accept` prefers `text/markdown`."""
    variant = get_variant(model)
    if variant.card is None:
        raise CardError(variant.reason or f"{model} has no card.")
    vary = {"Vary": "Accept"}
    if prefers(request.headers.get("accept", ""), _MARKDOWN, _JSON):
        return Response(_read_card_file(variant), headers=vary, media_type=_MARKDOWN)
    answer = ModelCard(id=variant.id, metadata=plain(variant.card.metadata), body=variant.card.body)
    return Response(answer.model_dump_json(), headers=vary, media_type=_JSON)


def _summaries(variants: list[Variant]) -> list[ModelSummary]:
    """As the list shows them; a card that its predictions contradict lends no figures, its model answers."""
    return [
        summarise(marked).model_copy(update={"can_predict": variant.can_predict})
        for variant, marked in zip(variants, checked(variants), strict=True)
    ]


def _read_card_file(variant: Variant) -> str:
    try:
        return (variant.folder / paths.CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{variant.id}: {paths.CARD} can't be read any more.") from error


@guarded.post(
    "/predict",
    summary="What models say about the faces in pictures",
    tags=[_PICTURES],
    response_model=Prediction,
    responses=documented(400, 404, 408, 409, 413, 415, 422, 503),
)
async def predict_pictures(request: Request, service: Shared) -> Response:
    """One picture or several, one model or several.

    Where several pictures are sent, one that can't be answered says why in its `problem`; only where none can,
    the request is refused.
    """
    limits = service.settings.limits
    with service.workers.place(request.client.host if request.client else ""):
        upload = await read_upload(request, limits)
        wanted = read_fields(upload)
        body = await service.workers.run(
            lambda finder, check: predict(
                upload, wanted, service.loaded, finder, limits, check
            ).model_dump_json()
        )
    return Response(body, media_type=_JSON)


@open_paths.get("/health", summary="Whether the server answers", tags=[_SERVER], responses=documented(421))
async def health() -> Health:
    """It needs no token, and reads nothing."""
    return Health(version=__version__)


@open_paths.get(
    "/ready",
    summary="Whether the server could begin to answer a picture now",
    tags=[_SERVER],
    responses=documented(421, 503),
)
async def ready(service: Shared) -> Health:
    """It needs no token. It fails while no worker is free: try another server, or wait."""
    if not service.workers.is_free:
        raise BusyError("No worker of this server is free; ask again in a moment.")
    return Health(version=__version__)


@open_paths.get(
    "/problems/{name}",
    summary="What the type of a problem stands for",
    tags=[_SERVER],
    responses=documented(404, 421),
)
def problem(name: Annotated[str, Path(examples=["no-face"])]) -> ProblemKind:
    """The same for every problem of that type."""
    for kind in problems.KINDS.values():
        if kind.name == name:
            return ProblemKind(type=kind.type, title=kind.title, status=kind.status)
    raise HTTPException(404)
