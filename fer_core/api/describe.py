"""Variants and answers in the form of the schemas."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from fer_core.answers import Answers
from fer_core.api.loaded import LoadedModels, RequestedModels
from fer_core.api.schemas import (
    Box,
    Face,
    Figures,
    ModelAnswer,
    ModelSummary,
    PictureAnswer,
    Prediction,
    Problem,
    Training,
    Worth,
)
from fer_core.data.split import Measured
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.evidence import Evidence
from fer_core.variants.corrections import recipe_corrections
from fer_core.variants.registry import Variant, get_variant


def summarise(variant: Variant) -> ModelSummary:
    """A variant as the list shows it."""
    facts = variant.card.faceoff if variant.card else {}
    reported = variant.reported_accuracy
    return ModelSummary(
        id=variant.id, status=variant.status, reason=variant.reason, origin=variant.origin,
        can_predict=variant.can_predict, family=variant.family, framework=variant.framework,
        architecture=variant.architecture, parameters=variant.parameters, size_bytes=variant.size_bytes,
        latency_ms=plain(facts.get("latency_ms")),
        training=_training(variant), recipe_corrections=list(recipe_corrections(variant)),
        private_test=_figures(variant, Measured.ALL),
        private_test_clean=_figures(variant, Measured.CLEAN),
        reported_accuracy=plain(reported["value"]) if reported else None,
    )  # fmt: skip


def _training(variant: Variant) -> Training | None:
    length = variant.training_length
    return length and Training(
        epochs_run=length.run, epochs_planned=length.planned, whole=length.whole, ended=str(length.ended)
    )


def _figures(variant: Variant, split: str) -> Figures | None:
    measured = variant.metrics(split)
    return Figures(**{name: plain(measured[name]) for name in Figures.model_fields}) if measured else None


def describe_picture(
    answers: Answers, number: int, evidence: Callable[[str, np.ndarray], Evidence | None]
) -> PictureAnswer:
    """The answers about picture ``number``; ``evidence`` says what a model's 7 probabilities are worth."""
    height, width = answers.picture.pixels.shape[:2]
    faces = [
        Face(
            number=index + 1,
            box=Box(**dict(zip(Box.model_fields, face.box, strict=True))),
            score=face.score,
            sure=face.sure,
            answers=[
                _describe_answer(model, probs[index], evidence(model, probs[index]) if face.sure else None)
                for model, probs in answers.probs.items()
            ],
        )
        for index, face in enumerate(answers.faces)
    ]
    return PictureAnswer(
        number=number, width=width, height=height, notes=list(answers.notes), finding_ms=answers.finding_ms,
        milliseconds=answers.milliseconds, faces=faces, problem=None,
    )  # fmt: skip


def describe_single(answers: Answers) -> Prediction:
    """The whole answer about a single picture, with the models' own ids."""
    models = list(answers.probs)
    requested = RequestedModels({}, LoadedModels().tests(map(get_variant, models)), {})
    return Prediction(pictures=[describe_picture(answers, 1, requested.evidence)], models=models, skipped=[])


def describe_refused(number: int, problem: Problem) -> PictureAnswer:
    """Picture ``number``, which couldn't be answered."""
    return PictureAnswer(
        number=number, width=None, height=None, notes=[], finding_ms=None, milliseconds={}, faces=[],
        problem=problem,
    )  # fmt: skip


def _describe_answer(model: str, probs: np.ndarray, found: Evidence | None) -> ModelAnswer:
    top = int(probs.argmax())
    worth = found and Worth(
        right=found.right, n=found.n, lo=found.lo, hi=found.hi, confidence_from=found.confidence_from,
        confidence_to=found.confidence_to, sentence=found.sentence(),
    )  # fmt: skip
    return ModelAnswer(
        model=model,
        emotion=EMOTIONS[top],
        confidence=float(probs[top]),
        probabilities=dict(zip(EMOTIONS, map(float, probs), strict=True)),
        evidence=worth,
    )


def plain(value: Any) -> Any:
    """``value`` of a card as JSON can hold it: dates as text, and null for what is not a number."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
