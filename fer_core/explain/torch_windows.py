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


def conv_transpose(step: Step, picture: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Transposed convolution of one, two or three dimensions; pads are cut off."""
    dims = weight.ndim - 2
    if step.settings.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or "output_shape" in step.settings:
        raise NotImplementedError("ConvTranspose whose pads follow from a shape")
    run = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}[
        dims
    ]
    pads = list(step.settings.get("pads", [0] * 2 * dims))
    more = list(step.settings.get("output_padding", [0] * dims))
    full = run(
        picture, weight, bias,
        stride=step.settings.get("strides", [1] * dims),
        dilation=step.settings.get("dilations", [1] * dims),
        groups=step.settings.get("group", 1),
    )  # fmt: skip
    return _padded(
        full, [-pad for pad in pads[:dims]] + [add - pad for add, pad in zip(more, pads[dims:], strict=True)]
    )


def resize(
    step: Step, picture: Tensor, region: Tensor | None = None, scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Nearest, linear or cubic along any axes; NotImplementedError for rules that are not known here."""
    settings = step.settings
    if settings.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise NotImplementedError("Resize that keeps a ratio")
    axes = [axis % picture.ndim for axis in settings.get("axes") or range(picture.ndim)]
    wanted = numbers(sizes)
    shares = [float(share) for share in scales.tolist()] if wanted is None else None
    lengths = wanted or [int(picture.shape[axis] * share) for axis, share in zip(axes, shares, strict=True)]
    plan = [
        (axis, length, shares[index] if shares else length / picture.shape[axis])
        for index, (axis, length) in enumerate(zip(axes, lengths, strict=True))
        if length != picture.shape[axis]
    ]
    if settings.get("mode", "nearest") == "cubic" or settings.get("antialias", 0):
        return _resized_by_torch(step, picture, plan)
    for axis, length, share in plan:
        picture = _resized_along(step, picture, axis, length, share)
    return picture


def _resized_by_torch(step: Step, picture: Tensor, plan: list[tuple[int, int, float]]) -> Tensor:
    """As PyTorch does it, where two axes at most change."""
    rule = step.settings.get("coordinate_transformation_mode", "half_pixel")
    names = {"linear": "bilinear", "cubic": "bicubic"}
    kind = step.settings.get("mode", "nearest")
    changed = sorted(axis for axis, _, _ in plan)
    if (
        len(changed) > 2
        or kind not in names
        or rule not in ("half_pixel", "pytorch_half_pixel", "align_corners")
    ):
        raise NotImplementedError(f"Resize ({kind}, {rule})")
    others = [axis for axis in reversed(range(picture.ndim)) if axis not in changed]
    pair = sorted([*changed, *others[: 2 - len(changed)]])
    moved = picture.movedim(pair, (-2, -1))
    lengths = {axis: length for axis, length, _ in plan}
    side = [lengths.get(axis, picture.shape[axis]) for axis in pair]
    flat = functional.interpolate(
        moved.reshape(-1, 1, *moved.shape[-2:]), side, mode=names[kind], align_corners=rule == "align_corners",
        antialias=bool(step.settings.get("antialias", 0)),
    )  # fmt: skip
    return flat.reshape(*moved.shape[:-2], *side).movedim((-2, -1), pair)


def _resized_along(step: Step, values: Tensor, axis: int, length: int, share: float) -> Tensor:
    """Nearest or linear along one axis, by the places of https://onnx.ai/onnx/operators/onnx__Resize.html."""
    rule = step.settings.get("coordinate_transformation_mode", "half_pixel")
    before, index = values.shape[axis], torch.arange(length, dtype=torch.float64)
    if rule == "align_corners":
        places = index * (before - 1) / max(1, length - 1)
    elif rule in ("half_pixel", "pytorch_half_pixel"):
        places = (index + 0.5) / share - 0.5 if length > 1 or rule == "half_pixel" else index * 0
    elif rule == "asymmetric":
        places = index / share
    else:
        raise NotImplementedError(f"Resize ({rule})")
    if step.settings.get("mode", "nearest") == "nearest":
        return values.index_select(axis, _nearest(places, step).clamp(0, before - 1))
    low = places.clamp(0, before - 1).floor()
    part = (places.clamp(0, before - 1) - low).to(values.dtype)
    part = part.reshape([-1 if each == axis else 1 for each in range(values.ndim)])
    first = values.index_select(axis, low.long())
    return first + part * (values.index_select(axis, (low.long() + 1).clamp(max=before - 1)) - first)


def _nearest(places: Tensor, step: Step) -> Tensor:
    rounding = {
        "round_prefer_floor": lambda place: torch.ceil(place - 0.5),
        "round_prefer_ceil": lambda place: torch.floor(place + 0.5),
        "floor": torch.floor,
        "ceil": torch.ceil,
    }
    return rounding[step.settings.get("nearest_mode", "round_prefer_floor")](places).long()


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
