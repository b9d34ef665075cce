"""The process that checks, measures and lists a model of one's own: ``python -m fer_core.curation.registration_task``.

It has a limit of memory, and whoever sent it a limit of time: a network that asks for absurd amounts fails
here, before any other process loads it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fer_core import paths
from fer_core.curation.changes import changing_variants, demand_free_id
from fer_core.curation.onnx_checks import checked_model, count_parameters
from fer_core.curation.registration import GIVEN, Brought
from fer_core.data.protocols import OFFICIAL
from fer_core.data.store import Dataset, load_dataset
from fer_core.errors import ContractError, FerError
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import write_predictions
from fer_core.faces.intake import FER_FACE
from fer_core.training.finish import predict_splits, protocol_facts
from fer_core.variants.card import write_card
from fer_core.variants.classifier import Classifier, OnnxClassifier

MEMORY_LIMIT_BYTES = 8_000_000_000
#: How far a network's answers to the same faces may lie apart.
SAME_ANSWER = 1e-5
LONGEST_TEXT = 500
_UNKNOWN_TRAINING = (
    "Trained elsewhere: on which faces is not known here; "
    "if test faces were among them, these figures flatter it."
)


def register_model(work: Path, file_name: str, brought: Brought) -> Path:
    """Check, measure and list a model in this process.

    Args:
        work: a folder that holds the file as GIVEN, and in which the variant is made.
        file_name: what its owner calls it.
        brought: what they say of it.

    Returns:
        The variant's folder.

    Raises:
        ModelError: it is no complete standard ONNX file.
        ContractError: it does not honour the contract, or answers differently when asked again.
        DataError: there is no data to measure it on.
        CardError: the id is taken.
    """
    data = (work / GIVEN).read_bytes()
    model = checked_model(data, file_name)
    dataset = load_dataset()
    folder = work / brought.id
    folder.mkdir()
    (folder / paths.MODEL).write_bytes(model.SerializeToString())
    classifier = OnnxClassifier(folder / paths.MODEL, threads=2)
    _refuse_chance(classifier, dataset.split("PublicTest").faces[:8], file_name)
    predictions = predict_splits(classifier, dataset)
    write_predictions(folder / paths.PREDICTIONS, predictions)
    facts = _facts(brought, dataset, data)
    if classifier.intake != FER_FACE:
        facts["faces"] = {"size": classifier.intake.size, "colour": classifier.intake.colours}
    facts |= {"parameters": count_parameters(model), "metrics": card_metrics(predictions)}
    write_card(folder, {key: value for key, value in facts.items() if value != ""})
    target = paths.local_cards() / brought.id
    with changing_variants(None):
        demand_free_id(brought.id)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    return target


def main() -> int:
    """The process: the order comes as JSON on standard input; its folder is removed at the end."""
    order = json.load(sys.stdin)
    work = Path(order["folder"])
    try:
        _limit_memory()
        folder = register_model(work, order["name"], Brought(**order["brought"]))
        print(json.dumps(folder.name))
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    except MemoryError:
        print(f"it needs more than {MEMORY_LIMIT_BYTES / 1e9:.0f} GB of memory.", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


def _facts(brought: Brought, dataset: Dataset, data: bytes) -> dict[str, Any]:
    return {
        "id": brought.id,
        "status": "trained",
        "summary": _one_line(brought.summary),
        "family": brought.id.partition(".")[0],
        "framework": "onnx",
        "architecture": _one_line(brought.architecture) or "unknown",
        "source": _one_line(brought.source),
        "model_sha256": hashlib.sha256(data).hexdigest(),
        "data_sha256": dataset.sha256,
        "dataset": dataset.name,
        "protocol": protocol_facts(OFFICIAL, dataset, "trained elsewhere"),
        "registered_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "deviations": [_UNKNOWN_TRAINING],
    }


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")[:LONGEST_TEXT]


def _refuse_chance(classifier: Classifier, faces: np.ndarray, name: str) -> None:
    difference = np.abs(classifier.predict_proba(faces) - classifier.predict_proba(faces)).max()
    if difference > SAME_ANSWER:
        raise ContractError(f"{name} answers the same faces differently when asked again.")


def _limit_memory() -> None:
    """Let a network that asks for absurd memory fail here instead of in the machine."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
