"""Keras' ImageNet networks without their tops, as feature extractors or to be fine-tuned."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from keras import Model, applications, layers

from fer_core.architectures import IMAGENET, weights_unavailable
from fer_core.architectures.keras_nets import CLASSES, FEATURES, HEAD, keras_nets, logits_of
from fer_core.architectures.weights import find_weights, own_file
from fer_core.errors import RecipeError, TrainingError, near_names

BACKBONES: dict[str, Callable[..., Model]] = {
    "vgg16": applications.VGG16,
    "vgg19": applications.VGG19,
    "resnet50": applications.ResNet50,
    "efficientnetb0": applications.EfficientNetB0,
    "efficientnetb5": applications.EfficientNetB5,
}
#: The first layer after the scaling that is built into Keras' EfficientNets, which is cut off: scaling is
#: the recipe's ``data.input.scale``, as everywhere, and its constants would be lost on export.
_AFTER_SCALING = "stem_conv_pad"
_POOLINGS: dict[str, Callable[..., layers.Layer]] = {
    "flatten": layers.Flatten,
    "average": layers.GlobalAveragePooling2D,
    "max": layers.GlobalMaxPooling2D,
}
#: ``block3_conv1`` of VGG, ``conv3_block1_1_conv`` of ResNet, ``block3a_expand_conv`` of EfficientNet.
_BLOCK = re.compile(r"(?:block|conv)(\d+)")


@keras_nets
def keras_backbone(
    *,
    channels: int,
    size: int,
    model: str,
    classes: int = CLASSES,
    weights: str | None = None,
    mode: Literal["features", "finetune"] = "finetune",
    last_layers: int | None = None,
    frozen_blocks: int = 0,
    freeze_batch_norm: bool = False,
    pooling: Literal["flatten", "average", "max"] = "average",
    head: int = 0,
    head_dropout: float = 0.0,
) -> Model:  # fmt: skip
    """A network of ``keras.applications`` without its top, under a new head.

    Args:
        channels: 3, as ImageNet weights want it.
        model: a key of BACKBONES.
        weights: ``imagenet`` loads them from ``FER_HOME/weights`` or downloads them, a path loads a
            ``*_notop.h5`` file, null draws them.
        mode: ``features`` freezes the whole backbone; ``finetune`` trains it as the next two say.
        last_layers: train only the last so many layers of the backbone; null trains all.
        frozen_blocks: freeze the first so many blocks, with the stem before them.
        freeze_batch_norm: freeze every batch norm, which then keeps the statistics of its weights.
        pooling: ``flatten``, ``average`` or ``max``, what makes a vector of the last feature maps.
        head: width of a ReLU layer before the logits; 0 for none.
        head_dropout: dropout before the logits.

    Raises:
        RecipeError: an unknown name.
        TrainingError: the weights can't be downloaded or loaded.
    """
    for name, value, known in (
        ("model", model, BACKBONES),
        ("mode", mode, ("features", "finetune")),
        ("pooling", pooling, _POOLINGS),
    ):
        if value not in known:
            near = near_names(str(value), known)
            raise RecipeError(f"architecture keras_backbone has no {name} {value!r}{near}")
    backbone = _without_top(model, weights, (size, size, channels))
    _freeze(backbone, mode, last_layers, frozen_blocks, freeze_batch_norm)
    x = _POOLINGS[pooling](name=FEATURES)(backbone.output)
    if head:
        x = layers.Dense(head, activation="relu", name=HEAD)(x)
    if head_dropout:
        x = layers.Dropout(head_dropout)(x)
    return Model(backbone.inputs, logits_of(x, classes))


def block_of(layer_name: str) -> int:
    """The block that a backbone's layer belongs to, from 1; 0 for a stem, 99 for what follows all blocks."""
    found = _BLOCK.match(layer_name)
    if found:
        return int(found.group(1))
    return 99 if layer_name.startswith(("top", "post")) else 0


def _without_top(model: str, weights: str | None, shape: tuple[int, int, int]) -> Model:
    file = find_weights(model) if weights == IMAGENET else weights and own_file(weights)
    given = IMAGENET if weights == IMAGENET and file is None else None
    if weights not in (None, IMAGENET) and not file.is_file():
        raise TrainingError(f"There is no weights file {weights} for {model}: put it into FER_HOME/weights.")
    try:
        backbone = BACKBONES[model](include_top=False, weights=given, input_shape=shape)
        if file is not None:
            backbone.load_weights(file)
    except Exception as error:  # a failed download raises no narrower class, a wrong file several
        if weights is None:
            raise
        raise weights_unavailable(weights if file is None else str(file), model, error) from error
    names = [layer.name for layer in backbone.layers]
    if _AFTER_SCALING not in names:
        return backbone
    return Model(backbone.get_layer(_AFTER_SCALING).input, backbone.output)


def _freeze(
    backbone: Model, mode: str, last_layers: int | None, frozen_blocks: int, freeze_batch_norm: bool
) -> None:
    count = len(backbone.layers)
    first_trained = count if mode == "features" else 0 if last_layers is None else count - last_layers
    for index, layer in enumerate(backbone.layers):
        frozen_block = frozen_blocks > 0 and block_of(layer.name) <= frozen_blocks
        frozen_norm = freeze_batch_norm and isinstance(layer, layers.BatchNormalization)
        if index < first_trained or frozen_block or frozen_norm:
            layer.trainable = False
