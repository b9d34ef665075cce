"""The Keras networks; each takes float (N, size, size, channels) and answers logits (N, classes).

``classes`` is seven but for recipes whose preparation leaves a class out.
"""

from __future__ import annotations

from typing import Literal

from keras import Input, Model, layers

from fer_core.architectures import Builders
from fer_core.emotions import EMOTIONS

keras_nets = Builders("keras")
CLASSES = len(EMOTIONS)
#: The names of a backbone's pooled features, of the dense layer after them, and of every network's last layer.
FEATURES, HEAD, LOGITS = "features", "head", "logits"


def parameters_of(net: Model) -> int:
    """Number of weights, the moving statistics of norms counted in, as Keras counts."""
    return net.count_params()


@keras_nets
def pisa_cnn(
    *,
    channels: int,
    size: int,
    classes: int = CLASSES,
    convolutions: list[int],
    filters: list[int] = [32, 64, 128, 256, 512],
    dropout: float = 0.2,
    head: int = 256,
    head_dropout: float = 0.5,
) -> Model:  # fmt: skip
    """The pisa report's network N: ``convolutions[i]`` 3x3 convolutions of ``filters[i]`` in block i.

    A block: convolutions with batch norm between them, max pooling, batch norm, dropout. Network 5,
    ``[2, 2, 1, 1]``, has 1,029,223 parameters.
    """
    x = faces = Input((size, size, channels))
    for count, width in zip(convolutions, filters, strict=False):
        for index in range(count):
            if index:
                x = layers.BatchNormalization()(x)
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        x = layers.BatchNormalization()(x)
        x = layers.Dropout(dropout)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(head, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(head_dropout)(x)
    return Model(faces, logits_of(x, classes))


@keras_nets
def moodmirror_basic(
    *,
    channels: int,
    size: int,
    classes: int = CLASSES,
    filters: list[int] = [32, 64, 256, 512],
    dropouts: list[float] = [0.1, 0.1, 0.1, 0.2],
    head: int = 512,
) -> Model:  # fmt: skip
    """MoodMirror's basic network: 3x3 ReLU convolution, max pooling and dropout, four times; one dense layer."""
    x = faces = Input((size, size, channels))
    for width, dropout in zip(filters, dropouts, strict=True):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(dropout)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(head, activation="relu")(x)
    return Model(faces, logits_of(x, classes))


@keras_nets
def cos429_cnn(
    *,
    channels: int,
    size: int,
    classes: int = CLASSES,
    blocks: int,
    dropout: float,
    convolutions: list[int] = [2, 3, 4, 4, 4],
    filters: list[int] = [64, 128, 256, 256, 512],
) -> Model:  # fmt: skip
    """The cos429 report's network: the first ``blocks`` of 2x64, 3x128, 4x256, 4x256, 4x512.

    A block: 3x3 convolutions, each with ReLU and batch norm after it, max pooling, dropout.
    """
    x = faces = Input((size, size, channels))
    for count, width in list(zip(convolutions, filters, strict=True))[:blocks]:
        for _ in range(count):
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(dropout)(x)
    return Model(faces, logits_of(layers.Flatten()(x), classes))


@keras_nets
def moodmirror_advanced(
    *,
    channels: int,
    size: int,
    classes: int = CLASSES,
    filters: list[int] = [32, 64, 128, 256, 512],
    stem: int = 5,
    stem_padding: Literal["valid", "same"] = "valid",
    block_dropout: float = 0.0,
    dropout: float = 0.5,
    flip: bool = True,
    rotation: float = 0.1,
    zoom: float = 0.2,
) -> Model:  # fmt: skip
    """MoodMirror's advanced network, a small Xception (Chollet 2017) with its own augmentation.

    A block: [batch norm, ReLU, 3x3 separable convolution] twice, 3x3 max pooling of stride 2, dropout, and
    a 1x1 convolution of stride 2 around it all. ``rotation`` is in full turns; the changes of the picture
    are active in training only, and gone from the exported graph.
    """
    x = faces = Input((size, size, channels))
    for change in _changes(flip, rotation, zoom):
        x = change(x)
    x = layers.Conv2D(filters[0], stem, padding=stem_padding, use_bias=False)(x)
    for width in filters:
        around = layers.Conv2D(width, 1, strides=2, padding="same", use_bias=False)(x)
        for _ in range(2):
            x = layers.BatchNormalization()(x)
            x = layers.ReLU()(x)
            x = layers.SeparableConv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        if block_dropout:
            x = layers.Dropout(block_dropout)(x)
        x = layers.Add()([x, around])
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    return Model(faces, logits_of(x, classes))


def _changes(flip: bool, rotation: float, zoom: float) -> list[layers.Layer]:
    changes = [layers.RandomFlip("horizontal")] if flip else []
    changes += [layers.RandomRotation(rotation)] if rotation else []
    return changes + ([layers.RandomZoom(zoom)] if zoom else [])


def logits_of(x, classes: int):
    """The last dense layer, in float32 whatever the precision of the rest."""
    return layers.Dense(classes, dtype="float32", name=LOGITS)(x)
