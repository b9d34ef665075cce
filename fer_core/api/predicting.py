"""``POST /predict``: the request and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fer_core.answers import Answers, answer_picture
from fer_core.api.describe import describe_picture, describe_refused
from fer_core.api.loaded import LoadedModels
from fer_core.api.problems import PicturesError, problem_of
from fer_core.api.schemas import PictureAnswer, Prediction, SkippedModel
from fer_core.api.settings import Limits
from fer_core.api.uploads import MOST_FIELDS, PICTURES, Upload
from fer_core.errors import FormError, PictureError, near_names
from fer_core.faces.finders import FaceFinder
from fer_core.faces.intake import intake_of
from fer_core.faces.pictures import KINDS
from fer_core.variants.classifier import Classifier

#: The format of model ids in the OpenAPI description: one that GET /models lists.
MODEL_ID = "model-id"

_MOST_MODELS = MOST_FIELDS // 2
_SPELLINGS = {"true": True, "false": False}


@dataclass(frozen=True)
class PredictOptions:
    """The fields of the form besides its pictures, by their names; form_schema describes them."""

    models: list[str] | None
    whole: bool
    doubtful: bool


#: The fields of the form.
FIELDS = (PICTURES, *(field.name for field in fields(PredictOptions)))


def read_fields(upload: Upload) -> PredictOptions:
    """What the form requests; FormError names the field that is wrong."""
    known = [field.name for field in fields(PredictOptions)]
    given: dict[str, list[str]] = {}
    for name, text in upload.fields:
        if name not in known:
            near = near_names(name, [*known, PICTURES])
            raise FormError(f"There is no field {shortened(name)!r}{near}")
        given.setdefault(name, []).append(text)
    whole, doubtful = (_switch(given, name) for name in ("whole", "doubtful"))
    if len(given.get("models", [])) > _MOST_MODELS:
        raise FormError(f"models: at most {_MOST_MODELS} can answer at once.")
    if not upload.pictures:
        raise FormError(f"{PICTURES}: send at least one picture in a field of this name.")
    return PredictOptions(given.get("models"), whole, doubtful)


def _switch(given: Mapping[str, list[str]], name: str) -> bool:
    texts = given.get(name, ["false"])
    if len(texts) != 1 or texts[0] not in _SPELLINGS:
        raise FormError(f"{name}: send it once, as true or false.")
    return _SPELLINGS[texts[0]]


def form_schema(limits: Limits) -> dict[str, Any]:
    """The form as the OpenAPI description has it."""
    pictures = {
        "type": "array",
        "minItems": 1,
        "maxItems": limits.max_pictures,
        "items": {"type": "string", "format": "binary"},
        "description": f"{KINDS} files, a field each.",
    }
    models = {
        "type": "array",
        "maxItems": _MOST_MODELS,
        "items": {"type": "string", "format": MODEL_ID},
        "description": "Ids of the models to ask, a field each; without it, all that can answer.",
    }
    whole = {
        "type": "boolean",
        "default": False,
        "description": "Take each whole picture for one face, cropped already, instead of searching.",
    }
    doubtful = {
        "type": "boolean",
        "default": False,
        "description": "Answer faces too of which the detector is not sure.",
    }
    schema = {
        "type": "object",
        "required": [PICTURES],
        "additionalProperties": False,
        "properties": {PICTURES: pictures, "models": models, "whole": whole, "doubtful": doubtful},
    }
    kinds = {PICTURES: {"contentType": "image/jpeg, image/png, image/webp, image/heic, image/avif"}}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": kinds}}}


def predict(
    upload: Upload,
    options: PredictOptions,
    loaded: LoadedModels,
    finder: FaceFinder,
    limits: Limits,
    check: Callable[[], None] = lambda: None,
) -> Prediction:
    """Answer the pictures one after the other; ``check`` is called before each step, and may raise to end it.

    Raises UnknownVariantError and ModelError for the named models; PictureError where the only picture, or
    each of several, can't be answered.
    """
    requested = loaded.requested(options.models)
    classifiers = {name: _Checked(one, check) for name, one in requested.classifiers.items()}
    answers: list[PictureAnswer] = []
    errors: list[PictureError] = []
    for number, (name, data) in enumerate(upload.pictures, start=1):
        try:
            check()
            found = _answer(name, data, options, classifiers, finder, limits)
            answers.append(describe_picture(found, number, requested.evidence))
        except PictureError as error:
            answers.append(describe_refused(number, problem_of(error)))
            errors.append(error.with_traceback(None))
    try:
        if len(errors) == len(answers):
            raise errors[0] if len(errors) == 1 else PicturesError(errors)
    finally:
        errors = []  # an error that its own traceback leads to would keep the pictures in memory
    skipped = [SkippedModel(model=name, detail=why) for name, why in requested.skipped.items()]
    return Prediction(pictures=answers, models=list(requested.classifiers), skipped=skipped)


def _answer(
    name: str,
    data: bytes,
    options: PredictOptions,
    classifiers: Mapping[str, Classifier],
    finder: FaceFinder,
    limits: Limits,
) -> Answers:
    return answer_picture(
        data,
        name,
        classifiers,
        whole=options.whole,
        doubtful=options.doubtful,
        finder=finder,
        largest_pixels=limits.largest_pixels,
        most_faces=limits.max_faces,
    )


class _Checked:
    """A classifier that runs only while somebody waits for its answer."""

    def __init__(self, classifier: Classifier, check: Callable[[], None]) -> None:
        self._classifier, self._check = classifier, check
        self.intake = intake_of(classifier)

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """As the classifier does."""
        self._check()
        return self._classifier.predict_proba(faces)


def shortened(name: str) -> str:
    """A field's name as it may stand in a sentence."""
    return name if len(name) <= 40 else name[:39] + "…"
