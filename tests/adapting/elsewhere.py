"""Networks as others make them, which know drawn faces."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer_core.adapting.building import adapted
from fer_core.adapting.guessing import guess
from fer_core.adapting.network import onnx_network
from fer_core.data.schematic import draw_faces
from fer_core.emotions import EMOTIONS, ORDERS, emotion_named
from fer_core.faces.intake import Intake, fitted
from fer_core.variants.classifier import OnnxClassifier

CSV = ORDERS["fer2013.csv"]
LEARNT = draw_faces(700, 1)
FACES = draw_faces(350, 2)


def elsewhere(
    labels=CSV, *, size=48, layout="nchw", channels=1, low=-1.0, high=1.0, kind="logits", batch="N",
    names=("input", "out"),
):  # fmt: skip
    """A network that knows drawn faces, by ridge regression, in the manners of whoever made it."""
    emotions = [EMOTIONS.index(emotion_named(label)) if emotion_named(label) else -1 for label in labels]
    faces = fitted(LEARNT.faces, Intake(size)).reshape(len(LEARNT.faces), -1) / 255 * (high - low) + low
    middle = faces.mean(axis=0)
    wanted = (LEARNT.labels[:, None] == emotions) - 1 / len(labels)
    ridge = 3 * (high - low) ** 2 * np.eye(len(faces))
    means = 100 * (faces - middle).T @ np.linalg.solve((faces - middle) @ (faces - middle).T + ridge, wanted)
    offset = -middle @ means - 1000.0 * (np.array(emotions) < 0)
    picture = {"nchw": [channels, size, size], "nhwc": [size, size, channels], "nhw": [size, size]}[layout]
    nodes = [
        helper.make_node("ReduceMean", [names[0]], ["grey"], axes=[3 if layout == "nhwc" else 1], keepdims=0)
        if layout != "nhw"
        else helper.make_node("Identity", [names[0]], ["grey"]),
        helper.make_node("Reshape", ["grey", "flat"], ["row"]),
        helper.make_node("Gemm", ["row", "means", "offset"], ["scores"]),
        *_ending(kind, names[1]),
    ]
    constants = {
        "flat": np.array([1 if batch == 1 else -1, size * size]),
        "means": means.astype(np.float32),
        "offset": offset.astype(np.float32),
    }
    graph = helper.make_graph(
        nodes, "elsewhere",
        [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, [batch, *picture])],
        [helper.make_tensor_value_info(names[1], TensorProto.FLOAT, [batch, len(labels)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _ending(kind, name):
    last = {"logits": "Identity", "probs": "Softmax", "log_probs": "LogSoftmax", "sigmoid": "Sigmoid"}[kind]
    scaled = helper.make_node("Mul", ["scores", "small"], ["soft"])
    small = helper.make_node("Constant", [], ["small"], value_float=0.1)
    return [
        small,
        scaled,
        helper.make_node(last, ["soft"], [name], **({"axis": 1} if "Soft" in last else {})),
    ]


def found(model, given=None, hints=None):
    network = onnx_network(model, "net.onnx", dict(hints or {}))
    return network, guess(network, FACES.faces, FACES.labels, given)


def built(network, adaptation, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(adapted(network.core, network.signature, adaptation, "a.net"), path)
    return OnnxClassifier(path)
