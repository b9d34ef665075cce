"""Networks to explain: those that ship, and one small enough to work its maps out by hand."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from fer_core import paths
from fer_core.emotions import EMOTIONS
from fer_core.variants.registry import list_variants
from tests.fixtures_variants import make_graph

SHIPPED = {
    variant.id: variant.model_path
    for variant in list_variants()
    if variant.can_predict and variant.folder.parent == paths.SHIPPED_CARDS
}
#: Those in int8, and what each was made of.
QUANTISED = {
    variant.id: variant.card.faceoff["quantised"]["from"]
    for variant in list_variants()
    if variant.id in SHIPPED and "quantised" in variant.card.faceoff
}

KERAS, TORCH = "pisa.cnn5_class_weight", "ece176.customnet_10"
HAPPY, SURPRISE = EMOTIONS.index("happy"), EMOTIONS.index("surprise")


def save(model, folder):
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


def two_channels(turn: bool = False):
    """One layer of two channels, the face / 255 and its negative, and seven scores of its channels' means.

    With ``turn``, the same layer also sees the mirrored face, and the seven probabilities are averaged.
    """
    rng = np.random.default_rng(3)
    constants = {
        "scale": np.array(1 / 255, np.float32),
        "one": np.array([-1, 1, 48, 48], np.int64),
        "flat": np.array([-1, 2], np.int64),
        "kernel": np.array([1, -1], np.float32).reshape(2, 1, 1, 1),
        "bias": np.array([0, 1], np.float32),
        "mix": rng.normal(0, 1, (2, 7)).astype(np.float32),
        "start": np.array([-1], np.int64),
        "end": np.array([-(2**63)], np.int64),
        "axis": np.array([3], np.int64),
        "back": np.array([-1], np.int64),
        "half": np.array(0.5, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["pixels", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "one"], ["picture"]),
        helper.make_node("Slice", ["picture", "start", "end", "axis", "back"], ["turned"]),
    ]
    for name in ("picture", "turned") if turn else ("picture",):
        nodes += [
            helper.make_node("Conv", [name, "kernel", "bias"], [f"{name}.conv"]),
            helper.make_node("Relu", [f"{name}.conv"], [f"{name}.relu"]),
            helper.make_node("GlobalAveragePool", [f"{name}.relu"], [f"{name}.mean"]),
            helper.make_node("Reshape", [f"{name}.mean", "flat"], [f"{name}.flat"]),
            helper.make_node("MatMul", [f"{name}.flat", "mix"], [f"{name}.scores"]),
            helper.make_node("Softmax", [f"{name}.scores"], [f"{name}.probs"], axis=1),
        ]
    if turn:
        nodes += [
            helper.make_node("Add", ["picture.probs", "turned.probs"], ["sum"]),
            helper.make_node("Mul", ["sum", "half"], ["probs"]),
        ]
    else:
        nodes += [helper.make_node("Identity", ["picture.probs"], ["probs"])]
    return make_graph(nodes, constants), constants["mix"]
