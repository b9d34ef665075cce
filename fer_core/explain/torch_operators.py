"""The standard ONNX operators of picture networks in PyTorch, so that they have gradients.

Each takes its step and its inputs as tensors (None where one is left out) and returns its output. Semantics are
those of https://onnx.ai/onnx/operators/ from operator set 13 on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from fer_core.explain.steps import Step
from fer_core.explain.torch_quantised import (
    conv_integer,
    dequantize,
    matmul_integer,
    quantize,
    quantize_by_range,
)
from fer_core.explain.torch_windows import conv, conv_transpose, numbers, pad, pool, resize

Tensor = torch.Tensor
Operator = Callable[..., Any]

_KINDS = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32, 7: torch.int64, 9: torch.bool,
    10: torch.float16, 11: torch.float64, 16: torch.bfloat16,
}  # fmt: skip


def _batch_norm(
    step: Step, picture: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    epsilon = step.settings.get("epsilon", 1e-5)
    return functional.batch_norm(picture, mean, variance, scale, bias, eps=epsilon)


def _instance_norm(step: Step, picture: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return functional.instance_norm(picture, weight=scale, bias=bias, eps=step.settings.get("epsilon", 1e-5))


def _layer_norm(step: Step, values: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
    shape = values.shape[step.settings.get("axis", -1) :]
    return functional.layer_norm(values, shape, scale, bias, step.settings.get("epsilon", 1e-5))


def _gemm(step: Step, first: Tensor, second: Tensor, third: Tensor | None = None) -> Tensor:
    first = first.T if step.settings.get("transA") else first
    second = second.T if step.settings.get("transB") else second
    product = step.settings.get("alpha", 1.0) * (first @ second)
    return product if third is None else product + step.settings.get("beta", 1.0) * third


def _reshape(step: Step, values: Tensor, shape: Tensor) -> Tensor:
    wanted = numbers(shape)
    if not step.settings.get("allowzero", 0):
        wanted = [values.shape[axis] if length == 0 else length for axis, length in enumerate(wanted)]
    return values.reshape(wanted)


def _slice(
    step: Step, values: Tensor, starts: Tensor, ends: Tensor, axes: Tensor | None = None,
    strides: Tensor | None = None,
) -> Tensor:  # fmt: skip
    first, last = numbers(starts), numbers(ends)
    for start, end, axis, stride in zip(
        first, last, numbers(axes) or range(len(first)), numbers(strides) or [1] * len(first), strict=True
    ):
        places = range(values.shape[axis])[
            slice(start, None if stride < 0 and end < -(2**31) else end, stride)
        ]
        values = values.index_select(axis, torch.tensor(list(places), dtype=torch.long))
    return values


def _gather(step: Step, values: Tensor, places: Tensor) -> Tensor:
    axis = step.settings.get("axis", 0) % values.ndim
    flat = (places.long() % values.shape[axis]).reshape(-1)
    picked = values.index_select(axis, flat)
    return picked.reshape(*values.shape[:axis], *places.shape, *values.shape[axis + 1 :])


def _reduced(run: Callable[..., Tensor]) -> Operator:
    def reduce(step: Step, values: Tensor, axes: Tensor | None = None) -> Tensor:
        chosen = numbers(axes) or step.settings.get("axes") or list(range(values.ndim))
        return run(values, dim=tuple(chosen), keepdim=bool(step.settings.get("keepdims", 1)))

    return reduce


def _clip(step: Step, values: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    return values if low is None and high is None else torch.clamp(values, low, high)


def _squeeze(step: Step, values: Tensor, axes: Tensor | None = None) -> Tensor:
    return values.squeeze() if axes is None else values.squeeze(tuple(numbers(axes)))


def _unsqueeze(step: Step, values: Tensor, axes: Tensor) -> Tensor:
    chosen = numbers(axes)
    rank = values.ndim + len(chosen)
    for axis in sorted(axis % rank for axis in chosen):
        values = values.unsqueeze(axis)
    return values


def _split(step: Step, values: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    axis = step.settings.get("axis", 0)
    if sizes is not None:
        return torch.split(values, numbers(sizes), axis)
    return torch.split(values, -(-values.shape[axis] // len(step.outputs)), axis)


def _hard_sigmoid(step: Step, values: Tensor) -> Tensor:
    return (step.settings.get("alpha", 0.2) * values + step.settings.get("beta", 0.5)).clamp(0, 1)


def _flatten(step: Step, values: Tensor) -> Tensor:
    axis = step.settings.get("axis", 1)
    return values.reshape(int(torch.tensor(values.shape[:axis]).prod()), -1)


def _transpose(step: Step, values: Tensor) -> Tensor:
    return values.permute(step.settings.get("perm") or list(reversed(range(values.ndim))))


def _group_norm(step: Step, values: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """Scales of groups (up to operator set 20) hold for all their channels."""
    groups, channels = step.settings["num_groups"], values.shape[1]
    scale, bias = (
        each if len(each) == channels else each.repeat_interleave(channels // groups)
        for each in (scale, bias)
    )
    return functional.group_norm(values, groups, scale, bias, step.settings.get("epsilon", 1e-5))


def _depth_to_space(step: Step, values: Tensor) -> Tensor:
    side = step.settings["blocksize"]
    if step.settings.get("mode", "DCR") == "CRD":
        return functional.pixel_shuffle(values, side)
    count, channels, height, width = values.shape
    split = values.reshape(count, side, side, channels // side**2, height, width)
    return split.permute(0, 3, 4, 1, 5, 2).reshape(count, channels // side**2, height * side, width * side)


def _shape(step: Step, values: Tensor) -> Tensor:
    shape = list(values.shape)[step.settings.get("start", 0) : step.settings.get("end", values.ndim)]
    return torch.tensor(shape, dtype=torch.long)


def _plain(run: Callable[..., Tensor]) -> Operator:
    """An operator without settings."""
    return lambda step, *inputs: run(*inputs)


def _folded(run: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    """An operator of any number of inputs, two at a time."""

    def fold(step: Step, first: Tensor, *others: Tensor) -> Tensor:
        for other in others:
            first = run(first, other)
        return first

    return fold


OPERATORS: dict[str, Operator] = {
    "Abs": _plain(torch.abs),
    "Add": _plain(torch.add),
    "AveragePool": lambda step, picture: pool(step, picture, average=True),
    "BatchNormalization": _batch_norm,
    "Cast": lambda step, values: values.to(_KINDS[step.settings["to"]]),
    "Clip": _clip,
    "Concat": lambda step, *parts: torch.cat(parts, step.settings["axis"]),
    "Conv": conv,
    "ConvInteger": conv_integer,
    "ConvTranspose": conv_transpose,
    "DepthToSpace": _depth_to_space,
    "DequantizeLinear": dequantize,
    "Div": _plain(torch.div),
    "DynamicQuantizeLinear": quantize_by_range,
    "Dropout": lambda step, values, *_: values,
    "Elu": lambda step, values: functional.elu(values, step.settings.get("alpha", 1.0)),
    "Einsum": lambda step, *tensors: torch.einsum(step.settings["equation"], *tensors),
    "Equal": _plain(torch.eq),
    "Erf": _plain(torch.erf),
    "Exp": _plain(torch.exp),
    "Expand": lambda step, values, shape: values * torch.ones(numbers(shape), dtype=values.dtype),
    "Flatten": _flatten,
    "Gather": _gather,
    "Gelu": lambda step, values: functional.gelu(
        values, approximate=step.settings.get("approximate", "none")
    ),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda step, picture: picture.mean(tuple(range(2, picture.ndim)), keepdim=True),
    "GlobalMaxPool": lambda step, picture: picture.amax(tuple(range(2, picture.ndim)), keepdim=True),
    "GroupNormalization": _group_norm,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _plain(functional.hardswish),
    "Identity": _plain(lambda values: values),
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda step, values: functional.leaky_relu(values, step.settings.get("alpha", 0.01)),
    "Log": _plain(torch.log),
    "LogSoftmax": lambda step, values: torch.log_softmax(values, step.settings.get("axis", -1)),
    "MatMul": _plain(torch.matmul),
    "MatMulInteger": matmul_integer,
    "Max": _folded(torch.maximum),
    "MaxPool": lambda step, picture: pool(step, picture, average=False),
    "Min": _folded(torch.minimum),
    "Mish": _plain(functional.mish),
    "Mul": _plain(torch.mul),
    "Neg": _plain(torch.neg),
    "PRelu": _plain(lambda values, slope: torch.where(values >= 0, values, slope * values)),
    "Pad": pad,
    "Pow": _plain(torch.pow),
    "QuantizeLinear": quantize,
    "Reciprocal": _plain(torch.reciprocal),
    "ReduceL2": _reduced(torch.linalg.vector_norm),
    "ReduceMax": _reduced(torch.amax),
    "ReduceMean": _reduced(torch.mean),
    "ReduceSum": _reduced(torch.sum),
    "Relu": _plain(torch.relu),
    "Reshape": _reshape,
    "Resize": resize,
    "Selu": _plain(functional.selu),
    "Shape": _shape,
    "Sigmoid": _plain(torch.sigmoid),
    "Slice": _slice,
    "Softmax": lambda step, values: torch.softmax(values, step.settings.get("axis", -1)),
    "Softplus": _plain(functional.softplus),
    "Split": _split,
    "Sqrt": _plain(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _plain(torch.sub),
    "Sum": _folded(torch.add),
    "Tanh": _plain(torch.tanh),
    "Tile": lambda step, values, repeats: values.repeat(numbers(repeats)),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Where": _plain(torch.where),
}
