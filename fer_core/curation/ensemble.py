"""Save an ensemble as a variant of its own: one ONNX file, its predictions and its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx

from fer_core import paths
from fer_core.curation.editing import put_in_place, working_folder
from fer_core.curation.merging import merge_models
from fer_core.curation.quantising import count_calibration_faces, write_int8
from fer_core.data.schematic import draw_faces
from fer_core.data.split import TEST_SPLITS
from fer_core.data.store import is_imported, load_dataset, load_split, read_manifest
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, DataError, ModelError
from fer_core.evaluation.blends import CHOSEN, Blend
from fer_core.evaluation.ensembles import MEAN, pooled
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_core.evaluation.sheet import AnswerSheet, answer_sheet
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.learnt import card_facts, inherited_sentences, learnt_by
from fer_core.variants.card import write_card
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, Variant, list_variants

#: Drawn faces on which the merged file has to answer like its members.
PROOF_FACES = 200
#: How far one probability may lie off; float32 sums in another order stay well inside.
TOLERANCE = 1e-4


def stored_answers(variants: list[Variant]) -> AnswerSheet:
    """The stored answers of these variants; CardError where one has none or they are of different faces."""
    untrained = [variant.id for variant in variants if variant.predictions_path is None]
    if untrained:
        raise CardError(f"{', '.join(untrained)}: not trained, so there are no answers to put together.")
    return answer_sheet({variant.id: read_predictions(variant.predictions_path) for variant in variants})


@for_trainers("saved an ensemble", "variant_id")
def save_ensemble(
    variant_id: str,
    blend: Blend,
    members: AnswerSheet,
    variants: list[Variant],
    *,
    int8: bool = False,
    by: Identity | None = None,
) -> Path:
    """Write ``FER_HOME/model_cards/<variant_id>``; an older local ensemble of that id goes to the bin.

    The merged file is proved on drawn faces. Where the data set that the members were measured on is imported,
    the predictions are the merged file's own; elsewhere the members' stored ones are averaged, which is the same
    by that proof, and the card says so.

    Args:
        variant_id: family.variant, such as ``ensemble.best``.
        blend: who is in it, with what weight.
        members: the stored answers of at least those.
        variants: at least those.
        int8: members become int8 first, as :func:`fer_core.curation.quantising.quantise` makes them; those that are
            stay as they are. Then the predictions are the merged file's own in any case.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        CardError: the id is malformed or taken, or members were measured on different data.
        ModelError: a member has no model file or can't be quantised, or the merged file answers differently from its
            members.
        DataError: in int8, and the data that the members were measured on is not imported.
    """
    _check_id(variant_id)
    known = {variant.id: variant for variant in variants}
    chosen = [known[name] for name in blend.weights]
    facts = _facts(variant_id, blend, chosen)
    averaged = blend.answers(members)
    with working_folder() as work:
        folder, members_in_int8 = work / variant_id, work / "int8"
        folder.mkdir()
        members_in_int8.mkdir()
        model = folder / paths.MODEL
        files = {each.id: each.model_path for each in chosen}
        if int8:
            files |= _in_int8(chosen, facts.get("data_sha256"), members_in_int8)
        onnx.save(merge_models(variant_id, files, blend), model)
        classifier = OnnxClassifier(model, threads=2)
        _prove(variant_id, classifier, blend, files)
        predictions, source = _predictions(classifier, averaged, facts.get("data_sha256"))
        if int8:
            same = (predictions.probs.argmax(axis=1) == averaged.probs.argmax(axis=1)).mean()
            facts["ensemble"]["int8"] = {
                "calibration_faces": count_calibration_faces(load_dataset()),
                "same_answers": round(float(same), 4),
            }
        else:
            _check_close(variant_id, predictions.probs, averaged.probs, "its members' stored predictions")
        write_predictions(folder / paths.PREDICTIONS, predictions)
        facts["ensemble"]["predictions"] = source
        facts["metrics"] = card_metrics(predictions)
        write_card(folder, facts)
        return put_in_place(folder, by, _check_id)


def _check_id(variant_id: str) -> None:
    if not paths.VARIANT_ID.fullmatch(variant_id):
        raise CardError(f"An ensemble's id reads family.variant in a-z, 0-9 and _, not {variant_id!r}.")
    for variant in list_variants():
        if variant.id == variant_id and (variant.origin == Origin.SHIPPED or variant.framework != "ensemble"):
            raise CardError(f"There is a variant {variant_id} already: give the ensemble another name.")


def _facts(variant_id: str, blend: Blend, chosen: list[Variant]) -> dict:
    """The card's ``faceoff:`` block without metrics; what members share, and their parameters summed."""
    silent = [variant.id for variant in chosen if not variant.can_predict]
    if silent:
        raise ModelError(
            f"{', '.join(silent)}: kept without the model file, so an ensemble can't contain it."
        )
    facts = {
        "id": variant_id,
        "status": Status.TRAINED,
        "summary": f"{len(chosen)} variants answering as one.",
        "family": variant_id.partition(".")[0],
        "framework": "ensemble",
        "architecture": "weighted_mean" if blend.how == MEAN else "weighted_log_mean",
        "parameters": sum(variant.parameters or 0 for variant in chosen),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "ensemble": {
            "chosen": CHOSEN[blend.chosen],
            "members": [{"id": name, "weight": round(weight, 6)} for name, weight in blend.weights.items()],
        },
    }
    for key in ("data_sha256", "dataset", "protocol"):
        values = {variant.card.faceoff.get(key) for variant in chosen}
        if len(values) > 1:
            raise CardError(f"The members differ in `{key}`: they were not measured on the same data.")
        facts[key] = values.pop()
    learnt = learnt_by(*chosen)
    if learnt:
        facts["deviations"] = inherited_sentences(learnt, "A member")
    return {key: value for key, value in facts.items() if value is not None} | card_facts(learnt)


