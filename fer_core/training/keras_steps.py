"""Steps of a Keras model: by ``train_on_batch``, or with JAX by a compiled step that waits for nothing.

Keras' own ``train_on_batch`` takes the model's state out of its variables before each step of JAX, puts it back
after it and waits for the figures: for the reports' small networks on a GPU that costs several times the step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

PREDICT_BATCH = 256


class Steps:
    """Steps of a compiled model with the metric ``categorical_accuracy``; any backend of Keras."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self._sums = np.zeros(3)  # of loss, right answers and faces in this epoch

    def begin_epoch(self) -> None:
        """Forget the running means."""
        self._sums[:] = 0

    def take(
        self, faces: np.ndarray, target: np.ndarray, weights: np.ndarray | None, learning_rate: float
    ) -> None:
        """One step over ``faces`` (N, ...) with one-hot ``target`` float32 (N, K) and ``weights`` float32 (N,)."""
        self.model.optimizer.learning_rate.assign(learning_rate)
        self.model.reset_metrics()  # so that what comes back is this batch's, in every Keras
        logs = self.model.train_on_batch(faces, target, sample_weight=weights, return_dict=True)
        self._sums += np.array([logs["loss"], logs["categorical_accuracy"], 1]) * len(target)

    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy since the epoch began."""
        return self._sums[0] / self._sums[2], self._sums[1] / self._sums[2]

    def end(self) -> None:
        """Afterwards the model's variables hold what the steps made of them."""


class JaxSteps(Steps):
    """The same with the state kept on the device between steps."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(model)
        import jax

        self._step = jax.jit(model.train_step, donate_argnums=0)
        self._state: tuple[list, ...] | None = None
        self._logs: dict = {}
        none = np.zeros((1, model.output_shape[-1]), np.float32)
        model.compute_metrics(None, none, none)  # makes the metrics' variables
        model.reset_metrics()

    def begin_epoch(self) -> None:
        self.end()
        self.model.reset_metrics()

    def take(
        self, faces: np.ndarray, target: np.ndarray, weights: np.ndarray | None, learning_rate: float
    ) -> None:
        if self._state is None:
            self._state = tuple([variable.value for variable in group] for group in self._groups())
        self._state[2][self._rate_at] = np.float32(learning_rate)
        self._logs, self._state = self._step(self._state, (faces, target, weights))

    def means(self) -> tuple[float, float]:
        return float(self._logs["loss"]), float(self._logs["categorical_accuracy"])

    def end(self) -> None:
        if self._state is None:
            return
        for group, values in zip(self._groups(), self._state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        self._state = None

    @property
    def _rate_at(self) -> int:
        """Where the learning rate stands among the optimizer's variables."""
        optimizer = self.model.optimizer
        return next(i for i, each in enumerate(optimizer.variables) if each is optimizer.learning_rate)

    def _groups(self) -> tuple[list[Any], ...]:
        model = self.model
        return (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )


class JaxAnswers:
    """What a model answers, compiled whatever its layers say of themselves: those that change pictures do nothing."""

    def __init__(self, model: keras.Model) -> None:
        import jax

        self.model = model
        self._call = jax.jit(lambda own, fixed, x: model.stateless_call(own, fixed, x, training=False)[0])

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """``faces`` (N, ...) -> what the model makes of them, N >= 1; each batch is filled up to PREDICT_BATCH."""
        own = [variable.value for variable in self.model.trainable_variables]
        fixed = [variable.value for variable in self.model.non_trainable_variables]
        filled = np.resize(faces, (-len(faces) // PREDICT_BATCH * -PREDICT_BATCH, *faces.shape[1:]))
        parts = [
            self._call(own, fixed, filled[start : start + PREDICT_BATCH])
            for start in range(0, len(filled), PREDICT_BATCH)
        ]
        return np.concatenate([np.asarray(part) for part in parts])[: len(faces)]


def answers_of(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """What runs a model on many faces, the quickest that the backend has."""
    if keras.backend.backend() == "jax":
        return JaxAnswers(model)
    return lambda faces: model.predict(faces, batch_size=PREDICT_BATCH, verbose=0)


def steps_of(model: keras.Model) -> Steps:
    """The quickest steps that the backend has."""
    return JaxSteps(model) if keras.backend.backend() == "jax" else Steps(model)


def accelerator() -> str:
    """The GPU on which JAX would compute; nothing for TensorFlow, which is installed here for processors."""
    if keras.backend.backend() != "jax":
        return ""
    import jax

    device = jax.devices()[0]
    return "" if device.platform == "cpu" else device.device_kind
