"""A model of elsewhere looked at, adapted, proved, measured and listed; in the process that registers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core import paths
from fer_core.adapting.adaptation import Adaptation, read_settings
from fer_core.adapting.arithmetic import answered, prepared
from fer_core.adapting.guessing import Guess, guess
from fer_core.adapting.kinds import ONNX, suffix_of
from fer_core.adapting.label_order import orders_of
from fer_core.adapting.network import Network
from fer_core.adapting.proving import FACES, prove
from fer_core.adapting.reading import read_network
from fer_core.comparison.standings import read_outcomes
from fer_core.curation.editing import put_in_place
from fer_core.curation.registered_facts import adapted_facts, registered_facts
from fer_core.curation.registration import GIVEN, ModelDescription, is_beside
from fer_core.data.split import Split, SplitName
from fer_core.data.store import load_dataset, load_split
from fer_core.emotions import EMOTIONS
from fer_core.errors import ContractError
from fer_core.evaluation.doubts import doubts_of, twin_sentence
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.outcomes import outcomes_of
from fer_core.evaluation.predictions import Predictions, write_predictions
from fer_core.faces.intake import FER_FACE, fitted
from fer_core.variants.card import write_card
from fer_core.variants.classifier import Classifier, OnnxClassifier
from fer_core.variants.registry import list_variants
from fer_core.variants.test_splits import predict_splits

if TYPE_CHECKING:
    import onnx

#: How far a network's answers to the same faces may lie apart.
SAME_ANSWER = 1e-5
_REPORT_EVERY = 512
_UNKNOWN_TRAINING = (
    "Trained elsewhere: on which faces is not known here; "
    "if test faces were among them, these figures flatter it."
)
OnStep = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Adapted:
    """A model made to honour the contract; all but ``model`` is None where it did so as it came."""

    model: onnx.ModelProto
    network: Network | None = None
    guess: Guess | None = None


def look_at(work: Path, file_name: str, settings: str, architecture: str, on_step: OnStep) -> dict[str, Any]:
    """What a model wants and says, as JSON holds it; nothing is kept.

    Args:
        work: a folder that holds the file, see :func:`register_model`.
        file_name: what its owner calls it.
        settings: YAML of what need not be guessed.
        architecture: of weights alone: the network's name.
        on_step: called with what is being done.

    Returns:
        ``settings``: YAML, empty for a model that honours the contract as it is; ``found``: how often it is right, in a
        sentence; ``notes``: what could not be found out; ``preview``: of one face of each emotion its ``row``,
        ``image``, ``label``, what it ``says`` and how surely (``confidence``).

    Raises: as :func:`register_model`.
    """
    split = load_split(SplitName.PUBLIC_TEST)
    given = adapted_file(work, file_name, settings, architecture, "look.only", split, on_step)
    rows = _one_of_each(split)
    if given.guess is None:
        (work / paths.MODEL).write_bytes(given.model.SerializeToString())
        probs = OnnxClassifier(work / paths.MODEL, threads=2).predict_proba(split.faces[rows])
        found, notes, text = "It honours the contract as it is.", (), ""
    else:
        probs = _own_answers(given.network, given.guess.adaptation, split.faces[rows])
        found, notes, text = given.guess.sentence, given.guess.notes, given.guess.adaptation.as_yaml()
    preview = [
        {
            "row": row,
            "image": str(split.names[row]),
            "label": EMOTIONS[split.labels[row]],
            "says": EMOTIONS[answer.argmax()],
            "confidence": round(float(answer.max()), 3),
        }
        for row, answer in zip(rows, probs, strict=True)
    ]
    return {"settings": text, "found": found, "notes": list(notes), "preview": preview}


def register_model(
    work: Path,
    file_name: str,
    description: ModelDescription,
    settings: str = "",
    on_step: OnStep = lambda step: None,
) -> tuple[Path, list[str]]:
    """Check, adapt, measure and list a model in this process.

    Args:
        work: a folder that holds the file as GIVEN with the end of its name, and files of a model hub that lay beside
            it; the variant is made in it.
        file_name: what its owner calls it.
        description: what they say of it.
        settings: YAML of what it wants and answers; what is not said is guessed.
        on_step: called with what is being done.

    Returns:
        The variant's folder, and sentences on what was found and what is doubtful.

    Raises:
        ModelError: it is no complete model that is read.
        ContractError: it does not honour the contract, or answers differently when run again.
        AdaptationError: it can't be made to honour it, or answers differently then.
        DataError: there is no data to measure it on.
        CardError: the id is taken.
    """
    dataset = load_dataset()
    split = dataset.split(SplitName.PUBLIC_TEST)
    given = adapted_file(work, file_name, settings, description.architecture, description.id, split, on_step)
    folder = work / description.id
    folder.mkdir()
    (folder / paths.MODEL).write_bytes(given.model.SerializeToString())
    classifier = OnnxClassifier(folder / paths.MODEL, threads=2)
    _refuse_chance(classifier, split.faces[:8], file_name)
    data = (work / _given_name(file_name)).read_bytes()
    facts = registered_facts(
        description, "onnx", dataset, "trained elsewhere", _UNKNOWN_TRAINING,
        model_sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    findings: list[str] = []
    if given.network is not None and given.guess is not None:
        on_step(f"Proving on {FACES} faces that it answers as before")
        proof = prove(given.network, given.guess.adaptation, classifier, split.faces[:FACES])
        facts |= {"adapted": adapted_facts(given.network, given.guess, proof)}
        findings = [given.guess.sentence, *given.guess.notes]
    predictions = predict_splits(_CountingClassifier(classifier, on_step), dataset)
    doubts = doubts_about(predictions, description.id)
    facts |= _measured(given.model, classifier, predictions) | {"doubts": doubts}
    return _listed(folder, facts, predictions), [*findings, *doubts]


def adapted_file(
    work: Path,
    file_name: str,
    settings: str,
    architecture: str,
    variant_id: str,
    split: Split,
    on_step: OnStep,
) -> Adapted:
    """The model in ``work`` as one of the contract."""
    given = read_settings(settings) if settings.strip() else {}
    path = work / _given_name(file_name)
    if suffix_of(file_name) in ONNX and not given:
        from fer_core.adapting.onnx_checks import checked_model
        from fer_core.adapting.signature import honours_contract

        on_step(f"Checking {file_name}")
        model = checked_model(path.read_bytes(), file_name)
        if honours_contract(model):
            return Adapted(model)
    from fer_core.adapting.building import adapted

    on_step(f"Reading {file_name}")
    network = read_network(path, file_name, _beside(work), given, architecture)
    on_step("Asking it about faces of PublicTest, to find out what it wants")
    found = guess(network, split.faces, split.labels, given)
    return Adapted(adapted(network.core, network.signature, found.adaptation, variant_id), network, found)


def doubts_about(predictions: Predictions, variant_id: str = "") -> list[str]:
    """What is odd about a model's answers, those of all trained variants but that of its own id considered."""
    own = outcomes_of(predictions)
    others = {
        name: answers
        for panel in read_outcomes(list_variants()).panels
        if np.array_equal(panel.label, own.label)
        for name, answers in zip(panel.ids, panel.predicted, strict=True)
        if name != variant_id
    }
    twin = twin_sentence(own.predicted, others)
    return [*doubts_of(predictions, orders_of(len(EMOTIONS))), *([twin] if twin else [])]


