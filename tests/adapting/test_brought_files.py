"""Files of elsewhere, of every library: read, named where they can't be, and registered from the command line."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest

from fer_core import paths
from fer_core.adapting.adaptation import RANGES
from fer_core.adapting.hub_files import read_hub_files
from fer_core.adapting.keras_files import refuse_code
from fer_core.adapting.onnx_checks import checked_model
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.errors import AdaptationError, ModelError
from fer_core.variants.registry import get_variant
from tests.adapting.elsewhere import CSV, elsewhere
from tests.fixtures_variants import make_model, use_empty_folders


def test_a_hub_s_files_say_names_size_and_range():
    files = {
        "config.json": {"id2label": {"1": "Happiness", "0": "Anger"}, "image_size": 96},
        "preprocessor_config.json": {
            "size": {"height": 64, "width": 64}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
            "rescale_factor": 0.00392156862745098,
        },
    }  # fmt: skip
    hints = read_hub_files({name: json.dumps(content).encode() for name, content in files.items()})
    assert hints["labels"] == ("Anger", "Happiness") and hints["size"] == 64
    assert np.allclose(hints["range"].factors(3), RANGES["-1..1"].factors(3), atol=1e-6)
    with pytest.raises(AdaptationError, match=r"config\.json can't be read as JSON"):
        read_hub_files({"config.json": b"{"})


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
from tests.adapting.elsewhere import LEARNT
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
from fer_core.adapting.guessing import guess
from fer_core.adapting.proving import prove
from fer_core.adapting.reading import read_network
from tests.adapting.elsewhere import FACES, built
from tests.adapting.test_brought_files import KERAS_FILES
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
