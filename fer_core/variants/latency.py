"""Milliseconds per call, measured on this machine and remembered beside the variant's model file."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import numpy as np

from fer_core import paths
from fer_core.data.sources import FACE_SIZE
from fer_core.errors import ModelError
from fer_core.machine.files import replacing, stamp_of
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.variants.classifier import Classifier, OnnxClassifier
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

REPEATS = 50
WARM_UPS = 5


@for_trainers("measured the speed", "variant")
def measure_latency_ms(
    variant: Variant, faces: int = 1, repeats: int = REPEATS, *, by: Identity | None = None
) -> float:
    """The median milliseconds of one call on ``faces`` faces, on one thread; it is remembered.

    NotAllowedError where the requester ``by`` may only look; ModelError if the variant can't predict. A measure
    holds for this machine and this model file.
    """
    if not variant.can_predict:
        raise ModelError(f"{variant.id} has no model to measure ({variant.reason or variant.status}).")
    milliseconds = time_classifier(OnnxClassifier(variant.model_path), faces, repeats)
    stored = _read()
    entry = stored.get(variant.id, {})
    if entry.get("model") != _stamp(variant):
        entry = {"model": _stamp(variant), "milliseconds": {}}
    entry["milliseconds"][str(faces)] = milliseconds
    with replacing(paths.latencies()) as unfinished:
        unfinished.write_text(json.dumps(stored | {variant.id: entry}, indent=1), encoding="utf-8")
    return milliseconds


def time_classifier(classifier: Classifier, faces: int = 1, repeats: int = REPEATS) -> float:
    """The median milliseconds of ``classifier.predict_proba`` on ``faces`` random faces, after warming up."""
    pixels = np.random.default_rng(0).integers(0, 256, (faces, FACE_SIZE, FACE_SIZE), np.uint8)
    durations_s = []
    for _ in range(WARM_UPS + repeats):
        start = time.perf_counter()
        classifier.predict_proba(pixels)
        durations_s.append(time.perf_counter() - start)
    return 1000 * statistics.median(durations_s[WARM_UPS:])


def read_latencies(variants: list[Variant], faces: int = 1) -> dict[str, float]:
    """Milliseconds by variant id: measured here if its model is still the same, else its card's figure.

    The card's ``latency_ms`` is of one face, and holds for a model that is kept without its file too; variants without
    either are left out.
    """
    stored, found = _read(), {}
    for variant in variants:
        entry = stored.get(variant.id, {})
        local = (
            entry.get("milliseconds", {}).get(str(faces)) if entry.get("model") == _stamp(variant) else None
        )
        shipped = variant.card.faceoff.get("latency_ms") if variant.card and faces == 1 else None
        latency_ms = local if local is not None else shipped
        if variant.status == Status.TRAINED and latency_ms is not None:
            found[variant.id] = float(latency_ms)
    return found


def _stamp(variant: Variant) -> str | None:
    """What distinguishes one model file from another."""
    return None if variant.model_path is None else "-".join(map(str, stamp_of(variant.model_path)))


def _read() -> dict[str, Any]:
    """The remembered measures; none if the file is absent or not ours (they are cheap to make again)."""
    try:
        stored = json.loads(paths.latencies().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {key: entry for key, entry in stored.items() if isinstance(entry, dict)}
        if isinstance(stored, dict)
        else {}
    )