def _given_name(file_name: str) -> str:
    return f"{GIVEN}{suffix_of(file_name)}"


def _beside(work: Path) -> Mapping[str, bytes]:
    return {
        path.name: path.read_bytes() for path in work.iterdir() if path.is_file() and is_beside(path.name)
    }


def _one_of_each(split: Split) -> list[int]:
    """The most typical face of each emotion that the split has: the nearest to their mean."""
    typical = []
    for emotion in range(len(EMOTIONS)):
        rows = np.flatnonzero(split.labels == emotion)
        if len(rows):
            faces = split.faces[rows].reshape(len(rows), -1).astype(np.float32)
            typical.append(int(rows[((faces - faces.mean(axis=0)) ** 2).sum(axis=1).argmin()]))
    return typical


def _own_answers(network: Network, adaptation: Adaptation, faces: np.ndarray) -> np.ndarray:
    pictures = prepared(fitted(faces, adaptation.intake), adaptation, network.signature.kind)
    return answered(network.answers(pictures), adaptation)


def _measured(model: onnx.ModelProto, classifier: OnnxClassifier, predictions: Predictions) -> dict[str, Any]:
    from fer_core.adapting.onnx_checks import count_initialised

    facts: dict[str, Any] = {"parameters": count_initialised(model), "metrics": card_metrics(predictions)}
    if classifier.intake != FER_FACE:
        facts["faces"] = {"size": classifier.intake.size, "colour": classifier.intake.colours}
    return facts


def _listed(folder: Path, facts: dict[str, Any], predictions: Predictions) -> Path:
    """Write the card and put the folder among the local variants."""
    write_predictions(folder / paths.PREDICTIONS, predictions)
    write_card(folder, {key: value for key, value in facts.items() if value not in ("", [])})
    return put_in_place(folder)


def _refuse_chance(classifier: Classifier, faces: np.ndarray, name: str) -> None:
    difference = np.abs(classifier.predict_proba(faces) - classifier.predict_proba(faces)).max()
    if difference > SAME_ANSWER:
        raise ContractError(f"{name} answers the same faces differently when they are given again.")


class _CountingClassifier:
    """A classifier that reports how far it has come."""

    def __init__(self, classifier: Classifier, on_step: OnStep) -> None:
        self._classifier, self._on_step, self._done = classifier, on_step, 0

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """As the classifier does."""
        parts = []
        for start in range(0, len(faces), _REPORT_EVERY):
            self._on_step(f"Measuring: {self._done:,} faces answered")
            parts.append(self._classifier.predict_proba(faces[start : start + _REPORT_EVERY]))
            self._done += len(parts[-1])
        return np.concatenate(parts) if parts else self._classifier.predict_proba(faces)