def _in_int8(chosen: list[Variant], data_sha256: str | None, folder: Path) -> dict[str, Path]:
    """The files, by id, of those that are not in int8 yet, quantised into ``folder``."""
    if not _is_at_hand(data_sha256):
        raise DataError(
            "Ranges for int8 are taken from training faces: import the data that the members were measured on first."
        )
    dataset = load_dataset()
    files = {}
    for number, variant in enumerate(chosen):
        if variant.framework != "quantised":
            files[variant.id] = folder / f"{number}.onnx"
            write_int8(variant, dataset, files[variant.id])
    return files


def _prove(variant_id: str, classifier: OnnxClassifier, blend: Blend, files: Mapping[str, Path]) -> None:
    """ModelError unless the merged file answers drawn faces as its members do one by one."""
    faces = draw_faces(PROOF_FACES // len(EMOTIONS) * len(EMOTIONS), seed=0).faces
    alone = np.stack([OnnxClassifier(file).predict_proba(faces) for file in files.values()])
    expected = pooled(alone, np.array(list(blend.weights.values())), blend.how)
    _check_close(variant_id, classifier.predict_proba(faces), expected, "its members")


def _is_at_hand(data_sha256: str | None) -> bool:
    return is_imported() and read_manifest()["sha256"] == data_sha256


def _predictions(
    classifier: OnnxClassifier, averaged: Predictions, data_sha256: str | None
) -> tuple[Predictions, str]:
    """The ensemble's predictions, and where they come from in words."""
    if not _is_at_hand(data_sha256):
        return averaged, "its members' stored predictions, averaged (their pictures were not at hand)"
    splits = [load_split(name) for name in TEST_SPLITS]
    if not np.array_equal(np.concatenate([split.names for split in splits]), averaged.image):
        raise CardError(
            "The members' predictions list other pictures than the imported data: evaluate them again."
        )
    probs = np.concatenate([classifier.predict_proba(split.faces) for split in splits])
    return replace(averaged, probs=probs), "the stored ONNX file"


def _check_close(variant_id: str, probs: np.ndarray, expected: np.ndarray, whose: str) -> None:
    difference = float(np.abs(probs - expected).max())
    if difference > TOLERANCE:
        raise ModelError(f"{variant_id}: the merged file answers up to {difference:.1e} away from {whose}.")
