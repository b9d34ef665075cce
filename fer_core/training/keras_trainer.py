"""Keras variants: train a batch, predict, save, export. The only trainer of Keras."""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from safetensors.numpy import load_file, save_file

from fer_core.architectures import keras_backbones  # noqa: F401 (adds its networks to keras_nets)
from fer_core.architectures.keras_nets import FEATURES, keras_nets, parameters_of
from fer_core.errors import ModelError
from fer_core.recipes.recipe import (
    SCALES,
    InputSpec,
    Recipe,
    without_pretrained,
)
from fer_core.training.classes import AnsweredClasses
from fer_core.training.features import has_frozen_backbone
from fer_core.training.keras_optimizers import Discriminative, averaged, in_head, loss_of, optimizer_of
from fer_core.training.keras_steps import accelerator, answers_of, steps_of
from fer_core.training.precision import training_precision
from fer_core.training.trainer import Batch

#: What ONNX Runtime and the heat maps' own reader of graphs both know.
OPSET = 18


def prepared(faces, spec: InputSpec):
    """Raw uint8 faces (N, 48, 48) as the network wants them, inside the graph."""
    multiplier, offset = SCALES[spec.scale]
    x = keras.layers.Reshape((48, 48, 1))(faces)
    if spec.size != 48:
        x = keras.layers.Resizing(spec.size, spec.size, interpolation="bilinear", dtype="float32")(x)
    if spec.channels == 3:
        x = keras.layers.Concatenate()([x, x, x])
    return keras.layers.Rescaling(multiplier, offset, dtype="float32")(x)


