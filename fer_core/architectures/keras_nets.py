"""The Keras networks; each takes float (N, size, size, channels) and answers logits (N, 7)."""

from __future__ import annotations

from keras import Input, Model, layers

from fer_core.architectures import Builders
from fer_core.emotions import EMOTIONS

keras_nets = Builders("keras")
CLASSES = len(EMOTIONS)


@keras_nets
def pisa_cnn(
    *,
    channels: int,
    size: int,
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
    return Model(faces, _logits(x))


@keras_nets
def moodmirror_basic(
    *,
    channels: int,
    size: int,
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
    return Model(faces, _logits(x))


@keras_nets
def cos429_cnn(
    *,
    channels: int,
    size: int,
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
    return Model(faces, _logits(layers.Flatten()(x)))


def _logits(x):
    """The last dense layer, in float32 whatever the precision of the rest."""
    return layers.Dense(CLASSES, dtype="float32", name="logits")(x)
