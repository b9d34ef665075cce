"""Does a card still say what its files say? Recompute its figures, and its predictions where data is at hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from fer_core.data.protocols import OFFICIAL, under_protocol
from fer_core.data.split import Dataset
from fer_core.errors import CardError, DataError
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import read_predictions
from fer_core.literature.our_figures import reproduced_facts
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.variants.card import Card, write_card
from fer_core.variants.classifier import load_classifier
from fer_core.variants.latency import measure_latency_ms
from fer_core.variants.registry import Variant, get_variant
from fer_core.variants.test_splits import predict_splits

#: How far a card's figure may lie from what its predictions give.
CARD_TOLERANCE = 1e-6


def recompute_metrics(variant: Variant) -> dict[str, dict]:
    """The card's ``metrics`` block, computed anew from ``predictions.parquet``.

    Raises:
        CardError: the variant has no predictions, or they can't be read.
    """
    if variant.predictions_path is None:
        raise CardError(
            f"{variant.id} has no predictions: it is {variant.status}, so there is nothing to recompute."
        )
    return card_metrics(read_predictions(variant.predictions_path))


def largest_difference(card: Card, metrics: dict[str, dict]) -> float:
    """The largest absolute difference between the card's figures and ``metrics``; infinite where one is no number."""
    return max(
        _difference(card.metrics(split)[name], value)
        for split, figures in metrics.items()
        for name, value in figures.items()
    )


def _difference(stated: Any, value: Any) -> float:
    """The largest absolute difference; infinite where only one of both is a number."""
    stated, value = np.atleast_1d(np.asarray(stated, float)), np.atleast_1d(np.asarray(value, float))
    unknown = np.isnan(stated), np.isnan(value)
    apart = np.where(unknown[0] & unknown[1], 0.0, np.abs(stated - value))
    return float(np.where(unknown[0] != unknown[1], np.inf, apart).max())


def repeat_predictions(variant: Variant, dataset: Dataset) -> float:
    """Run the stored ONNX file over the test splits again; the largest difference of a probability.

    Raises:
        DataError: the imported data is not what the variant was evaluated on.
        ModelError: the variant has no model file.
    """
    if variant.card.faceoff.get("data_sha256") != dataset.sha256:
        raise DataError(f"{variant.id} was evaluated on other data than what is imported here.")
    protocol = str(variant.card.faceoff.get("protocol", OFFICIAL)).partition(",")[0]
    dataset = under_protocol(dataset, protocol, variant.card.faceoff.get("seed", 1))
    stored = read_predictions(variant.predictions_path)
    again = predict_splits(load_classifier(variant.id, threads=2), dataset)
    if not (np.array_equal(stored.image, again.image) and np.array_equal(stored.label, again.label)):
        raise DataError(f"{variant.id}: its predictions list other pictures than what is imported here.")
    return float(np.abs(stored.probs - again.probs).max())


def measure_milliseconds(variant: Variant) -> dict[str, object]:
    """Facts for :func:`rewrite_card`: the median milliseconds of one face on one thread, measured now.

    A card in int8 compares itself with the variant that it is made of, so both are measured, one after the other.

    Raises:
        ModelError: the variant, or what it is made of, has no model file here.
        UnknownVariantError: what it is made of is not here at all.
    """
    made = variant.card.faceoff.get("quantised")
    if made is None:
        return {"latency_ms": round(measure_latency_ms(variant), 3)}
    before = round(measure_latency_ms(get_variant(made["from"])), 3)
    return {
        "latency_ms": round(measure_latency_ms(variant), 3),
        "quantised": {**made, "from_latency_ms": before},
    }


@for_trainers("wrote a card anew", "variant")
def rewrite_card(variant: Variant, by: Identity | None = None, **facts: object) -> Card:
    """Write the variant's card again from its facts, recomputed metrics, what it now has of the figures that its report
    printed, and the given facts."""
    known = {key: value for key, value in variant.card.faceoff.items() if key != "reproduced"}
    metrics = {"metrics": recompute_metrics(variant)}
    return write_card(variant.folder, known | reproduced_facts(variant) | metrics | facts)
