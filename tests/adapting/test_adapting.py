"""Networks of elsewhere: what they want is found, built around them in the graph, and proved."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fer_core import paths
from fer_core.adapting.adaptation import RANGES, changed, read_settings
from fer_core.adapting.building import adapted
from fer_core.adapting.guessing import guess
from fer_core.adapting.hub_files import read_hub_files
from fer_core.adapting.keras_files import refuse_code
from fer_core.adapting.network import onnx_network
from fer_core.adapting.onnx_checks import checked_model
from fer_core.adapting.proving import prove
from fer_core.data.schematic import draw_faces, schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.emotions import EMOTIONS, ORDERS, emotion_named
from fer_core.errors import AdaptationError, ModelError
from fer_core.faces.intake import Intake, fitted
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.registry import get_variant
from tests.fixtures_variants import make_model, use_empty_folders

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


def found(model, given=None, told=None):
    network = onnx_network(model, "net.onnx", dict(told or {}))
    return network, guess(network, FACES.faces, FACES.labels, given)


def built(network, adaptation, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(adapted(network.core, network.signature, adaptation, "a.net"), path)
    return OnnxClassifier(path)


@pytest.mark.parametrize(
    "manners",
    [
        {},
        {"layout": "nhwc", "channels": 3, "low": 0.0, "kind": "probs", "size": 64},
        {"layout": "nhw", "low": 0.0, "high": 255.0, "kind": "log_probs", "names": ("faces", "probs")},
        {"labels": ORDERS["FER+"], "channels": 3, "kind": "probs"},
        {"labels": ORDERS["without disgust"], "kind": "sigmoid", "layout": "nhwc"},
        {"batch": 1, "labels": EMOTIONS},
    ],
    ids=lambda manners: "-".join(map(str, manners.values()))[:60] or "plain",
)
def test_what_a_network_wants_is_found_built_and_proved(manners, tmp_path):
    network, guessed = found(elsewhere(**manners))
    chosen = guessed.adaptation
    wanted = [emotion_named(label) for label in manners.get("labels", CSV)]
    assert [emotion_named(label) for label in chosen.labels] == wanted
    assert (chosen.size, chosen.layout) == (manners.get("size", 48), manners.get("layout", "nchw"))
    assert chosen.kind == manners.get("kind", "logits")
    classifier = built(network, chosen, tmp_path)
    assert classifier.intake == Intake(chosen.size, manners.get("channels") == 3)
    assert prove(network, chosen, classifier, FACES.faces[:50]).same == 1
    right = (classifier.predict_proba(FACES.faces).argmax(axis=1) == FACES.labels).mean()
    assert right > 0.6 and abs(right - guessed.right) < 0.1
    assert f"Right on {100 * guessed.right:.0f} of 100" in guessed.sentence and "; with " in guessed.sentence


def test_labels_that_files_name_wrongly_are_set_right_and_said():
    """A network whose maker names its classes in another order than it learnt."""
    told = read_hub_files({"config.json": json.dumps({"id2label": dict(enumerate(EMOTIONS))}).encode()})
    _, guessed = found(elsewhere(), told=told)
    assert guessed.adaptation.labels == CSV
    assert "; with labels as its files name them " in guessed.sentence


def test_a_hub_s_files_say_names_size_and_range():
    files = {
        "config.json": {"id2label": {"1": "Happiness", "0": "Anger"}, "image_size": 96},
        "preprocessor_config.json": {
            "size": {"height": 64, "width": 64}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
            "rescale_factor": 0.00392156862745098,
        },
    }  # fmt: skip
    told = read_hub_files({name: json.dumps(content).encode() for name, content in files.items()})
    assert told["labels"] == ("Anger", "Happiness") and told["size"] == 64
    assert np.allclose(told["range"].factors(3), RANGES["-1..1"].factors(3), atol=1e-6)
    with pytest.raises(AdaptationError, match=r"config\.json can't be read as JSON"):
        read_hub_files({"config.json": b"{"})


def test_classes_are_merged_and_left_out_and_the_rest_sums_to_one(tmp_path):
    labels = ("anger", "disgust", "fear", "joy", "sad", "surprised", "calm", "neutral")
    settings = read_settings(
        "input: {colour: grey, range: '-1..1'}\n"
        "output: {labels: [anger, disgust, fear, joy, sad, surprised, calm, neutral],\n"
        "  ignore: [disgust], merge: {calm: neutral}}"
    )
    network, guessed = found(elsewhere(labels, kind="probs"), settings)
    probs = built(network, guessed.adaptation, tmp_path).predict_proba(FACES.faces[:20])
    assert (probs[:, EMOTIONS.index("disgust")] == 0).all()
    assert np.allclose(probs.sum(axis=1), 1, atol=1e-5)
    again = read_settings(guessed.adaptation.as_yaml())
    assert changed(guessed.adaptation, again) == guessed.adaptation


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("input: {sise: 64}", "no setting `input.sise`; did you mean size"),
        ("input: {size: 64}", "takes faces of 48 pixels, not 64"),
        ("input: {colour: rgb}", r"has 1 channel\(s\), so it is shown grey faces, not rgb"),
        ("input: {range: '0..2'}", "there is no range '0..2'; did you mean"),
        ("input: {range: {std: 0}}", "neither `scale` nor `std` may be 0"),
        ("output: {labels: [a, b]}", "2 are named, but the network answers 7 classes"),
        (
            "output: {labels: [angry, disgust, fear, happy, sad, surprise, calm], ignore: []}",
            "`calm` is none of",
        ),
        ("output: {kind: odds}", "should be probs or logits"),
        ("outputs: {}", "no setting `outputs`; did you mean output"),
        ("[1]", "should be a mapping"),
    ],
)
def test_settings_that_don_t_fit_are_named(text, reason):
    with pytest.raises(AdaptationError, match=reason):
        found(elsewhere(), read_settings(text))


def test_all_that_can_t_be_adapted_is_named_at_once():
    model = elsewhere()
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 4
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1000
    with pytest.raises(
        AdaptationError,
        match=r"shape \(\?, 4, 48, 48\), which is no batch .*; of its outputs \(`out` \(\?, 1000\)\)",
    ):
        onnx_network(model, "net.onnx", {})


def test_a_graph_that_answers_otherwise_than_its_network_is_refused(tmp_path):
    network, guessed = found(elsewhere())
    other = built(network, changed(guessed.adaptation, {"range": RANGES["0..1"]}), tmp_path)
    with pytest.raises(AdaptationError, match="does not answer as before: of 40 faces"):
        prove(network, guessed.adaptation, other, FACES.faces[:40])


def test_a_file_of_a_newer_form_is_read_and_an_operator_set_out_of_range_is_named():
    model = make_model(0)
    model.ir_version = 14
    assert checked_model(model.SerializeToString(), "a.onnx").ir_version == 13
    for version in (6, 99):
        model.opset_import[0].version = version
        with pytest.raises(ModelError, match=f"uses operator set {version}; 7 to 26 can be loaded"):
            checked_model(model.SerializeToString(), "a.onnx")


@pytest.fixture
def home(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(70, 140))
    return tmp_path / "home"


def run(*arguments):
    command = [sys.executable, "-m", "fer_core", "register", *map(str, arguments)]
    return subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)


def test_the_command_line_looks_and_registers_with_a_file_of_settings(home, tmp_path):
    onnx.save(elsewhere(size=64), tmp_path / "net.onnx")
    looked = run(tmp_path / "net.onnx", "--look")
    assert looked.stdout.startswith("# Right on "), looked.stderr
    assert looked.stdout.count(" says ") == 7
    (tmp_path / "net.yaml").write_text(looked.stdout)
    done = run(tmp_path / "net.onnx", "--id", "peer.net", "--adapt", tmp_path / "net.yaml")
    assert done.stdout.endswith("peer.net is registered\n"), done.stderr
    card = get_variant("peer.net").card
    assert card.faceoff["adapted"]["output"]["labels"] == list(CSV)
    assert card.faceoff["adapted"]["proof"]["faces"] == 140
    assert "## How it was adapted" in card.body and "pixels in -1..1" in card.body


def test_a_keras_file_that_holds_code_is_refused_without_being_loaded(tmp_path):
    h5py = pytest.importorskip("h5py")
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}}
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(AdaptationError, match="has a layer `Lambda`, which is code of its maker"):
        refuse_code(tmp_path / "net.h5", "net.h5")


MAKE_FILES = """
import json, shutil, sys, h5py, numpy as np, keras, tensorflow as tf
from safetensors.numpy import save_file
keras.utils.set_random_seed(0)
net = keras.Sequential([keras.Input((48, 48, 1)), keras.layers.Conv2D(8, 3, strides=4, activation='relu'),
    keras.layers.Flatten(), keras.layers.Dense(7, activation='softmax')])
