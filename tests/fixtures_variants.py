"""Complete synthetic variants for tests: a real small network, its real answers, and its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper

from fer_core import paths
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import Predictions, write_predictions
from fer_core.variants.card import write_card

FACES_PER_SPLIT = 140


def make_variant(
    folder: Path,
    variant_id: str,
    *,
    seed: int = 0,
    skill: float = 2.0,
    framework: str = "torch",
    architecture: str = "linear",
    status: str = "trained",
    faces_per_split: int = FACES_PER_SPLIT,
    with_model: bool = True,
    recipe: dict[str, Any] | None = None,
    **facts: Any,
) -> Path:
    """Write ``folder/<variant_id>`` with every file of a variant and return that path.

    ``folder`` is the parent (a ``model_cards`` folder). The network is linear over 8 x 8 block means with
    weights from ``seed``; the predictions are drawn so that a higher ``skill`` is right more often (0 is
    chance). ``facts`` replace or add keys of the ``faceoff:`` block.
    """
    home = folder / variant_id
    home.mkdir(parents=True)
    recipe = make_recipe(variant_id, framework, architecture, seed) | (recipe or {})
    (home / paths.RECIPE).write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    card_facts = make_facts(variant_id, framework, architecture, seed, status)
    if status == "trained":
        predictions = make_predictions(faces_per_split, seed, skill)
        write_predictions(home / paths.PREDICTIONS, predictions)
        card_facts["metrics"] = card_metrics(predictions)
        (home / paths.HISTORY).write_text(make_history(epochs=5), encoding="utf-8")
        if with_model:
            onnx.save(make_model(seed), home / paths.MODEL)
    write_card(home, card_facts | facts)
    return home


def use_empty_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """Let the registry see only two new, empty folders: the shipped one and the local one, returned so."""
    shipped, home = tmp_path / "shipped_cards", tmp_path / "home"
    shipped.mkdir()
    monkeypatch.setattr(paths, "SHIPPED_CARDS", shipped)
    monkeypatch.setenv("FER_HOME", str(home))
    paths.local_cards().mkdir(parents=True)
    return shipped, paths.local_cards()


def make_model(seed: int = 0) -> onnx.ModelProto:
    """A network that honours the contract: pixels / 255, 8 x 8 block means, one linear layer, softmax."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (36, len(EMOTIONS))).astype(np.float16)
    constants = {
        "scale": np.array(1 / 255, np.float32),
        "one_channel": np.array([-1, 1, 48, 48], np.int64),
        "flat": np.array([-1, 36], np.int64),
        "weights16": weights,
    }
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["pixels", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "one_channel"], ["picture"]),
        helper.make_node("AveragePool", ["picture"], ["means"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Reshape", ["means", "flat"], ["features"]),
        helper.make_node("Cast", ["weights16"], ["weights"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=1),
    ]
    return make_graph(nodes, constants)


def make_graph(
    nodes: list[onnx.NodeProto],
    constants: dict[str, np.ndarray],
    *,
    input_name: str = "faces",
    input_type: int = TensorProto.UINT8,
    input_shape: tuple = ("N", 48, 48),
    output_name: str = "probs",
    output_type: int = TensorProto.FLOAT,
    output_shape: tuple = ("N", 7),
) -> onnx.ModelProto:
    """A checked ONNX model with one input and one output; the keywords break the contract on purpose."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(input_name, input_type, input_shape)],
        [helper.make_tensor_value_info(output_name, output_type, output_shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def make_predictions(
    faces_per_split: int = FACES_PER_SPLIT, seed: int = 0, skill: float = 2.0
) -> Predictions:
    """Labels in turn over the seven emotions, every tenth face leaked; ``skill`` 0 answers by chance."""
    rng = np.random.default_rng(seed)
    label = np.tile(np.arange(faces_per_split) % len(EMOTIONS), 2).astype(np.int64)
    logits = rng.normal(0, 1, (len(label), len(EMOTIONS)))
    logits[np.arange(len(label)), label] += skill
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    split = np.repeat([SplitName.PUBLIC_TEST, SplitName.PRIVATE_TEST], faces_per_split)
    image = np.array([f"{name}_{index}" for index, name in enumerate(split)])
    return Predictions(split, image, label, np.arange(len(label)) % 10 == 0, probs.astype(np.float32))


def make_history(epochs: int) -> str:
    """``history.csv`` of a training that learns and then overfits a little."""
    lines = ["epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds"]
    for epoch in range(1, epochs + 1):
        train = 1.9 / epoch**0.5
        lines.append(
            f"{epoch},{train:.4f},{1 - train / 2:.4f},{train + 0.1:.4f},{0.9 - train / 2:.4f},0.001,12.5"
        )
    return "\n".join(lines) + "\n"


def make_recipe(variant_id: str, framework: str, architecture: str, seed: int) -> dict[str, Any]:
    """A recipe with every key that a complete one has."""
    return {
        "id": variant_id,
        "framework": framework,
        "architecture": {"name": architecture},
        "data": {"preparation": "raw", "augmentation": None, "input": {"size": 48}},
        "loss": {"name": "cross_entropy"},
        "optimizer": {"name": "adam", "learning_rate": 0.001},
        "schedule": None,
        "batch_size": 64,
        "epochs": 5,
        "early_stopping": None,
        "checkpoint_on": "val_accuracy",
        "seed": seed,
        "repeats": 1,
        "reported": [],
    }


def make_facts(variant_id: str, framework: str, architecture: str, seed: int, status: str) -> dict[str, Any]:
    """The ``faceoff:`` block without its metrics."""
    facts = {
        "id": variant_id,
        "family": variant_id.partition(".")[0],
        "framework": framework,
        "architecture": architecture,
        "parameters": 252,
        "status": status,
        "recipe_sha256": "0" * 64,
        "data_sha256": "1" * 64,
        "protocol": "fer2013-official",
        "epochs_planned": 5,
    }
    if status == "trained":
        facts |= {
            "epochs_run": 5,
            "seed": seed,
            "device": "cpu",
            "duration_s": 62.5,
            "trained_at": "2025-01-31T12:00:00Z",
            "git_commit": "abcdef0",
        }
    reported = [{"metric": "accuracy", "value": 0.6, "protocol": "test n = 7,178", "note": None}]
    return facts | {"deviations": ["A synthetic variant, made for tests."], "reported": reported}


def coloured_model(side=64, colour=True):
    """A convolution, the mean of each of its maps, softmax; it takes faces of ``side``."""
    rng = np.random.default_rng(0)
    channels = 3 if colour else 1
    constants = {
        "kernel": rng.normal(0, 1, (7, channels, 3, 3)).astype(np.float32),
        "scale": np.array(1 / 255, np.float32),
        "shape": np.array([-1, 1, side, side], np.int64),
        "flat": np.array([0, -1], np.int64),
    }
    arranged = (
        helper.make_node("Transpose", ["scaled"], ["picture"], perm=[0, 3, 1, 2])
        if colour
        else helper.make_node("Reshape", ["scaled", "shape"], ["picture"])
    )
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["pixels", "scale"], ["scaled"]),
        arranged,
        helper.make_node("Conv", ["picture", "kernel"], ["maps"], strides=[2, 2]),
        helper.make_node("Relu", ["maps"], ["active"]),
        helper.make_node("GlobalAveragePool", ["active"], ["means"]),
        helper.make_node("Reshape", ["means", "flat"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=1),
    ]
    used = {name for node in nodes for name in node.input}
    shape = ("N", side, side, 3) if colour else ("N", side, side)
    return make_graph(nodes, {k: v for k, v in constants.items() if k in used}, input_shape=shape)


class KnowsTheFace:
    """Right about every face it has seen before, and undecided about all others."""

    def __init__(self, split):
        self.known = {face.tobytes(): label for face, label in zip(split.faces, split.labels, strict=True)}

    def predict_proba(self, faces):
        probs = np.full((len(faces), 7), 1 / 7, np.float32)
        for row, face in enumerate(faces):
            label = self.known.get(face.tobytes())
            if label is not None:
                probs[row] = np.eye(7)[label]
        return probs
