"""The operators of networks that look through windows, or change a picture's size, in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from fer_core.explain.steps import Step

Tensor = torch.Tensor


def numbers(tensor: Tensor | None) -> list[int] | None:
    """The whole numbers in a tensor such as a shape; None for one that is left out."""
    return None if tensor is None else [int(value) for value in tensor.reshape(-1)]


def conv(step: Step, picture: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolution of one, two or three dimensions."""
    dims = weight.ndim - 2
    run = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[dims]
    picture = _padded(picture, _padding(step, weight.shape[2:], picture.shape[2:]))
    return run(
        picture, weight, bias,
        stride=step.settings.get("strides", [1] * dims),
        dilation=step.settings.get("dilations", [1] * dims),
        groups=step.settings.get("group", 1),
    )  # fmt: skip


def pool(step: Step, picture: Tensor, average: bool) -> Tensor:
    """Average or greatest value in each window."""
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


def pad(
    step: Step, values: Tensor, pads: Tensor, value: Tensor | None = None, axes: Tensor | None = None
) -> Tensor:
    """Values around a tensor: constant, reflected or repeated."""
    amounts, chosen = numbers(pads), numbers(axes) or list(range(values.ndim))
    full = [0] * 2 * values.ndim
    for index, axis in enumerate(chosen):
        full[axis % values.ndim] = amounts[index]
        full[axis % values.ndim + values.ndim] = amounts[index + len(chosen)]
    mode = step.settings.get("mode", "constant")
    if mode == "constant":
        return _padded(values, full, 0.0 if value is None else float(value))
    pairs = [number for axis in (3, 2) for number in (full[axis], full[axis + 4])]
    return functional.pad(values, pairs, mode={"reflect": "reflect", "edge": "replicate"}[mode])


def resize(
    step: Step, picture: Tensor, region: Tensor | None = None, scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Nearest, linear or cubic; NotImplementedError for rules that PyTorch has not."""
    side = numbers(sizes)
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
