"""Proof that an adapted graph answers as its network's own runtime does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.adapting.adaptation import Adaptation
from fer_core.adapting.arithmetic import answered, prepared
from fer_core.adapting.network import Network
from fer_core.errors import AdaptationError
from fer_core.faces.intake import fitted
from fer_core.variants.classifier import Classifier

FACES = 200
#: How far a probability may lie from the network's own.
TOLERANCE = 1e-3
#: Of networks of whole numbers, which their runtime rounds at every layer: same emotions, and the mean difference.
LOOSE_SAME, LOOSE_MEAN = 0.95, 0.02


@dataclass(frozen=True)
class Proof:
    """On ``faces`` faces: the largest and the mean difference of a probability, and the share of equal answers."""

    faces: int
    largest: float
    mean: float
    same: float


def prove(network: Network, adaptation: Adaptation, classifier: Classifier, faces: np.ndarray) -> Proof:
    """Run both on ``faces`` uint8 (N, 48, 48).

    Raises:
        AdaptationError: they answer differently; the sentence says how much.
    """
    pictures = prepared(fitted(faces, adaptation.intake), adaptation, network.signature.kind)
    expected = answered(network.answers(pictures), adaptation)
    found = classifier.predict_proba(faces)
    apart = np.abs(found - expected)
    proof = Proof(
        len(faces),
        float(apart.max()),
        float(apart.mean()),
        float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
    )
    holds = (
        proof.same >= LOOSE_SAME and proof.mean <= LOOSE_MEAN if network.loose else proof.largest <= TOLERANCE
    )
    if not holds or not np.isfinite(proof.largest):
        raise AdaptationError(
            f"{network.name}: converted to ONNX it does not answer as before: of {proof.faces} faces it names the same "
            f"emotion on {100 * proof.same:.0f} of 100, and its probabilities lie up to {proof.largest:.2g} apart."
        )
    return proof