from tests.adapting.test_adapting import LEARNT
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(LEARNT.faces[..., None] / 255., LEARNT.labels, epochs=12, verbose=0)
net.save(sys.argv[1] + '/net.h5')
for old, bare in (('keras2.h5', False), ('keras1.h5', True)):  # as Keras 2.2 and 2.0 wrote the same network
    shutil.copy(sys.argv[1] + '/net.h5', sys.argv[1] + '/' + old)
    with h5py.File(sys.argv[1] + '/' + old, 'r+') as file:
        config = json.loads(file.attrs['model_config'])
        layers = config['config']['layers'][1:]
        layers[0]['config']['batch_input_shape'] = [None, 48, 48, 1]
        config['config'] = layers if bare else {'name': 'net', 'layers': layers}
        file.attrs['model_config'] = json.dumps(config)
net.save(sys.argv[1] + '/net.keras')
open(sys.argv[1] + '/net.tflite', 'wb').write(tf.lite.TFLiteConverter.from_keras_model(net).convert())
"""
KERAS_FILES = ("net.h5", "keras2.h5", "keras1.h5", "net.keras", "net.tflite")
READ_FILES = """
import sys
from pathlib import Path
from fer_core.adapting.reading import read_network
from tests.adapting.test_adapting import FACES, KERAS_FILES, built, guess, prove
for name in KERAS_FILES:
    path = Path(sys.argv[1]) / name
    network = read_network(path, name)
    found = guess(network, FACES.faces, FACES.labels)
    proof = prove(network, found.adaptation, built(network, found.adaptation, path.parent), FACES.faces[:50])
    print(name, found.adaptation.range_name, found.adaptation.kind, proof.same, network.made_with)
