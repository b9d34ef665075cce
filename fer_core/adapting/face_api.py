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
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def add(operator: str, inputs: list[str], name: str, **settings: object) -> str:
        nodes.append(helper.make_node(operator, inputs, [name], name=name, **settings))
        return name

    def constant(name: str, array: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def convolved(at: str, name: str, stride: int) -> str:
        same = {"auto_pad": "SAME_UPPER", "strides": [stride, stride]}
        bias = constant(f"{name}/bias", weights[f"{name}/bias"])
        if f"{name}/filters" in weights:
            kernel = constant(f"{name}/filters", weights[f"{name}/filters"].transpose(3, 2, 0, 1))
            return add("Conv", [at, kernel, bias], f"{name}/out", **same)
        depthwise = weights[f"{name}/depthwise_filter"].transpose(2, 3, 0, 1)
        kernel = constant(f"{name}/depthwise_filter", depthwise)
        spread = add("Conv", [at, kernel], f"{name}/spread", group=len(depthwise), **same)
        pointwise = constant(
            f"{name}/pointwise_filter", weights[f"{name}/pointwise_filter"].transpose(3, 2, 0, 1)
        )
        return add("Conv", [spread, pointwise, bias], f"{name}/out")

    at = "picture"
    for block in range(BLOCKS):
        made = [add("Relu", [convolved(at, f"dense{block}/conv0", 2)], f"dense{block}/first")]
        at = made[0]
        for layer in range(1, 4):
            made.append(convolved(at, f"dense{block}/conv{layer}", 1))
            total = add("Sum", made, f"dense{block}/sum{layer}")
            at = add("Relu", [total], f"dense{block}/out{layer}")
    at = add("AveragePool", [at], "mean", kernel_shape=[7, 7], strides=[2, 2])
    at = add("Flatten", [at], "features")
    matrix, bias = constant("fc/weights", weights["fc/weights"]), constant("fc/bias", weights["fc/bias"])
    add("Gemm", [at, matrix, bias], "logits")
    ports = [("picture", ["N", 3, SIDE, SIDE]), ("logits", ["N", CLASSES])]
    given, answer = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ports)
    graph = helper.make_graph(nodes, "face_api", [given], [answer], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
