"""A model file as plain steps: its convolutional layers, and the score that an emotion has before the softmax.

ONNX Runtime itself writes the network down for one face with every constant worked out, so that float16 casts,
shape arithmetic and functions are gone; what is left is a list of standard operators on tensors of known shapes.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_core.errors import ModelError
from fer_core.explain.layers import Layer, Use, find_layers
from fer_core.explain.score_tensors import last_softmaxes
from fer_core.explain.steps import Step
from fer_core.faces.intake import FER_FACE, Intake
from fer_core.variants.classifier import stored_intake

if TYPE_CHECKING:
    import onnx

#: What ONNX Runtime must not merge into a convolution, so that layers stay what they were trained as.
_KEPT_APART = (
    "ConvBNFusion", "ConvMulFusion", "ConvAddFusion", "MatMulAddFusion", "ReluClipFusion", "PadFusion",
)  # fmt: skip
_ERRORS_ONLY = 3


@dataclass(frozen=True, eq=False)
class Graph:
    """A network of one face.

    Attributes:
        steps: in an order in which they can be computed.
        constants: weights and other given arrays, by name.
        layers: convolutional layers of more than one place, by name, from the face to the answer.
        uses: where each of them is applied; a network that also looks at the mirrored face uses it twice.
        softmaxes: the outputs of the last softmaxes, if ``probs`` is a weighted sum of them; else empty.
        intake: the size and colour of the faces it takes.
    """

    steps: list[Step]
    constants: dict[str, np.ndarray]
    layers: dict[str, Layer]
    uses: dict[str, list[Use]]
    softmaxes: dict[str, str]
    intake: Intake = FER_FACE


def read_graph(path: Path) -> Graph:
    """The network in a model file; ModelError if ONNX Runtime can't load it."""
    import onnx

    stored = _load(path)
    model = onnx.shape_inference.infer_shapes(_for_one_face(stored, path))
    steps = [_step(node) for node in model.graph.node]
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    order = [name for node in stored.graph.node for name in node.output]
    layers, uses = find_layers(steps, constants, _shapes(model), order)
    return Graph(steps, constants, layers, uses, last_softmaxes(steps, constants), stored_intake(stored))


def _load(path: Path) -> onnx.ModelProto:
    import onnx

    try:
        return onnx.load(path)
    except Exception as error:  # protobuf's and ONNX' errors share no public base class
        raise ModelError(f"{path.parent.name}/{path.name} can't be read by ONNX.") from error


def _for_one_face(stored: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    """The network with N = 1, every constant worked out, in standard operators."""
    import onnx
    import onnxruntime as ort

    alone = onnx.ModelProto()
    alone.CopyFrom(stored)
    for port in (*alone.graph.input, *alone.graph.output):
        port.type.tensor_type.shape.dim[0].dim_value = 1
    sides = alone.graph.input[0].type.tensor_type.shape.dim[1:]
    for length, side in zip(sides, stored_intake(stored).shape, strict=False):
        length.dim_value = side
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "folded.onnx"
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(written)
        options.log_severity_level = _ERRORS_ONLY
        try:
            ort.InferenceSession(
                alone.SerializeToString(),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=list(_KEPT_APART),
            )
            return onnx.load(written)
        except Exception as error:  # ONNX Runtime's errors share no public base class
            raise ModelError(
                f"{path.parent.name}/{path.name} is not a model that ONNX Runtime can load."
            ) from error


def _step(node: onnx.NodeProto) -> Step:
    import onnx

    settings = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    settings = {
        name: value.decode() if isinstance(value, bytes) else value for name, value in settings.items()
    }
    return Step(node.op_type, tuple(node.input), tuple(node.output), settings)


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Shapes by tensor; what has no known shape is left out."""
    known = {}
    for info in model.graph.value_info:
        lengths = info.type.tensor_type.shape.dim
        if all(length.HasField("dim_value") for length in lengths):
            known[info.name] = tuple(length.dim_value for length in lengths)
    return known