class KerasTrainer:
    """Implements :class:`fer_core.training.trainer.Trainer` for recipes of ``keras``."""

    def __init__(self, recipe: Recipe) -> None:
        keras.utils.set_random_seed(recipe.seed)
        spec = recipe.data.input
        self.recipe = recipe
        self.answered = AnsweredClasses(recipe.data.preparation)
        # What a frozen backbone makes of a face is computed once, so the little that learns does so in float32.
        self.frozen = has_frozen_backbone(recipe)
        self.accelerator = accelerator()
        gpu = bool(self.accelerator)
        self.precision = "float32" if self.frozen else training_precision(gpu)
        policy = "mixed_bfloat16" if self.precision == "bfloat16" else "float32"
        self.net = self._built(policy, recipe.architecture)
        faces = keras.Input((48, 48), dtype="uint8", name="faces")
        self.model = keras.Model(faces, self.net(prepared(faces, spec)))
        if self.frozen:
            self._split(faces)
        self.model.compile(
            optimizer=optimizer_of(recipe),
            loss=loss_of(recipe),
            metrics=["categorical_accuracy"],
            jit_compile=False,
        )
        # bfloat16 is for learning: answers come in float32, as the exported graph will give them.
        plain = without_pretrained(recipe).architecture
        self.answering = self.net if policy == "float32" else self._built("float32", plain)
        self.graph = self._contract(self.answering)
        self._ask = answers_of(self.graph)
        self.optimizer = self.model.optimizer
        self.optimizer.build(self.model.trainable_variables)
        if isinstance(self.optimizer, Discriminative):
            self.optimizer.slow([not in_head(variable) for variable in self.model.trainable_variables])
        self.steps = steps_of(self.model)

    def _split(self, faces: keras.KerasTensor) -> None:
        """Cut the network at its features: the body that never changes, the head that learns, its answers."""
        features = self.net.get_layer(FEATURES).output
        self.body = keras.Model(
            faces,
            keras.Model(self.net.inputs, features)(prepared(faces, self.recipe.data.input), training=False),
        )
        head = keras.Model(features, self.net.output)
        given = keras.Input(features.shape[1:])
        self.model = keras.Model(given, head(given))
        self.head_graph = keras.Model(
            given, self._placed(keras.layers.Softmax()(head(given, training=False)))
        )
        self._ask_body, self._ask_head = answers_of(self.body), answers_of(self.head_graph)

    @property
    def parameters(self) -> int:
        """See :func:`parameters_of`."""
        return parameters_of(self.net)

    def start_epoch(self, seed: int, epoch: int) -> None:
        """Seed every dropout layer's own generator from ``seed`` and forget the running means."""
        if isinstance(self.optimizer, Discriminative):
            waiting = epoch <= self.recipe.schedule.head_epochs
            self.optimizer.factor.assign(0.0 if waiting else self.recipe.optimizer.backbone_factor)
        for index, variable in enumerate(self._seeds()):
            variable.assign(np.array([seed, index], dtype=np.uint32))
        self.steps.begin_epoch()

    def train_batch(self, batch: Batch, learning_rate: float) -> None:
        faces = batch.faces
        if self.frozen and faces.dtype == np.uint8:
            faces = self.features(faces)
        target = np.eye(self.answered.count, dtype=np.float32)[self.answered.positions(batch.labels)]
        weights = None if batch.weights is None else batch.weights.astype(np.float32)
        self.steps.take(faces, target, weights, learning_rate)

    def means(self) -> tuple[float, float]:
        return self.steps.means()

    def features(self, faces: np.ndarray) -> np.ndarray | None:
        if not self.frozen:
            return None
        return self._ask_body(faces).astype(np.float32)

    def predict(self, faces: np.ndarray) -> np.ndarray:
        self.steps.end()
        if faces.dtype != np.uint8:
            with averaged(self.optimizer, self.model):
                return self._ask_head(faces).astype(np.float32)
        with averaged(self.optimizer, self.model):
            if self.answering is not self.net:
                self.answering.set_weights(self.net.get_weights())
            return self._ask(faces).astype(np.float32)

    def save_state(self, folder: Path) -> None:
        self.steps.end()
        arrays = {f"model/{index}": _array(v) for index, v in enumerate(self.net.variables)}
        arrays |= {f"optimizer/{index}": _array(v) for index, v in enumerate(self.optimizer.variables)}
        save_file(arrays, folder / "state.safetensors")

    def restore_state(self, folder: Path) -> None:
        self.steps.end()
        arrays = load_file(folder / "state.safetensors")
        for group, variables in (("model", self.net.variables), ("optimizer", self.optimizer.variables)):
            for index, variable in enumerate(variables):
                variable.assign(arrays[f"{group}/{index}"].reshape(variable.shape))

    def save_weights(self, path: Path, *, half: bool = False) -> None:
        self.steps.end()
        with averaged(self.optimizer, self.model):
            save_file({v.path: _stored(_array(v), half) for v in self.net.weights}, path)

    def load_weights(self, path: Path) -> None:
        self.steps.end()
        arrays = load_file(path)
        if set(arrays) != {variable.path for variable in self.net.weights}:
            raise ModelError(f"{path.name} does not hold the weights of {self.recipe.architecture['name']}.")
        for variable in self.net.weights:
            variable.assign(arrays[variable.path].astype("float32"))

    def export_onnx(self, path: Path) -> None:
        """Write the contract graph, rebuilt in float32 and with training-only parts gone."""
        net = self._built("float32", without_pretrained(self.recipe).architecture)
        with averaged(self.optimizer, self.model):
            net.set_weights(self.net.get_weights())
        graph = self._contract(net)
        graph(np.zeros((1, 48, 48), np.uint8))
        with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converter's own deprecations
            graph.export(path, format="onnx", opset_version=OPSET, verbose=False)

    def _built(self, policy: str, architecture: dict) -> keras.Model:
        """A fresh network under a dtype policy; names count from one, so that weights keep their paths."""
        keras.backend.clear_session(free_memory=False)
        spec = self.recipe.data.input
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            return keras_nets.build(
                architecture, channels=spec.channels, size=spec.size, **self.answered.setting
            )
        finally:
            keras.config.set_dtype_policy(before)

    def _contract(self, net: keras.Model) -> keras.Model:
        """The answering graph; ``training=False`` is said because a layer of augmentation assumes True."""
        spec = self.recipe.data.input
        faces = keras.Input((48, 48), dtype="uint8", name="faces")
        x = prepared(faces, spec)
        probs = keras.layers.Softmax(dtype="float32")(net(x, training=False))
        if spec.flip_average:
            mirrored = keras.layers.Softmax(dtype="float32")(net(keras.ops.flip(x, axis=2), training=False))
            probs = keras.layers.Average(dtype="float32")([probs, mirrored])
        return keras.Model(faces, self._placed(probs))

    def _placed(self, probs: keras.KerasTensor) -> keras.KerasTensor:
        """Probabilities of the classes that were learnt, in their places among all seven."""
        return probs if self.answered.all else keras.ops.matmul(probs, self.answered.placement)

    def _seeds(self) -> list[keras.Variable]:
        weights = {id(variable) for variable in self.net.weights}
        return [variable for variable in self.net.variables if id(variable) not in weights]


def _array(variable: keras.Variable) -> np.ndarray:
    return np.ascontiguousarray(keras.ops.convert_to_numpy(variable))


def _stored(array: np.ndarray, half: bool) -> np.ndarray:
    if half and array.dtype == np.float32 and np.abs(array).max(initial=0) < 65504:
        return array.astype(np.float16)
    return array
