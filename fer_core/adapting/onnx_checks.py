"""What an ONNX file of somebody else must be before anything runs it. The only web-side file that knows onnx,
and it imports it when it is called, in the process that registers.

The file is parsed, not executed: protobuf text, standard operators alone, every number inside the file. What
it computes is then run by :class:`fer_core.variants.classifier.OnnxClassifier`, which holds the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fer_core.adapting.kinds import refuse_large, refuse_other_files
from fer_core.errors import ModelError

if TYPE_CHECKING:
    import onnx

#: The newest form of file that ONNX Runtime reads; what a graph says is the same in newer ones.
NEWEST_IR = 13
#: Operator sets that ONNX Runtime reads.
OLDEST_OPSET, NEWEST_OPSET = 7, 26
STANDARD_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
#: Operators that may never end.
_ENDLESS = ("Loop", "Scan")


def checked_model(data: bytes, name: str) -> onnx.ModelProto:
    """The parsed model, which is standard ONNX and complete in itself.

    Raises:
        ModelError: it is too large, no ONNX, not valid, has parts outside the file, or uses an operator that
            is not standard or may never end.
    """
    refuse_large(name, len(data))
    refuse_other_files(name, data[:8])
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{name} can't be read as ONNX: it is damaged or something else.") from error
    if not model.graph.node:
        raise ModelError(f"{name} can't be read as ONNX: it holds no network.")
    _refuse_parts(model, name)
    _refuse_versions(model, name)
    model.ir_version = min(model.ir_version, NEWEST_IR)
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise ModelError(f"{name} is not valid ONNX: {' '.join(str(error).split())[:200]}.") from error
    return model


def count_initialised(model: onnx.ModelProto) -> int:
    """Numbers among the model's weights: floating-point ones, and whole ones of quantised layers."""
    import onnx

    kinds = onnx.TensorProto
    floats = (kinds.FLOAT, kinds.FLOAT16, kinds.BFLOAT16, kinds.DOUBLE)
    quantised = (kinds.INT8, kinds.UINT8, kinds.INT4, kinds.UINT4)
    weights = [tensor for tensor in _weights(model) if tensor.data_type in (*floats, *quantised)]
    return sum(
        size for tensor in weights if (size := _size(tensor)) > 1
    )  # one alone is a setting, as a scale is


def _weights(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Initialisers, and constants that stand in the graph as nodes."""
    yield from model.graph.initializer
    for node in _nodes(model):
        if node.op_type == "Constant":
            yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def _refuse_versions(model: onnx.ModelProto, name: str) -> None:
    for used in model.opset_import:
        if used.domain in ("", "ai.onnx") and not OLDEST_OPSET <= used.version <= NEWEST_OPSET:
            raise ModelError(
                f"{name} uses operator set {used.version}; {OLDEST_OPSET} to {NEWEST_OPSET} can be loaded: export it "
                "with one of these, such as 18."
            )


def _refuse_parts(model: onnx.ModelProto, name: str) -> None:
    from onnx.external_data_helper import uses_external_data

    own = {(function.domain, function.name) for function in model.functions}
    for node in _nodes(model):
        if node.domain not in STANDARD_DOMAINS and (node.domain, node.op_type) not in own:
            raise ModelError(
                f"{name} uses {node.domain}.{node.op_type}, which is no standard ONNX operator: export it without."
            )
        if node.op_type in _ENDLESS:
            raise ModelError(f"{name} uses {node.op_type}, which may never end: export it without loops.")
    for tensor in _tensors(model):
        if uses_external_data(tensor):
            raise ModelError(f"{name} keeps weights in another file: save it with external_data=False.")


def _nodes(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """Every node, those inside branches and functions as well."""
    waiting = [model.graph, *model.functions]
    while waiting:
        for node in waiting.pop().node:
            yield node
            for attribute in node.attribute:
                waiting += [attribute.g] if attribute.HasField("g") else []
                waiting += attribute.graphs


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Every constant of the graph, of its branches and of attributes, sparse ones by their two halves."""
    graphs, sparse = [model.graph], []
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            sparse += (attribute.sparse_tensor, *attribute.sparse_tensors)
            graphs += ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs)
    for graph in graphs:
        yield from graph.initializer
        sparse += graph.sparse_initializer
    for tensor in sparse:
        yield from (tensor.values, tensor.indices)


def _size(tensor: onnx.TensorProto) -> int:
    size = 1
    for length in tensor.dims:
        size *= length
    return size
