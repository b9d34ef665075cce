"""The PyTorch and timm networks; each takes float (N, channels, size, size), answers logits (N, classes).

``classes`` is seven but for recipes whose preparation leaves a class out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from torch import nn

from fer_core.architectures import IMAGENET, Builders, refuse_foreign_model, weights_unavailable
from fer_core.architectures.packages import packaged_weights
from fer_core.architectures.weights import own_file
from fer_core.emotions import EMOTIONS
from fer_core.errors import TrainingError

torch_nets = Builders("torch")
CLASSES = len(EMOTIONS)


def parameters_of(net: nn.Module) -> int:
    """Number of weights, the untrained statistics of norms left out."""
    return sum(weight.numel() for weight in net.parameters())


@torch_nets
def mobilenet_v1(*, channels: int, size: int, classes: int = CLASSES, width: float = 1.0) -> nn.Module:
    """MobileNetV1 (Howard et al. 2017) from scratch: ece176's first network.

    ``width`` multiplies every number of filters. Five reductions take 48x48 to 2x2.
    """
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    before = int(32 * width)
    layers = [_conv_bn_relu(channels, before, 3, stride=2)]
    for filters, stride in plan:
        after = int(filters * width)
        layers.append(_conv_bn_relu(before, before, 3, stride=stride, groups=before))
        layers.append(_conv_bn_relu(before, after, 1))
        before = after
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


@torch_nets
def customnet(
    *,
    channels: int,
    size: int,
    classes: int = CLASSES,
    filters: list[int] = [32, 64, 128, 256],
    dropout: float = 0.3,
    groups: int = 8,
    stem_stride: int = 2,
    skip: bool = False,
) -> nn.Module:  # fmt: skip
    """ece176's "CustomNet": ResNet-style pairs of 3x3 convolutions without skip connections.

    Each stage: convolution, batch norm, ReLU, convolution, group norm, ReLU, dropout; each halves the
    side with its first convolution (the first by ``stem_stride``). The report prints no filter numbers.
    ``skip`` adds the report's next step: a 1x1 convolution around each stage's pair.
    """
    layers: list[nn.Module] = []
    before = channels
    for stage, after in enumerate(filters):
        stride = stem_stride if stage == 0 else 2
        pair = [
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.GroupNorm(groups, after),
        ]
        layers += [_Skipped(before, after, stride, pair)] if skip else pair
        layers.append(nn.ReLU(inplace=True))
        layers.append(nn.Dropout2d(dropout / 2) if stage < len(filters) - 1 else nn.Identity())
        before = after
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(before, classes)]
    return nn.Sequential(*layers, *head)


class _Skipped(nn.Module):
    """A stage's layers with a 1x1 convolution and batch norm around them."""

    def __init__(self, before: int, after: int, stride: int, pair: list[nn.Module]) -> None:
        super().__init__()
        self.pair = nn.Sequential(*pair)
        self.around = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pair(x) + self.around(x)


