"""The standard ONNX operators of picture networks in PyTorch, so that they have gradients.

Each takes its step and its inputs as tensors (None where one is left out) and returns its output. Semantics are
those of https://onnx.ai/onnx/operators/ from operator set 13 on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from fer_core.explain.graph import Step

Tensor = torch.Tensor
Operator = Callable[..., Any]

_KINDS = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32, 7: torch.int64, 9: torch.bool,
    10: torch.float16, 11: torch.float64, 16: torch.bfloat16,
}  # fmt: skip


def _numbers(tensor: Tensor | None) -> list[int] | None:
    return None if tensor is None else [int(value) for value in tensor.reshape(-1)]


def _padding(step: Step, kernel: Sequence[int], shape: Sequence[int]) -> list[int]:
    """ONNX' pads (begins, then ends) of a step with ``kernel`` on a picture of ``shape``, auto_pad worked out."""
    dims = len(kernel)
    kind = step.settings.get("auto_pad", "NOTSET")
    if kind == "NOTSET":
        return list(step.settings.get("pads", [0] * 2 * dims))
    if kind == "VALID":
        return [0] * 2 * dims
    strides = step.settings.get("strides", [1] * dims)
    dilations = step.settings.get("dilations", [1] * dims)
    begins, ends = [], []
    for side, size, stride, dilation in zip(shape, kernel, strides, dilations, strict=True):
        total = max(0, (-(-side // stride) - 1) * stride + (size - 1) * dilation + 1 - side)
        begin = total // 2 if kind == "SAME_UPPER" else total - total // 2
        begins.append(begin)
        ends.append(total - begin)
    return begins + ends


def _padded(picture: Tensor, pads: Sequence[int], value: float = 0.0) -> Tensor:
    dims = len(pads) // 2
    pairs = [number for axis in reversed(range(dims)) for number in (pads[axis], pads[axis + dims])]
    return functional.pad(picture, pairs, value=value) if any(pairs) else picture


def _conv(step: Step, picture: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    dims = weight.ndim - 2
    run = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[dims]
    picture = _padded(picture, _padding(step, weight.shape[2:], picture.shape[2:]))
    return run(
        picture, weight, bias,
        stride=step.settings.get("strides", [1] * dims),
        dilation=step.settings.get("dilations", [1] * dims),
        groups=step.settings.get("group", 1),
    )  # fmt: skip


def _pool(step: Step, picture: Tensor, average: bool) -> Tensor:
    kernel = step.settings["kernel_shape"]
    strides = step.settings.get("strides", [1] * len(kernel))
    ceil = bool(step.settings.get("ceil_mode", 0))
    pads = _padding(step, kernel, picture.shape[2:])
    if not average:
        dilation = step.settings.get("dilations", [1] * len(kernel))
        return functional.max_pool2d(
            _padded(picture, pads, -torch.inf), kernel, strides, dilation=dilation, ceil_mode=ceil
        )
    sums = functional.avg_pool2d(_padded(picture, pads), kernel, strides, ceil_mode=ceil)
    if step.settings.get("count_include_pad", 0) or not any(pads):
        return sums
    share = functional.avg_pool2d(_padded(torch.ones_like(picture), pads), kernel, strides, ceil_mode=ceil)
    return sums / share


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
    wanted = _numbers(shape)
    if not step.settings.get("allowzero", 0):
        wanted = [values.shape[axis] if length == 0 else length for axis, length in enumerate(wanted)]
    return values.reshape(wanted)


def _slice(
    step: Step, values: Tensor, starts: Tensor, ends: Tensor, axes: Tensor | None = None,
    strides: Tensor | None = None,
) -> Tensor:  # fmt: skip
    first, last = _numbers(starts), _numbers(ends)
    for start, end, axis, stride in zip(
        first, last, _numbers(axes) or range(len(first)), _numbers(strides) or [1] * len(first), strict=True
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


def _pad(
    step: Step, values: Tensor, pads: Tensor, value: Tensor | None = None, axes: Tensor | None = None
) -> Tensor:
    amounts, chosen = _numbers(pads), _numbers(axes) or list(range(values.ndim))
    full = [0] * 2 * values.ndim
    for index, axis in enumerate(chosen):
        full[axis % values.ndim] = amounts[index]
        full[axis % values.ndim + values.ndim] = amounts[index + len(chosen)]
    mode = step.settings.get("mode", "constant")
    if mode == "constant":
        return _padded(values, full, 0.0 if value is None else float(value))
    pairs = [number for axis in (3, 2) for number in (full[axis], full[axis + 4])]
    return functional.pad(values, pairs, mode={"reflect": "reflect", "edge": "replicate"}[mode])


def _resize(
    step: Step, picture: Tensor, region: Tensor | None = None, scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:  # fmt: skip
    side = _numbers(sizes)
    if side is None:
        side = [int(length * scale) for length, scale in zip(picture.shape, scales.tolist(), strict=True)]
    settings = step.settings
    rule = settings.get("coordinate_transformation_mode", "half_pixel")
    kind = settings.get("mode", "nearest")
    if kind == "nearest" and rule == "asymmetric" and settings.get("nearest_mode") == "floor":
        return functional.interpolate(picture, side[2:], mode="nearest")
    names = {"linear": "bilinear", "cubic": "bicubic"}
    if kind in names and rule in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        return functional.interpolate(
            picture, side[2:], mode=names[kind], align_corners=rule == "align_corners",
            antialias=bool(settings.get("antialias", 0)),
        )  # fmt: skip
    raise NotImplementedError(f"Resize ({kind}, {rule})")


def _reduced(run: Callable[..., Tensor]) -> Operator:
    def reduce(step: Step, values: Tensor, axes: Tensor | None = None) -> Tensor:
        chosen = _numbers(axes) or step.settings.get("axes") or list(range(values.ndim))
        return run(values, dim=tuple(chosen), keepdim=bool(step.settings.get("keepdims", 1)))

    return reduce


def _clip(step: Step, values: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    return values if low is None and high is None else torch.clamp(values, low, high)


def _squeeze(step: Step, values: Tensor, axes: Tensor | None = None) -> Tensor:
    return values.squeeze() if axes is None else values.squeeze(tuple(_numbers(axes)))


def _unsqueeze(step: Step, values: Tensor, axes: Tensor) -> Tensor:
    chosen = _numbers(axes)
    rank = values.ndim + len(chosen)
    for axis in sorted(axis % rank for axis in chosen):
        values = values.unsqueeze(axis)
    return values


def _split(step: Step, values: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    axis = step.settings.get("axis", 0)
    if sizes is not None:
        return torch.split(values, _numbers(sizes), axis)
    return torch.split(values, -(-values.shape[axis] // len(step.outputs)), axis)


def _hard_sigmoid(step: Step, values: Tensor) -> Tensor:
    return (step.settings.get("alpha", 0.2) * values + step.settings.get("beta", 0.5)).clamp(0, 1)


def _flatten(step: Step, values: Tensor) -> Tensor:
    axis = step.settings.get("axis", 1)
    return values.reshape(int(torch.tensor(values.shape[:axis]).prod()), -1)


def _transpose(step: Step, values: Tensor) -> Tensor:
    return values.permute(step.settings.get("perm") or list(reversed(range(values.ndim))))


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
    "AveragePool": lambda step, picture: _pool(step, picture, average=True),
    "BatchNormalization": _batch_norm,
    "Cast": lambda step, values: values.to(_KINDS[step.settings["to"]]),
    "Clip": _clip,
    "Concat": lambda step, *parts: torch.cat(parts, step.settings["axis"]),
    "Conv": _conv,
    "Div": _plain(torch.div),
    "Dropout": lambda step, values, *_: values,
    "Elu": lambda step, values: functional.elu(values, step.settings.get("alpha", 1.0)),
    "Erf": _plain(torch.erf),
    "Exp": _plain(torch.exp),
    "Expand": lambda step, values, shape: values * torch.ones(_numbers(shape), dtype=values.dtype),
    "Flatten": _flatten,
    "Gather": _gather,
    "Gelu": lambda step, values: functional.gelu(
        values, approximate=step.settings.get("approximate", "none")
    ),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda step, picture: picture.mean(tuple(range(2, picture.ndim)), keepdim=True),
    "GlobalMaxPool": lambda step, picture: picture.amax(tuple(range(2, picture.ndim)), keepdim=True),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _plain(functional.hardswish),
    "Identity": _plain(lambda values: values),
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda step, values: functional.leaky_relu(values, step.settings.get("alpha", 0.01)),
    "Log": _plain(torch.log),
    "LogSoftmax": lambda step, values: torch.log_softmax(values, step.settings.get("axis", -1)),
    "MatMul": _plain(torch.matmul),
    "Max": _folded(torch.maximum),
    "MaxPool": lambda step, picture: _pool(step, picture, average=False),
    "Min": _folded(torch.minimum),
    "Mul": _plain(torch.mul),
    "Neg": _plain(torch.neg),
    "PRelu": _plain(lambda values, slope: torch.where(values >= 0, values, slope * values)),
    "Pad": _pad,
    "Pow": _plain(torch.pow),
    "Reciprocal": _plain(torch.reciprocal),
    "ReduceMax": _reduced(torch.amax),
    "ReduceMean": _reduced(torch.mean),
    "ReduceSum": _reduced(torch.sum),
    "Relu": _plain(torch.relu),
    "Reshape": _reshape,
    "Resize": _resize,
    "Selu": _plain(functional.selu),
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
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
