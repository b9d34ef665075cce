"""Which number format a network learns in: the one that is faster on this processor, unless a person says otherwise."""

import json
import os
import subprocess
import sys

import pytest

from fer_core import paths
from fer_core.errors import TrainingError
from fer_core.training import precision

pytestmark = pytest.mark.training

#: Prints by recipe which format its trainer chooses on a processor whose flags say that it has bfloat16.
CHOOSE = """
import json, sys
from fer_core.recipes.library import get_recipe_path
from fer_core.recipes.recipe import read_recipe
from fer_core.training import precision
precision.BFLOAT16_FLAGS = precision.processor_flags()
from fer_core.training.torch_trainer import TorchTrainer
print(json.dumps({name: TorchTrainer(read_recipe(get_recipe_path(name))).precision for name in sys.argv[1:]}))
"""
DEPTHWISE = ("ece176.mobilenet_10", "faceoff.mobilenetv3", "faceoff.lite0_scratch")
OTHERS = ("ece176.resnext", "ece176.customnet_10", "faceoff.tiny")


def chosen(**environment: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if name != precision.PRECISION_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", CHOOSE, *DEPTHWISE, *OTHERS], cwd=paths.REPOSITORY, capture_output=True, text=True,
        env=known | {"CUDA_VISIBLE_DEVICES": ""} | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_networks_with_depthwise_layers_learn_in_float32_on_a_processor_that_has_bfloat16():
    assert chosen() == dict.fromkeys(DEPTHWISE, "float32") | dict.fromkeys(OTHERS, "bfloat16")


def test_what_a_person_says_goes_before_it():
    found = chosen(**{precision.PRECISION_VARIABLE: "bfloat16"})
    assert set(found.values()) == {"bfloat16"}


@pytest.fixture
def processor_with_bfloat16(monkeypatch):
    monkeypatch.delenv(precision.PRECISION_VARIABLE, raising=False)
    monkeypatch.setattr(precision, "BFLOAT16_FLAGS", precision.processor_flags())


def test_a_gpu_learns_depthwise_layers_in_bfloat16_too(processor_with_bfloat16):
    assert precision.training_precision(gpu=True, depthwise=True) == "bfloat16"


def test_without_bfloat16_in_hardware_everything_is_float32(monkeypatch):
    monkeypatch.delenv(precision.PRECISION_VARIABLE, raising=False)
    monkeypatch.setattr(precision, "BFLOAT16_FLAGS", {"a flag that no processor has"})
    assert precision.training_precision() == "float32"


def test_a_format_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv(precision.PRECISION_VARIABLE, "float16")
    with pytest.raises(TrainingError, match="'float16'; it must be bfloat16 or float32"):
        precision.training_precision()
