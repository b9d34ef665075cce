"""The contract's graph around a network: faces made its input, its answers made seven probabilities."""

from __future__ import annotations

import json

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from fer_core.adapting.adaptation import Adaptation
from fer_core.adapting.arithmetic import LEAST
from fer_core.adapting.signature import INPUT_KINDS, OUTPUT_KINDS, Signature, graph_inputs
from fer_core.emotions import EMOTIONS
from fer_core.variants.classifier import INPUT, OUTPUT

_NUMBERS = {name: number for number, name in INPUT_KINDS.items()}
_PREFIX, _BEFORE, _AFTER = "net/", "before/", "after/"


class _Wrapping:
    """Nodes and constants that are put around a network, under names of their own."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._made = 0

    def add(self, operator: str, *inputs: str | np.ndarray, named: str = "", **settings: object) -> str:
        """One node; arrays among its inputs become constants. Returns the name of its output, ``named`` if given."""
        names = [value if isinstance(value, str) else self._constant(value) for value in inputs]
        output = named or self._name()
        self.nodes.append(helper.make_node(operator, names, [output], name=output, **settings))
        return output

    def _constant(self, value: np.ndarray) -> str:
        name = self._name()
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def _name(self) -> str:
        self._made += 1
        return f"{self._prefix}{self._made}"


def adapted(
    core: onnx.ModelProto, signature: Signature, adaptation: Adaptation, variant_id: str
) -> onnx.ModelProto:
    """A model of the contract around ``core``, whose batch is free; nothing of ``core`` itself is changed."""
    model = compose.add_prefix(core, _PREFIX)
    before, after = _Wrapping(_BEFORE), _Wrapping(_AFTER)
    _put_in(before, signature, adaptation)
    kind = next(out.type.tensor_type.elem_type for out in core.graph.output if out.name == adaptation.output)
    _take_out(after, adaptation, kind)
    graph = model.graph
    nodes = [*before.nodes, *graph.node, *after.nodes]
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*before.constants, *after.constants])
    faces = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["N", *adaptation.intake.shape])
    probs = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", len(EMOTIONS)])
    graph.input.append(faces)
    graph.output.append(probs)
    shape = ", ".join(map(str, adaptation.intake.shape))
    graph.name = variant_id
    graph.doc_string = f"faces uint8 (N, {shape}) -> probs float32 (N, 7): {', '.join(EMOTIONS)}"
    helper.set_model_props(model, {"faceoff.id": variant_id, "faceoff.labels": json.dumps(EMOTIONS)})
    onnx.checker.check_model(model)
    return model


def with_free_batch(core: onnx.ModelProto, reshaped: int | None) -> onnx.ModelProto:
    """The network with its batch free. What it reshapes to a first length of 1 is reshaped to the first length
    that comes in (``reshaped`` 0) or to what is left (-1); None leaves that as it is."""
    model = onnx.ModelProto()
    model.CopyFrom(core)
    for port in (*graph_inputs(model), *model.graph.output):
        port.type.tensor_type.shape.dim[0].ClearField("dim_value")
        port.type.tensor_type.shape.dim[0].dim_param = "N"
    del model.graph.value_info[:]
    if reshaped is not None:
        shapes = {node.input[1] for node in model.graph.node if node.op_type == "Reshape"}
        for tensor in model.graph.initializer:
            if tensor.name in shapes:
                tensor.CopyFrom(_freed(tensor, reshaped))
        for node in model.graph.node:
            if node.op_type == "Constant" and node.output[0] in shapes:
                node.attribute[0].t.CopyFrom(_freed(node.attribute[0].t, reshaped))
    return model


def _freed(tensor: onnx.TensorProto, first: int) -> onnx.TensorProto:
    shape = numpy_helper.to_array(tensor).copy()
    if shape.ndim == 1 and len(shape) and shape[0] == 1 and not (first == -1 and (shape == -1).any()):
        shape[0] = first
    return numpy_helper.from_array(shape, tensor.name)


def _put_in(wrapping: _Wrapping, signature: Signature, adaptation: Adaptation) -> None:
    at, channels = INPUT, adaptation.channels
    if adaptation.colour == "bgr":
        at = wrapping.add("Gather", at, np.array([2, 1, 0]), axis=3)
    if adaptation.colour == "grey" and adaptation.layout != "nhw":
        at = wrapping.add("Reshape", at, np.array([-1, adaptation.size, adaptation.size, 1]))
        at = wrapping.add("Concat", *[at] * channels, axis=3) if channels > 1 else at
    if signature.kind.startswith("float"):
        at = wrapping.add("Cast", at, to=TensorProto.FLOAT)
        factor, offset = adaptation.range.factors(channels)
        at = wrapping.add("Mul", at, factor) if (factor != 1).any() else at
        at = wrapping.add("Add", at, offset) if (offset != 0).any() else at
    if signature.kind not in ("float32", "uint8"):
        at = wrapping.add("Cast", at, to=_NUMBERS[signature.kind])
    if adaptation.layout == "nchw":
        at = wrapping.add("Transpose", at, perm=[0, 3, 1, 2])
    wrapping.add("Identity", at, named=f"{_PREFIX}{signature.input}")


def _take_out(wrapping: _Wrapping, adaptation: Adaptation, kind: int) -> None:
    """Classes are left out before the softmax, which makes the others sum to 1: of what are probabilities already,
    the softmax of their logarithms."""
    places = adaptation.placement
    kept = np.flatnonzero(places.any(axis=1))
    complete = len(kept) == len(places)
    rows = places[kept]
    if len(kept) == len(EMOTIONS) and (rows.sum(axis=0) == 1).all():  # each emotion once: their order is all
        kept, rows = kept[rows.argmax(axis=0)], np.eye(len(EMOTIONS), dtype=np.float32)
    at = wrapping.add("Reshape", f"{_PREFIX}{adaptation.output}", np.array([-1, len(places)]))
    at = at if OUTPUT_KINDS[kind] == "float32" else wrapping.add("Cast", at, to=TensorProto.FLOAT)
    if not np.array_equal(kept, np.arange(len(places))):
        at = wrapping.add("Gather", at, kept, axis=1)
    if adaptation.kind in ("logits", "log_probs"):
        at = wrapping.add("Softmax", at, axis=1)
    elif adaptation.kind == "sigmoid" or not complete:
        at = wrapping.add("Add", at, np.array(LEAST, np.float32))
        at = wrapping.add("Softmax", wrapping.add("Log", at), axis=1)
    if not np.array_equal(rows, np.eye(len(EMOTIONS))):
        at = wrapping.add("MatMul", at, rows)
    wrapping.add("Identity", at, named=OUTPUT)
