"""Operators of networks of whole numbers in PyTorch. They go on in floating point, and gradients pass a rounding as if
it were none (the straight-through estimator of Bengio et al. 2013, "Estimating or propagating gradients through
stochastic neurons")."""

from __future__ import annotations

import torch

from fer_core.explain.steps import Step
from fer_core.explain.torch_windows import conv

Tensor = torch.Tensor


def quantize(step: Step, values: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """QuantizeLinear."""
    low, high = _limits(zero)
    scaled = values / _along(step, scale, values)
    offset = 0 if zero is None else _along(step, zero, values).to(values.dtype)
    return (_rounded(scaled) + offset).clamp(low, high)


def dequantize(step: Step, values: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """DequantizeLinear."""
    values = values.to(scale.dtype)
    offset = 0 if zero is None else _along(step, zero, values).to(scale.dtype)
    return (values - offset) * _along(step, scale, values)


def quantize_by_range(step: Step, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """DynamicQuantizeLinear: to 0-255 by the values' own range; also its scale and zero."""
    low, high = values.detach().min().clamp(max=0), values.detach().max().clamp(min=0)
    scale = (high - low) / 255
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    zero = (-low / scale).round().clamp(0, 255)
    return (_rounded(values / scale) + zero).clamp(0, 255), scale, zero


def matmul_integer(
    step: Step,
    first: Tensor,
    second: Tensor,
    first_zero: Tensor | None = None,
    second_zero: Tensor | None = None,
) -> Tensor:
    """MatMulInteger."""
    return _without(first, first_zero) @ _without(second, second_zero)


def conv_integer(
    step: Step,
    picture: Tensor,
    weight: Tensor,
    picture_zero: Tensor | None = None,
    weight_zero: Tensor | None = None,
) -> Tensor:
    """ConvInteger."""
    return conv(step, _without(picture, picture_zero), _without(weight, weight_zero))


def _rounded(values: Tensor) -> Tensor:
    return values + (values.round() - values).detach()


def _without(values: Tensor, zero: Tensor | None) -> Tensor:
    values = values.to(torch.float32)
    return values if zero is None else values - zero.to(torch.float32)


def _along(step: Step, parameter: Tensor, values: Tensor) -> Tensor:
    """One number for all, or one for each place of the step's axis."""
    if parameter.ndim != 1 or len(parameter) == 1:
        return parameter.reshape(()) if parameter.numel() == 1 else parameter
    axis = step.settings.get("axis", 1) % values.ndim
    return parameter.reshape([-1 if each == axis else 1 for each in range(values.ndim)])


def _limits(zero: Tensor | None) -> tuple[int, int]:
    kind = torch.uint8 if zero is None or zero.is_floating_point() else zero.dtype
    limits = torch.iinfo(kind)
    return limits.min, limits.max
