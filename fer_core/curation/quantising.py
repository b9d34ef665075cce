"""A variant in int8: smaller and faster on a processor, measured anew, with what that costs on its card."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from fer_core import paths
from fer_core.curation.editing import changing_variants, demand_free_id, put_in_place, working_folder
from fer_core.data.split import Dataset, SplitName
from fer_core.data.store import load_dataset
from fer_core.errors import DataError, ModelError
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_core.faces.intake import Intake, fitted
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.variants.card import write_card
from fer_core.variants.classifier import BATCH_FACES, INPUT, OnnxClassifier, stored_intake
from fer_core.variants.facts import Status
from fer_core.variants.latency import time_classifier
from fer_core.variants.registry import Variant
from fer_core.variants.test_splits import predict_splits

#: Training faces from which the ranges of a network's values are taken, drawn with a fixed seed.
CALIBRATION_FACES = 512
#: What becomes int8: where a network's weights and nearly all of its arithmetic are.
OPERATORS = ["Conv", "Gemm", "MatMul"]
#: Facts that hold for the new file as they do for the variant that it is made of.
_SHARED = (
    "family",
    "architecture",
    "parameters",
    "data_sha256",
    "dataset",
    "protocol",
    "faces",
    "extra",
    "extra_sha256",
)


@for_trainers("quantised a variant", "variant_id")
def quantise(variant: Variant, variant_id: str, *, by: Identity | None = None) -> Path:
    """Write ``FER_HOME/model_cards/<variant_id>``: ``variant`` with int8 weights and activations.

    Static quantisation of ONNX Runtime (weights int8 for each channel, activations uint8, ranges from the least and
    greatest values that :data:`CALIBRATION_FACES` faces of Training give; Jacob et al. 2018). Weights that stand in a
    graph twice, as where answers are averaged over mirror images, are stored once.

    Args:
        variant: answers, and was measured on the imported data.
        variant_id: of the new variant, family.variant.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        ModelError: ``variant`` has no model file, or its graph can't be quantised.
        DataError: it was measured on other data than what is imported.
        CardError: the id is malformed or taken.
    """
    if not variant.can_predict:
        raise ModelError(f"{variant.id} is kept without its model file, so it can't be quantised.")
    with changing_variants(by):
        demand_free_id(variant_id)
    dataset = load_dataset()
    if variant.card.faceoff.get("data_sha256") != dataset.sha256:
        raise DataError(f"{variant.id} was measured on other data than what is imported here.")
    before = OnnxClassifier(variant.model_path)
    with working_folder() as work:
        folder = work / variant_id
        folder.mkdir()
        write_int8(variant, dataset, folder / paths.MODEL)
        after = OnnxClassifier(folder / paths.MODEL)
        predictions = predict_splits(after, dataset)
        write_predictions(folder / paths.PREDICTIONS, predictions)
        milliseconds = [round(time_classifier(each), 3) for each in (before, after)]
        write_card(folder, _facts(variant, variant_id, dataset, predictions, milliseconds))
        return put_in_place(folder, by)


def count_calibration_faces(dataset: Dataset) -> int:
    """How many training faces ranges are taken from: fewer than :data:`CALIBRATION_FACES` where there are fewer."""
    return min(CALIBRATION_FACES, len(dataset.split(SplitName.TRAINING)))


def write_int8(variant: Variant, dataset: Dataset, path: Path) -> None:
    """Write ``variant``'s graph, quantised, to ``path``: float16 weights become float32 first, norms are folded into
    what stands before them. ModelError where it can't be quantised."""
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as work:
        plain, prepared, made = (Path(work) / f"{name}.onnx" for name in ("plain", "prepared", "made"))
        try:
            _fold(variant.model_path, plain)
            quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
            quantize_static(
                str(prepared),
                str(made),
                _Calibration(dataset, stored_intake(onnx.load(variant.model_path))),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=OPERATORS,
                per_channel=True,
                reduce_range=True,  # 7 bits: without VNNI processors add two products in 16 bits, which must do
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
            )
        except Exception as error:  # ONNX Runtime's tools raise no class of their own
            reason = (" ".join(str(error).split()) or type(error).__name__)[:200].rstrip(".")
            raise ModelError(f"{variant.id} can't be quantised: {reason}.") from error
        model = onnx.load(made)
        if not any(node.op_type == "DequantizeLinear" for node in model.graph.node):
            raise ModelError(
                f"{variant.id} can't be quantised: nothing in its graph is a convolution or a product."
            )
        _store_once(model)
        onnx.save(model, path)


def _fold(source: Path, target: Path) -> None:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


class _Calibration:
    """Batches of Training faces as ONNX Runtime's calibration asks for them, one dictionary after the other."""

    def __init__(self, dataset: Dataset, intake: Intake) -> None:
        faces = dataset.split(SplitName.TRAINING).faces
        chosen = np.random.default_rng(0).permutation(len(faces))[: count_calibration_faces(dataset)]
        self._batches = self._each(faces[chosen], intake)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._batches, None)

    @staticmethod
    def _each(faces: np.ndarray, intake: Intake) -> Iterator[dict[str, np.ndarray]]:
        for start in range(0, len(faces), BATCH_FACES):
            yield {INPUT: np.ascontiguousarray(fitted(faces[start : start + BATCH_FACES], intake))}


def _store_once(model: onnx.ModelProto) -> None:
    """Let nodes that use equal constants use one."""
    first: dict[bytes, str] = {}
    names: dict[str, str] = {}
    for tensor in list(model.graph.initializer):
        content = onnx.TensorProto()
        content.CopyFrom(tensor)
        content.ClearField("name")
        known = first.setdefault(hashlib.sha256(content.SerializeToString()).digest(), tensor.name)
        if known != tensor.name:
            names[tensor.name] = known
            model.graph.initializer.remove(tensor)
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)


def _facts(
    variant: Variant, variant_id: str, dataset: Dataset, predictions: Predictions, milliseconds: list[float]
) -> dict[str, Any]:
    card = variant.card.faceoff
    own = read_predictions(variant.predictions_path)
    facts = {key: card[key] for key in _SHARED if card.get(key) is not None}
    return facts | {
        "id": variant_id,
        "family": variant_id.partition(".")[0],
        "status": Status.TRAINED,
        "summary": f"{variant.id} with int8 weights: smaller, and faster on a processor.",
        "framework": "quantised",
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "latency_ms": milliseconds[1],
        "quantised": {
            "from": variant.id,
            "calibration_faces": count_calibration_faces(dataset),
            "same_answers": round(float((own.probs.argmax(1) == predictions.probs.argmax(1)).mean()), 4),
            "from_bytes": variant.size_bytes,
            "from_latency_ms": milliseconds[0],
        },
        "metrics": card_metrics(predictions),
    }
