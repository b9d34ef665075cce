"""Models of others and ours in one run: right answers, those on copies, processor time and size.

    python -m fer_core peers add all
    python -m benchmarks.peers [ID ...]

Without ids: every peer that is here, and of ours one of each family that can answer. Time is of one thread and one face
at a time, as a multiple of pisa.cnn5_class_weight measured in turn with each: only ratios mean something.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from fer_core.curation.peers import FAMILY
from fer_core.data.split import SplitName
from fer_core.evaluation.predictions import read_predictions
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.registry import Variant, get_variant, list_variants

MEASURE = "pisa.cnn5_class_weight"
CALLS, ROUNDS = 20, 9


def main(ids: list[str]) -> None:
    """Print a line for each model, the most accurate first."""
    variants = [get_variant(name) for name in ids] if ids else chosen()
    variants.sort(key=lambda variant: -variant.metrics()["accuracy"])
    measure = OnnxClassifier(get_variant(MEASURE).model_path)
    print(f"{'model':30}{'right':>8}{'clean':>8}{'copies':>8}{'time':>8}{'kB':>9}{'weights':>12}")
    for variant in variants:
        answers = read_predictions(variant.predictions_path).of(SplitName.PRIVATE_TEST)
        right = answers.predicted == answers.label
        copies = right[answers.leaked].mean() if answers.leaked.any() else np.nan
        ratio = relative_time(OnnxClassifier(variant.model_path), measure)
        print(
            f"{variant.id:30}{right.mean():8.3f}{right[~answers.leaked].mean():8.3f}{copies:8.3f}{ratio:8.2f}"
            f"{variant.size_bytes / 1000:9,.0f}{variant.parameters or 0:12,}"
        )


def chosen() -> list[Variant]:
    """Peers, the measure, and the most accurate of each family of ours."""
    able = [variant for variant in list_variants() if variant.can_predict]
    best: dict[str, Variant] = {}
    for variant in able:
        if variant.family != FAMILY:
            known = best.get(variant.family)
            if known is None or variant.metrics()["accuracy"] > known.metrics()["accuracy"]:
                best[variant.family] = variant
    peers = [variant for variant in able if variant.family == FAMILY]
    return list({variant.id: variant for variant in [*peers, *best.values(), get_variant(MEASURE)]}.values())


def relative_time(model: OnnxClassifier, measure: OnnxClassifier) -> float:
    """Processor time of one face as a multiple of the measure's: the median of rounds in which both take turns."""
    face = np.random.default_rng(0).integers(0, 256, (1, 48, 48), np.uint8)
    return float(np.median([_cost_s(model, face) / _cost_s(measure, face) for _ in range(ROUNDS)]))


def _cost_s(model: OnnxClassifier, face: np.ndarray) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        model.predict_proba(face)
    return time.process_time() - began


if __name__ == "__main__":
    main(sys.argv[1:])
