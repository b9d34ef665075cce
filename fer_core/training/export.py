"""From a framework's ONNX file to the contract: names, float16 weights, metadata, and proof of parity."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer_core.emotions import EMOTIONS
from fer_core.errors import ModelError
from fer_core.machine.threads import own_cores
from fer_core.training.trainer import Trainer
from fer_core.variants.classifier import INPUT, OUTPUT, OnnxClassifier

#: How far the float32 graph may answer from its framework, and the stored one from the float32 graph.
EXPORT_TOLERANCE = 1e-4
STORAGE_TOLERANCE = 5e-3
#: Share of faces on which the stored graph must name the same emotion as the framework.
SAME_ANSWERS = 0.999
#: Tensors of at least so many values are halved; the first threshold at which the answers stay is taken.
#: Smaller ones (norms, biases, shape constants) cost nothing and hold extremes. A network that hardly
#: prefers one emotion to another changes its mind at the smallest rounding, and keeps more in float32.
HALVING_THRESHOLDS = (1 << 10, 1 << 18, 1 << 19, 1 << 20)
_HALF_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Parity:
    """Largest differences of probabilities, and the share of equal answers after float16 storage."""

    export_difference: float
    storage_difference: float
    same_answers: float


def export_variant(trainer: Trainer, faces: np.ndarray, path: Path, variant_id: str) -> Parity:
    """Export the trainer's weights to ``path`` under the contract and prove that they answer alike.

    Args:
        trainer: holds the weights to export.
        faces: uint8 (N, 48, 48), real faces for the proof.
        path: the ONNX file to write.
        variant_id: kept in the file's metadata.

    Raises:
        ModelError: the export answers differently from the framework.
    """
    expected = trainer.predict(faces)
    raw = path.with_name("framework.onnx")
    try:
        trainer.export_onnx(raw)
        model = onnx.load(raw)
    finally:
        raw.unlink(missing_ok=True)
    name_contract(model, variant_id)
    exported = _answers(model, path, faces)
    for threshold in (*HALVING_THRESHOLDS, None):
        stored = onnx.ModelProto()
        stored.CopyFrom(model)
        if threshold is not None:
            halve_weights(stored, threshold)
        parity = _parity(expected, exported, _answers(stored, path, faces))
        if _storage_holds(parity):
            break
    check_parity(parity, variant_id)
    return parity


def _answers(model: onnx.ModelProto, path: Path, faces: np.ndarray) -> np.ndarray:
    """Write the checked model to ``path`` and run it."""
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return OnnxClassifier(path, threads=own_cores()).predict_proba(faces)


def _parity(expected: np.ndarray, exported: np.ndarray, stored: np.ndarray) -> Parity:
    return Parity(
        float(np.abs(exported - expected).max()),
        float(np.abs(stored - expected).max()),
        float((stored.argmax(axis=1) == expected.argmax(axis=1)).mean()),
    )


def _storage_holds(parity: Parity) -> bool:
    return parity.storage_difference <= STORAGE_TOLERANCE and parity.same_answers >= SAME_ANSWERS


def check_parity(parity: Parity, variant_id: str) -> None:
    """ModelError unless the differences stay within the tolerances above."""
    if parity.export_difference > EXPORT_TOLERANCE:
        raise ModelError(
            f"{variant_id}: the exported graph answers up to {parity.export_difference:.1e} from its framework "
            f"(at most {EXPORT_TOLERANCE:.0e} is allowed)."
        )
    if not _storage_holds(parity):
        raise ModelError(
            f"{variant_id}: float16 storage changes answers by up to {parity.storage_difference:.1e} and "
            f"{1 - parity.same_answers:.2%} of the emotions (at most {STORAGE_TOLERANCE:.0e} and "
            f"{1 - SAME_ANSWERS:.1%} are allowed)."
        )


def name_contract(model: onnx.ModelProto, variant_id: str) -> None:
    """Name the graph's only input and output as the contract does, and say in the file what it is."""
    graph = model.graph
    if len(graph.input) != 1 or len(graph.output) != 1:
        raise ModelError(f"{variant_id}: the exported graph has several inputs or outputs.")
    for port, wanted in ((graph.input[0], INPUT), (graph.output[0], OUTPUT)):
        _rename(graph, port.name, wanted)
        port.name = wanted
        port.type.tensor_type.shape.dim[0].ClearField("dim_value")
        port.type.tensor_type.shape.dim[0].dim_param = "N"
    del graph.value_info[:]
    _forget_origins(model)
    graph.doc_string = "faces uint8 (N, 48, 48), grey -> probs float32 (N, 7): " + ", ".join(EMOTIONS)
    model.producer_name, model.producer_version = "faceoff", ""
    helper.set_model_props(model, {"faceoff.id": variant_id, "faceoff.labels": json.dumps(EMOTIONS)})


def _forget_origins(model: onnx.ModelProto) -> None:
    """Leave out what exporters note beside each part: files and lines of the code that made it, on what machine."""
    graph = model.graph
    bodies = [graph, *model.functions]
    nodes = [node for body in bodies for node in body.node]
    for part in (model, *bodies, *nodes, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")


def halve_weights(model: onnx.ModelProto, smallest: int = HALVING_THRESHOLDS[0]) -> None:
    """Store float32 initialisers of ``smallest`` values or more as float16 behind a Cast, in place.

    Runtimes fold the casts when they load the file, so answers cost the same time. Tensors with values
    outside float16's range stay float32.
    """
    graph = model.graph
    casts, kept = [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor) if tensor.data_type == TensorProto.FLOAT else None
        if array is None or array.size < smallest or np.abs(array).max() > _HALF_MAX:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(array.astype(np.float16), f"{tensor.name}.half"))
        casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(casts + nodes)


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == old:
                    names[index] = new
