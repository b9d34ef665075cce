"""The expression network of face-api (https://github.com/vladmandic/face-api), as its TypeScript says it.

Four dense blocks of convolutions, most of them separable, each of which adds up what its convolutions before made; a
mean over 7 x 7 places, and one layer of logits. Only the weights are stored; this is the network around them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

SIDE, BLOCKS, CLASSES = 112, 4, 7


def face_api_model(weights: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """The network as ONNX: ``picture`` float32 (N, 3, 112, 112) to ``logits`` (N, 7).

    ``weights`` are by the names of its file, as TensorFlow.js arranges them; KeyError where one is missing.
    """
    net = _Graph(weights)
    at = "picture"
    for block in range(BLOCKS):
        made = [net.add("Relu", [net.convolved(at, f"dense{block}/conv0", 2)], f"dense{block}/first")]
        at = made[0]
        for layer in range(1, 4):
            made.append(net.convolved(at, f"dense{block}/conv{layer}", 1))
            total = net.add("Sum", made, f"dense{block}/sum{layer}")
            at = net.add("Relu", [total], f"dense{block}/out{layer}")
    at = net.add("AveragePool", [at], "mean", kernel_shape=[7, 7], strides=[2, 2])
    at = net.add("Flatten", [at], "features")
    net.add("Gemm", [at, net.weight("fc/weights"), net.weight("fc/bias")], "logits")
    return net.model("face_api", ("picture", ["N", 3, SIDE, SIDE]), ("logits", ["N", CLASSES]))


class _Graph:
    """Nodes and constants of a network in the making."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operator: str, inputs: list[str], name: str, **settings: object) -> str:
        """A node; the name of its output."""
        from onnx import helper

        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **settings))
        return name

    def weight(self, name: str, axes: tuple[int, ...] = ()) -> str:
        """A constant of that name, its axes in the order of ``axes``."""
        from onnx import numpy_helper

        array = self._weights[name].transpose(axes) if axes else self._weights[name]
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def convolved(self, at: str, name: str, stride: int) -> str:
        """A convolution, or a depthwise and a pointwise one, as the file holds them."""
        same = {"auto_pad": "SAME_UPPER", "strides": [stride, stride]}
        bias = self.weight(f"{name}/bias")
        if f"{name}/filters" in self._weights:
            kernel = self.weight(f"{name}/filters", (3, 2, 0, 1))
            return self.add("Conv", [at, kernel, bias], f"{name}/out", **same)
        depthwise = f"{name}/depthwise_filter"
        groups = self._weights[depthwise].shape[2]
        spread = self.add(
            "Conv", [at, self.weight(depthwise, (2, 3, 0, 1))], f"{name}/spread", group=groups, **same
        )
        pointwise = self.weight(f"{name}/pointwise_filter", (3, 2, 0, 1))
        return self.add("Conv", [spread, pointwise, bias], f"{name}/out")

    def model(self, name: str, *ports: tuple[str, list[str | int]]) -> onnx.ModelProto:
        """The model with its input and its output, each a name and a shape."""
        from onnx import TensorProto, helper

        given, answer = (
            helper.make_tensor_value_info(port, TensorProto.FLOAT, shape) for port, shape in ports
        )
        graph = helper.make_graph(self._nodes, name, [given], [answer], self._constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
