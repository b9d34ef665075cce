"""One comparison of a claim, weighed on the variants there are."""

from __future__ import annotations

from fer_core.data.split import SplitName
from fer_core.evaluation.predictions import read_predictions
from fer_core.literature.claims import Claim, Comparison, weigh
from fer_core.variants.registry import get_variant, list_variants

FACES = 700


def weighed(better, worse, figure, **more):
    """The verdict and the evidence of one comparison."""
    verdict, (evidence,) = weigh(
        Claim("x", "a", "", "", (Comparison(better, worse, figure, **more),)), list_variants()
    )
    return verdict, evidence


def private(name):
    rows = read_predictions(get_variant(name).predictions_path).of(SplitName.PRIVATE_TEST)
    return rows.label, rows.probs