class _Residual(nn.Module):
    """Two 3x3 convolutions with batch norm and a skip connection (He et al. 2016)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.first = _conv_bn_relu(before, after, 3, stride=stride)
        self.second = nn.Sequential(nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after))
        self.skip: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.skip = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.second(self.first(x)) + self.skip(x))


@torch_nets
def resnet_small(
    *,
    channels: int,
    size: int,
    classes: int = CLASSES,
    filters: list[int] = [64, 128, 256],
    depths: list[int] = [2, 2, 2],
    stem_stride: int = 1,
    dropout: float = 0.2,
    frozen_blocks: int = 0,
) -> nn.Module:  # fmt: skip
    """A residual net for 48x48 faces: 3x3 stem, stages of basic blocks, global average, 2.8 M parameters.

    ``frozen_blocks``: the first so many stages, with the stem before them, keep the weights that they begin with; the
    statistics of their batch norms follow the faces nevertheless.
    """
    layers: list[nn.Module] = [_conv_bn_relu(channels, filters[0], 3, stride=stem_stride)]
    before = filters[0]
    for stage, (after, depth) in enumerate(zip(filters, depths, strict=True)):
        for block in range(depth):
            layers.append(_Residual(before, after, 2 if block == 0 and stage > 0 else 1))
            before = after
    for layer in layers[: 1 + sum(depths[:frozen_blocks])] if frozen_blocks else ():
        layer.requires_grad_(False)
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(before, classes)]
    return nn.Sequential(*layers, *head)


@torch_nets
def timm_model(
    *,
    channels: int,
    size: int,
    model: str,
    classes: int = CLASSES,
    weights: str | None = None,
    mode: Literal["features", "finetune"] = "finetune",
    freeze_batch_norm: bool = False,
    drop_rate: float | None = None,
    drop_path_rate: float | None = None,
    proj_drop_rate: float | None = None,
    attn_drop_rate: float | None = None,
    global_pool: str | None = None,
    img_size: int | None = None,
    output_stride: int | None = None,
) -> nn.Module:  # fmt: skip
    """Any network of timm by its name there.

    Its last layer is drawn as PyTorch draws one: timm draws that of EfficientNets and MobileNets for a thousand
    classes, and for seven its logits begin so large that what stands before it is spoilt.

    The settings are named one by one because ``timm.create_model`` takes others, such as
    ``checkpoint_path``, that would have a recipe of somebody else's load files of its choice.

    Args:
        model: such as ``mobilenetv3_small_100``; see ``timm.list_models()``.
        weights: ``imagenet`` takes those that an installed package carries (see ``packages.PACKAGES``), else
            downloads timm's; a path loads them from a file.
        mode: ``features`` freezes all but the last layer, ``finetune`` trains all.
        freeze_batch_norm: every batch norm keeps the statistics and the scale of its weights; so it does in
            ``features``.
        drop_rate: dropout before the logits.
        drop_path_rate: share of residual branches that are left out while training.
        proj_drop_rate, attn_drop_rate: dropout inside transformers.
        global_pool: what makes a vector of the last feature maps, such as ``avg`` or ``max``.
        img_size: side for which a transformer lays out its positions, in pixels.
        output_stride: how many pixels a place of the last feature maps stands for.

    Raises:
        RecipeError: ``model`` names a place to load from instead of a network.
        TrainingError: the weights can't be downloaded or loaded.
    """
    refuse_foreign_model(model)
    timm = _import_timm()
    packaged = packaged_weights(model) if weights == IMAGENET else None
    try:
        net = timm.create_model(
            model,
            pretrained=weights is not None and packaged is None,
            pretrained_cfg_overlay={"file": str(own_file(weights))}
            if weights not in (None, IMAGENET)
            else None,
            in_chans=channels,
            num_classes=classes,
            drop_rate=drop_rate,
            drop_path_rate=drop_path_rate,
            proj_drop_rate=proj_drop_rate,
            attn_drop_rate=attn_drop_rate,
            global_pool=global_pool,
            img_size=img_size,
            output_stride=output_stride,  # timm leaves out what is None: not every network takes each
        )
    except OSError as error:  # what downloads and files that are not there raise
        raise weights_unavailable(weights, model, error) from error
    if packaged is not None:
        _load_in_order(net, packaged, model)
    if isinstance(last := net.get_classifier(), nn.Linear):
        last.reset_parameters()
    if freeze_batch_norm or mode == "features":
        net = timm.layers.freeze_batch_norm_2d(net)
    if mode == "features":
        net.requires_grad_(False)
        net.get_classifier().requires_grad_(True)
    return net


def _load_in_order(net: nn.Module, file: Path, model: str) -> None:
    """Give ``net`` the weights of ``file`` but those of the last layer; they stand in the same order under other
    names."""
    found = list(torch.load(file, map_location="cpu", weights_only=True).values())
    own, last = net.state_dict(), len(net.get_classifier().state_dict())
    pairs = list(zip(own, found))[:-last]  # noqa: B905 (lengths are compared next)
    if len(own) != len(found) or any(own[name].shape != value.shape for name, value in pairs):
        raise TrainingError(
            f"The weights in {file.name} are for pictures of three channels and {model} as timm builds it: set "
            "data.input.channels to 3."
        )
    net.load_state_dict(own | dict(pairs))


def _conv_bn_relu(before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


def _import_timm():
    """Import timm, which imports torchvision.

    A CPU-only torch beside the stock torchvision wheel fails there with "operator torchvision::nms
    does not exist", because the wheel's compiled operators do not load. Nothing here uses them;
    declaring their schemas first lets the import pass.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(library)
    import timm

    return timm


_kept: list[object] = []  # a torch Library undoes its definitions when it is collected
