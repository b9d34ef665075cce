"""PyTorch modules from raw faces to logits and to the contract's probabilities."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from fer_core.recipes.recipe import SCALES, InputSpec
from fer_core.training.classes import AnsweredClasses

_SAFE_CHANNELS = 8


class FacesToLogits(nn.Module):
    """The network behind its preprocessing: uint8 (N, 48, 48) in, logits (N, 7) out.

    ``side``: of the pictures that it learns from now, in pixels.
    """

    def __init__(self, net: nn.Module, spec: InputSpec) -> None:
        super().__init__()
        self.net = net
        self.spec = spec
        self.side = spec.size_at(0)
        self.memory_format = _memory_format(net)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        return self.net(self.prepare(faces, self.side))

    def prepare(self, faces: torch.Tensor, side: int | None = None) -> torch.Tensor:
        """What the network sees: float32 (N, channels, side, side), at the recipe's size where ``side`` is None."""
        side = side or self.spec.size
        x = faces.unsqueeze(1).float()
        if side != faces.shape[-1]:
            growing = side != self.spec.size  # never exported, so it may be resized better
            x = functional.interpolate(
                x, size=(side, side), mode="bilinear", align_corners=False, antialias=growing
            )
        if self.spec.channels == 3:
            x = x.expand(-1, 3, -1, -1)
        multiplier, offset = (_per_channel(value, x) for value in SCALES[self.spec.scale])
        x = x * multiplier + offset
        return x.contiguous(memory_format=self.memory_format)


class FacesToProbs(nn.Module):
    """The contract: uint8 (N, 48, 48) in, probabilities float32 (N, 7) out; this is what is exported."""

    def __init__(self, model: FacesToLogits, answered: AnsweredClasses) -> None:
        super().__init__()
        self.model = model
        self.answered = answered

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        x = self.model.prepare(faces)
        probs = torch.softmax(self.model.net(x).float(), dim=1)
        if self.model.spec.flip_average:
            mirrored = torch.softmax(self.model.net(torch.flip(x, dims=[3])).float(), dim=1)
            probs = (probs + mirrored) / 2
        return self.placed(probs)

    def of_features(self, features: torch.Tensor) -> torch.Tensor:
        """The same of what a frozen backbone makes of faces, float32 (N, D)."""
        return self.placed(torch.softmax(self.model.net.get_classifier()(features), dim=1))

    def placed(self, probs: torch.Tensor) -> torch.Tensor:
        """Probabilities of the classes that were learnt, in their places among all seven."""
        if self.answered.all:
            return probs
        return probs @ torch.from_numpy(self.answered.placement).to(probs.device)


def has_depthwise_layers(net: nn.Module) -> bool:
    """Whether a convolution looks at each channel alone, as MobileNets' and EfficientNets' do (Howard et al. 2017)."""
    return any(
        isinstance(module, nn.Conv2d) and 1 < module.groups == module.in_channels for module in net.modules()
    )


def _memory_format(net: nn.Module) -> torch.memory_format:
    """How pictures lie in memory: channels last, which is faster, but for networks that hang so.

    oneDNN's weight gradient of a strided 1x1 convolution from fewer than 8 channels, channels last, spins for
    ever or writes where it should not on processors whose widest instructions are AVX2 (oneDNN of PyTorch
    2.13). A network with such a layer is laid out plainly everywhere, so that it trains alike everywhere.
    """
    for module in net.modules():
        pointwise = isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1)
        if pointwise and max(module.stride) > 1 and module.in_channels < _SAFE_CHANNELS:
            return torch.contiguous_format
    return torch.channels_last


def _per_channel(value: float | tuple[float, ...], x: torch.Tensor) -> float | torch.Tensor:
    """One number for all channels as it is, three as a tensor (1, 3, 1, 1)."""
    return torch.tensor(value, device=x.device).view(1, -1, 1, 1) if isinstance(value, tuple) else value