"""


@pytest.mark.training
def test_keras_and_tflite_files_are_read_where_they_are_registered(tmp_path):
    for code in (MAKE_FILES, READ_FILES):
        command = [sys.executable, "-c", code, str(tmp_path)]
        done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(KERAS_FILES)]
    assert [line.split()[:4] for line in lines] == [[name, "0..1", "probs", "1.0"] for name in KERAS_FILES]
    assert "converted from TFLite by tf2onnx" in lines[-1]


@pytest.mark.training
def test_weights_alone_are_read_into_a_network_that_is_known(tmp_path):
    code = """
import sys, torch
from pathlib import Path
from safetensors.torch import save_file
from fer_core.adapting.reading import read_network
from fer_core.architectures.torch_nets import torch_nets
net = torch_nets.build({'name': 'resnet_small'}, channels=1, size=48).eval()
path = Path(sys.argv[1]) / 'net.safetensors'
save_file(net.state_dict(), path)
network = read_network(path, path.name, architecture='resnet_small')
print(network.signature.layout, network.signature.channels, network.made_with)
read_network(path, path.name, architecture='customnet')
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=paths.REPOSITORY, capture_output=True, text=True
    )
    assert "nchw 1 exported from PyTorch" in done.stdout, done.stderr
    assert "net.safetensors does not hold the weights of customnet" in done.stderr
