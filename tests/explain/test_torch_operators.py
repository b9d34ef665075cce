"""The operators in PyTorch compute what ONNX Runtime computes, whatever their settings."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from fer_core.explain.steps import Step
from fer_core.explain.torch_operators import OPERATORS

RNG = np.random.default_rng(0)
PICTURE = RNG.normal(0, 1, (1, 4, 9, 8)).astype(np.float32)
ROWS = RNG.normal(0, 1, (3, 5)).astype(np.float32)
WEIGHT = RNG.normal(0, 1, (6, 4, 3, 3)).astype(np.float32)
GROUPED = RNG.normal(0, 1, (8, 2, 3, 2)).astype(np.float32)
BYTES = RNG.integers(0, 100, (3, 5), np.uint8)
FOUR = [RNG.uniform(0.5, 1.5, 4).astype(np.float32) for _ in range(4)]


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def single(number: float) -> np.ndarray:
    return np.array(number, np.float32)


PLAIN = (
    "Abs", "Erf", "Exp", "GlobalAveragePool", "GlobalMaxPool", "HardSwish", "Identity", "Neg", "Reciprocal", "Relu",
    "Selu", "Sigmoid", "Softplus", "Tanh",
)  # fmt: skip
PAIRS = ("Add", "Div", "Max", "Min", "Mul", "Sub", "Sum")

# Operator, its inputs (None where one is left out), its settings.
CASES = [
    *[(name, [PICTURE], {}) for name in PLAIN],
    *[(name, [PICTURE, PICTURE[:, :, :1] + 3], {}) for name in PAIRS],
    ("Sqrt", [np.abs(PICTURE)], {}),
    ("Log", [np.abs(PICTURE) + 0.1], {}),
    ("Pow", [np.abs(PICTURE), single(1.7)], {}),
    ("PRelu", [PICTURE, np.full((4, 1, 1), 0.3, np.float32)], {}),
    ("LeakyRelu", [PICTURE], {"alpha": 0.2}),
    ("Elu", [PICTURE], {"alpha": 1.3}),
    ("Gelu", [PICTURE], {"approximate": "tanh"}),
    ("HardSigmoid", [PICTURE], {"alpha": 1 / 6, "beta": 0.5}),
    ("Clip", [PICTURE, single(-0.5), single(0.7)], {}),
    ("Clip", [PICTURE, None, single(0.7)], {}),
    ("Cast", [PICTURE], {"to": TensorProto.INT64}),
    ("Conv", [PICTURE, WEIGHT, RNG.normal(0, 1, 6).astype(np.float32)], {"pads": [1, 0, 2, 1], "strides": [2, 1]}),
    ("Conv", [PICTURE, WEIGHT], {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ("Conv", [PICTURE, WEIGHT], {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
    ("Conv", [PICTURE, WEIGHT], {"auto_pad": "VALID", "dilations": [2, 2]}),
    ("Conv", [PICTURE, GROUPED], {"group": 2, "kernel_shape": [3, 2]}),
    ("MaxPool", [PICTURE], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("MaxPool", [PICTURE], {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
    ("MaxPool", [PICTURE], {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    ("AveragePool", [PICTURE], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("AveragePool", [PICTURE], {"kernel_shape": [3, 3], "pads": [1, 1, 0, 1], "count_include_pad": 1}),
    ("AveragePool", [PICTURE], {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("BatchNormalization", [PICTURE, *FOUR], {"epsilon": 1e-3}),
    ("InstanceNormalization", [PICTURE, *FOUR[:2]], {"epsilon": 1e-3}),
    ("LayerNormalization", [PICTURE, np.ones(8, np.float32), np.ones(8, np.float32)], {"axis": -1}),
    ("Gemm", [ROWS, ROWS, single(2)], {"transB": 1, "alpha": 0.5, "beta": 2.0}),
    ("Gemm", [ROWS, ROWS], {"transA": 1}),
    ("MatMul", [ROWS, ROWS.T.copy()], {}),
    ("Softmax", [PICTURE], {"axis": 1}),
    ("LogSoftmax", [PICTURE], {"axis": -1}),
    ("ReduceMean", [PICTURE, whole(2, 3)], {"keepdims": 0}),
    ("ReduceMean", [PICTURE], {"keepdims": 1}),
    ("ReduceSum", [PICTURE, whole(-1)], {"keepdims": 1}),
    ("ReduceMax", [PICTURE, whole(1)], {"keepdims": 0}),
    ("Reshape", [PICTURE, whole(0, -1, 8)], {}),
    ("Reshape", [PICTURE, whole(2, 144)], {"allowzero": 1}),
    ("Flatten", [PICTURE], {"axis": 2}),
    ("Flatten", [PICTURE], {}),
    ("Transpose", [PICTURE], {"perm": [0, 2, 3, 1]}),
    ("Transpose", [ROWS], {}),
    ("Squeeze", [PICTURE, whole(0)], {}),
    ("Unsqueeze", [ROWS, whole(0, -1)], {}),
    ("Concat", [PICTURE, PICTURE], {"axis": 1}),
    ("Slice", [PICTURE, whole(1), whole(-1), whole(2)], {}),
    ("Slice", [PICTURE, whole(-1), whole(-(2**63)), whole(3), whole(-1)], {}),
    ("Slice", [PICTURE, whole(0, 7), whole(100, 2), whole(2, 3), whole(2, -2)], {}),
    ("Gather", [PICTURE, whole(3, 0, -1)], {"axis": 1}),
    ("Gather", [ROWS, np.array([[0, 1], [2, 2]], np.int64)], {}),
    ("Split", [PICTURE, whole(1, 3)], {"axis": 1}),
    ("Pad", [PICTURE, whole(0, 0, 1, 2, 0, 0, 0, 3), single(0.5)], {}),
    ("Pad", [PICTURE, whole(0, 0, 1, 2, 0, 0, 0, 3)], {"mode": "reflect"}),
    ("Pad", [PICTURE, whole(1, 2), None, whole(3)], {"mode": "edge"}),
    ("Expand", [PICTURE, whole(2, 1, 1, 1)], {}),
    ("Resize", [PICTURE, None, None, whole(1, 4, 20, 12)], {"mode": "linear"}),
    ("Resize", [PICTURE, None, np.array([1, 1, 2, 2], np.float32)], {"mode": "linear",
        "coordinate_transformation_mode": "align_corners"}),
    ("Resize", [PICTURE, None, np.array([1, 1, 2, 2], np.float32)], {"mode": "cubic", "cubic_coeff_a": -0.75}),
    ("Resize", [PICTURE, None, np.array([1, 1, 2, 3], np.float32)], {"mode": "nearest", "nearest_mode": "floor",
        "coordinate_transformation_mode": "asymmetric"}),
    ("Resize", [PICTURE, None, None, whole(20, 12)], {"mode": "linear", "axes": [2, 3]}),
    ("Resize", [PICTURE, None, None, whole(7, 5)], {"mode": "linear", "axes": [1, 2],
        "coordinate_transformation_mode": "asymmetric"}),
    ("Resize", [PICTURE, None, None, whole(5, 13)], {"mode": "nearest", "axes": [-2, -1]}),
    ("Tile", [PICTURE, whole(1, 2, 1, 3)], {}),
    ("Shape", [PICTURE], {"start": 1}),
    ("Equal", [PICTURE, PICTURE * (PICTURE > 0)], {}),
    ("Where", [PICTURE > 0, PICTURE, single(-1)], {}),
    ("ReduceL2", [PICTURE, whole(1)], {"keepdims": 1}),
    ("DepthToSpace", [PICTURE], {"blocksize": 2}),
    ("DepthToSpace", [PICTURE], {"blocksize": 2, "mode": "CRD"}),
    ("ConvTranspose", [PICTURE, WEIGHT[:4, :3].copy()], {"strides": [2, 2], "pads": [1, 0, 1, 1],
        "output_padding": [1, 0]}),
    ("Einsum", [ROWS, ROWS], {"equation": "ab,cb->ac"}),
    ("GroupNormalization", [PICTURE, *[each[:2] for each in FOUR[:2]]], {"num_groups": 2}),
    ("Mish", [PICTURE], {}),
    ("QuantizeLinear", [PICTURE, single(0.02), np.array(128, np.uint8)], {}),
    ("QuantizeLinear", [PICTURE, FOUR[0], np.zeros(4, np.int8)], {"axis": 1}),
    ("DequantizeLinear", [np.arange(12, dtype=np.uint8).reshape(3, 4), single(0.5), np.array(3, np.uint8)], {}),
    ("DynamicQuantizeLinear", [ROWS], {}),
    ("MatMulInteger", [BYTES, BYTES.T.copy().astype(np.int8), np.array(5, np.uint8)], {}),
    ("ConvInteger", [BYTES.reshape(1, 1, 3, 5), BYTES[:1, :4].reshape(1, 1, 2, 2), np.array(5, np.uint8)], {}),
]  # fmt: skip


#: What operators answer that make no floating-point numbers.
KINDS = {
    "Shape": TensorProto.INT64, "Equal": TensorProto.BOOL, "QuantizeLinear": TensorProto.UINT8,
    "DynamicQuantizeLinear": TensorProto.UINT8, "MatMulInteger": TensorProto.INT32, "ConvInteger": TensorProto.INT32,
}  # fmt: skip


def names(inputs) -> list[str]:
    return ["" if value is None else f"i{index}" for index, value in enumerate(inputs)]


def answers_of_onnx(operator, inputs, settings, count):
    """The same node run alone; whole numbers are constants, as in a network written down for one face."""
    node = helper.make_node(operator, names(inputs), [f"o{index}" for index in range(count)], **settings)
    given = {name: value for name, value in zip(names(inputs), inputs, strict=True) if value is not None}
    constants = {name: value for name, value in given.items() if value.dtype == np.int64 or name != "i0"}
    kind = settings["to"] if operator == "Cast" else KINDS.get(operator, TensorProto.FLOAT)
    kinds = (
        [kind, TensorProto.FLOAT, TensorProto.UINT8]
        if operator == "DynamicQuantizeLinear"
        else [kind] * count
    )
    if operator == "QuantizeLinear" and inputs[2].dtype == np.int8:
        kinds = [TensorProto.INT8]
    graph = helper.make_graph(
        [node],
        "alone",
        [
            helper.make_tensor_value_info(
                "i0", helper.np_dtype_to_tensor_dtype(inputs[0].dtype), inputs[0].shape
            )
        ],
        [
            helper.make_tensor_value_info(name, kind, None)
            for name, kind in zip(node.output, kinds, strict=True)
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    return ort.InferenceSession(model.SerializeToString()).run(None, {"i0": inputs[0]})


@pytest.mark.parametrize(
    ("operator", "inputs", "settings"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_operator_computes_what_onnx_runtime_does(operator, inputs, settings):
    count = {"Split": 2, "DynamicQuantizeLinear": 3}.get(operator, 1)
    step = Step(operator, tuple(names(inputs)), tuple(f"o{index}" for index in range(count)), settings)
    tensors = [None if value is None else torch.from_numpy(value) for value in inputs]
    found = OPERATORS[operator](step, *tensors)
    found = found if isinstance(found, tuple) else (found,)
    for mine, theirs in zip(found, answers_of_onnx(operator, inputs, settings, count), strict=True):
        assert tuple(mine.shape) == theirs.shape
        assert mine.numpy().astype(theirs.dtype) == pytest.approx(theirs, abs=1e-4)


def test_every_operator_is_tried():
    assert {case[0] for case in CASES} | {"Dropout"} == set(OPERATORS)
