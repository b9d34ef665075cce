"""The facts that cards of registered models have beside their figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fer_core.adapting.guessing import Guess
from fer_core.adapting.network import Network
from fer_core.adapting.proving import Proof
from fer_core.curation.registration import ModelDescription
from fer_core.data.protocols import OFFICIAL
from fer_core.data.split import Dataset
from fer_core.variants.facts import Status
from fer_core.variants.test_splits import protocol_facts

#: Characters of what its owner says, in each field.
LONGEST_TEXT = 500


def registered_facts(
    description: ModelDescription, framework: str, dataset: Dataset, learnt: str, deviation: str, **more: Any
) -> dict[str, Any]:
    """What the card of a model of elsewhere says before it is measured.

    ``learnt`` says in the protocol how it came about, ``deviation`` what is not known of it; ``more`` are facts of one
    framework.
    """
    return {
        "id": description.id,
        "status": Status.TRAINED,
        "summary": one_line(description.summary),
        "family": description.id.partition(".")[0],
        "framework": framework,
        "architecture": one_line(description.architecture) or "unknown",
        "source": one_line(description.source),
        "licence": one_line(description.licence),
        "trained_on": one_line(description.trained_on),
        **more,
        "data_sha256": dataset.sha256,
        "dataset": dataset.name,
        "protocol": protocol_facts(OFFICIAL, dataset, learnt),
        "registered_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "deviations": [deviation],
    }


def adapted_facts(network: Network, found: Guess, proof: Proof) -> dict[str, Any]:
    """What was found out about a network of elsewhere, and how its adaptation was proved."""
    facts = found.adaptation.as_dict() | {
        "found": found.sentence,
        "proof": {
            "faces": proof.faces, "largest_difference": float(f"{proof.largest:.2g}"), "same": round(proof.same, 4),
        },
    }  # fmt: skip
    return facts | ({"made_with": network.made_with} if network.made_with else {})


def one_line(text: str) -> str:
    """A stranger's text as a card holds it."""
    return " ".join(text.split()).replace("|", "/")[:LONGEST_TEXT]
