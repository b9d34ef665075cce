"""Optimizers and losses of Keras as a recipe names them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras
import numpy as np

from fer_core.architectures.keras_nets import HEAD, LOGITS
from fer_core.recipes.recipe import Recipe


class Discriminative(keras.Optimizer):
    """Added in front of an optimizer: multiplies the learning rate of the slowed variables by ``factor``."""

    def slow(self, slowed: list[bool]) -> None:
        """Say which of the trainable variables, in their order, are slowed."""
        self._slowed = slowed
        self.factor = keras.Variable(1.0, trainable=False, name="backbone_factor")

    def update_step(self, gradient, variable, learning_rate) -> None:
        slowed = self._slowed[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * self.factor if slowed else learning_rate)


def in_head(variable: keras.Variable) -> bool:
    """Whether a variable belongs to what stands on the backbone."""
    return variable.path.split("/")[0] in (HEAD, LOGITS)


def optimizer_of(recipe: Recipe) -> keras.Optimizer:
    """The optimizer of a recipe; a :class:`Discriminative` one where the backbone learns at a rate of its own."""
    settings = recipe.optimizer
    common = {"learning_rate": settings.learning_rate, "weight_decay": settings.weight_decay or None}
    if settings.ema_decay:
        common |= {"use_ema": True, "ema_momentum": settings.ema_decay}
    kind = {"sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}
    optimizer = kind[settings.name]
    if settings.name in ("sgd", "rmsprop"):
        common["momentum"] = settings.momentum
    if settings.name == "sgd":
        common["nesterov"] = settings.nesterov
    if settings.backbone_factor != 1 or recipe.schedule.head_epochs:
        optimizer = type(f"Discriminative{optimizer.__name__}", (Discriminative, optimizer), {})
    return optimizer(**common)


def loss_of(recipe: Recipe) -> keras.losses.Loss:
    """The loss of a recipe over logits and one-hot labels; focal as in Lin et al. (2017), unweighted by class."""
    loss = recipe.loss
    if loss.name == "focal":
        return keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=loss.gamma, from_logits=True, label_smoothing=loss.label_smoothing
        )
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=loss.label_smoothing)


@contextlib.contextmanager
def averaged(optimizer: keras.Optimizer, model: keras.Model) -> Iterator[None]:
    """Inside, ``model`` has the moving average of its weights, where the recipe keeps one."""
    if not optimizer.use_ema:
        yield
        return
    own = [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, own, strict=True):
            variable.assign(value)
