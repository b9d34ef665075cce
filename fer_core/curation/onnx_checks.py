"""What an ONNX file of somebody else must be before anything runs it. The only web-side file that knows onnx,
and it imports it when it is called, in the process that registers.

The file is parsed, not executed: protobuf text, standard operators alone, every number inside the file. What
it computes is then asked by :class:`fer_core.variants.classifier.OnnxClassifier`, which holds the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from fer_core.errors import ModelError

if TYPE_CHECKING:
    import onnx

LARGEST_MODEL_BYTES = 100_000_000
#: Files that may run code of their maker when they are opened.
PICKLED = (
    ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".bin", ".h5", ".hdf5", ".keras", ".npy", ".npz",
)  # fmt: skip
_MAGICS = {
    b"PK": "a zip archive, as PyTorch and Keras save",
    b"\x80": "a pickle",
    b"\x89HDF": "an HDF5 file, as Keras saves",
    b"ORTM": "an ORT file",
}
STANDARD_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
#: Operators that may go on for ever.
_ENDLESS = ("Loop", "Scan")


def refuse_other_files(name: str, start: bytes) -> None:
    """ModelError for a file that is not ONNX by its name or its first bytes; it is not opened for that."""
    suffix = PurePath(name).suffix.lower()
    if suffix in PICKLED:
        raise ModelError(
            f"{name} is refused unopened: {suffix} files can run code of their maker; export the model to ONNX."
        )
    for magic, kind in _MAGICS.items():
        if start.startswith(magic):
            raise ModelError(f"{name} is refused unopened: it is {kind}, not an ONNX file.")
    if suffix != ".onnx":
        raise ModelError(f"{name} is no ONNX file: its name should end in .onnx.")


def checked_model(data: bytes, name: str) -> onnx.ModelProto:
    """The parsed model, which is standard ONNX and complete in itself.

    Raises:
        ModelError: it is too large, no ONNX, not valid, has parts outside the file, or uses an operator that
            is not standard or may never end.
    """
    if len(data) > LARGEST_MODEL_BYTES:
        raise ModelError(
            f"{name} has {len(data) / 1e6:.0f} MB; a model may have at most {LARGEST_MODEL_BYTES / 1e6:.0f} MB."
        )
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
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise ModelError(f"{name} is not valid ONNX: {' '.join(str(error).split())[:200]}.") from error
    return model


def count_parameters(model: onnx.ModelProto) -> int:
    """Floating-point numbers among the model's weights."""
    import onnx

    kinds = onnx.TensorProto
    floats = (kinds.FLOAT, kinds.FLOAT16, kinds.BFLOAT16, kinds.DOUBLE)
    sizes = [_size(tensor) for tensor in model.graph.initializer if tensor.data_type in floats]
    return sum(sizes)


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
