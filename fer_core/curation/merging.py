"""Several model files of the contract merged into one: each graph under a prefix, their answers averaged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper, version_converter

from fer_core.emotions import EMOTIONS
from fer_core.errors import ModelError
from fer_core.evaluation.blends import Blend
from fer_core.evaluation.ensembles import MEAN
from fer_core.evaluation.metrics import SMALLEST_PROB
from fer_core.faces.intake import Intake
from fer_core.training.export import name_contract
from fer_core.variants.classifier import INPUT, OUTPUT, stored_intake


def merge_models(variant_id: str, files: Mapping[str, Path], blend: Blend) -> onnx.ModelProto:
    """One model that answers as the members of ``blend`` do together; ``files`` are theirs, by id.

    Weights stay as they are stored, float16 behind a cast. Graphs of an older operator set are lifted to the
    newest among them. ModelError names a member whose file can't be read or lifted, or says that they take faces of
    different sizes.
    """
    models = {name: _load(name, files[name]) for name in blend.weights}
    intake = _shared_intake(models)
    version = max(_version(model) for model in models.values())
    graph = onnx.GraphProto(name=variant_id)
    functions, domains = [], {"": version}
    for number, (name, model) in enumerate(models.items()):
        part = _prefixed(_lifted(name, model, version), f"m{number}.")
        graph.node.extend(part.graph.node)
        graph.initializer.extend(part.graph.initializer)
        graph.sparse_initializer.extend(part.graph.sparse_initializer)
        functions.extend(part.functions)
        for used in part.opset_import:
            domains[used.domain] = max(used.version, domains.get(used.domain, 0))
    _average(graph, list(blend.weights.values()), blend.how)
    faces, probs = (
        (INPUT, TensorProto.UINT8, *intake.shape),
        (OUTPUT, TensorProto.FLOAT, len(EMOTIONS)),
    )
    for ports, (port, kind, *shape) in ((graph.input, faces), (graph.output, probs)):
        ports.append(helper.make_tensor_value_info(port, kind, ["N", *shape]))
    merged = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(domain, number) for domain, number in domains.items()],
        functions=functions,
        ir_version=max(model.ir_version for model in models.values()),
    )
    name_contract(merged, variant_id)
    onnx.checker.check_model(merged)
    return merged


def _load(name: str, path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path)
    except Exception as error:  # protobuf's and ONNX' errors share no public base class
        raise ModelError(f"{name}: its model file can't be read by ONNX.") from error


def _shared_intake(models: Mapping[str, onnx.ModelProto]) -> Intake:
    intakes = {name: stored_intake(model) for name, model in models.items()}
    if len(set(intakes.values())) > 1:
        listed = ", ".join(f"{name} takes {intake}" for name, intake in intakes.items())
        raise ModelError(f"One file can't hold models that take different faces: {listed}.")
    return next(iter(intakes.values()))


def _version(model: onnx.ModelProto) -> int:
    return next(used.version for used in model.opset_import if used.domain in ("", "ai.onnx"))


def _lifted(name: str, model: onnx.ModelProto, version: int) -> onnx.ModelProto:
    if _version(model) == version:
        return model
    try:
        return version_converter.convert_version(model, version)
    except Exception as error:  # as above
        raise ModelError(
            f"{name}: its model file is of operator set {_version(model)} and can't be lifted to {version}, which "
            "another member needs."
        ) from error


def _prefixed(model: onnx.ModelProto, prefix: str) -> onnx.ModelProto:
    """All names under ``prefix`` but that of the faces, which all members share."""
    part = compose.add_prefix(model, prefix)
    for node in part.graph.node:
        for index, name in enumerate(node.input):
            if name == prefix + INPUT:
                node.input[index] = INPUT
    return part


def _average(graph: onnx.GraphProto, weights: list[float], how: str) -> None:
    """Append the nodes that make ``probs`` of the members' ``m0.probs``, ``m1.probs`` and so on."""
    constants, terms = {}, []
    if how != MEAN:
        constants["least"] = np.array(SMALLEST_PROB, np.float32)
    for number, weight in enumerate(weights):
        answer = f"m{number}.{OUTPUT}"
        if how != MEAN:
            graph.node.append(helper.make_node("Max", [answer, "least"], [f"m{number}.likely"]))
            graph.node.append(helper.make_node("Log", [f"m{number}.likely"], [f"m{number}.log"]))
            answer = f"m{number}.log"
        constants[f"m{number}.weight"] = np.array(weight, np.float32)
        terms.append(f"m{number}.share")
        graph.node.append(helper.make_node("Mul", [answer, f"m{number}.weight"], [terms[-1]]))
    if how == MEAN:
        graph.node.append(helper.make_node("Sum", terms, [OUTPUT]))
    else:
        graph.node.append(helper.make_node("Sum", terms, ["logs"]))
        graph.node.append(helper.make_node("Softmax", ["logs"], [OUTPUT], axis=1))
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
