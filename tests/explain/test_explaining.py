"""Heat maps made by a process of its own: kept warm, ended when idle, begun again when it has died."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np
import onnx
import psutil
import pytest

from fer_core.data.schematic import draw_face
from fer_core.errors import ExplanationError
from fer_core.explain.explainer import ALL, Explainer
from fer_core.explain.grad_cam import GradCam
from fer_core.variants.registry import get_variant
from tests.fixtures_variants import make_variant, use_empty_folders

KERAS, TORCH = "pisa.cnn5_class_weight", "ece176.customnet_10"
END_S = 60


@pytest.fixture(scope="module")
def faces():
    return np.stack([draw_face(name, np.random.default_rng(1)) for name in ("happy", "sad")])


@pytest.fixture(scope="module")
def explainer():
    explainer = Explainer()
    yield explainer
    explainer.close()


@pytest.mark.parametrize("name", [KERAS, TORCH])
def test_the_process_answers_as_the_network_does(explainer, faces, name):
    variant = get_variant(name)
    network = GradCam(variant.model_path)
    assert explainer.layers(variant) == network.layers
    answered = explainer.heat_maps(variant, faces, ALL, target=3)
    expected = network.maps(faces, [layer.name for layer in network.layers], target=3)
    assert [found.layer for found in answered] == network.layers
    for found, made in zip(answered, expected, strict=True):
        assert found.target.tolist() == [3, 3]
        assert found.probs == pytest.approx(made.probs, abs=1e-6)
        assert found.coarse == pytest.approx(made.coarse, abs=1e-4)


def test_the_process_stays_for_the_next_question(explainer, faces):
    explainer.heat_maps(get_variant(KERAS), faces)
    first = explainer.process_id
    explainer.heat_maps(get_variant(TORCH), faces)
    assert first == explainer.process_id is not None


def test_a_process_that_died_is_begun_again(explainer, faces):
    explainer.heat_maps(get_variant(KERAS), faces)
    dead = explainer.process_id
    os.kill(dead, signal.SIGKILL)
    assert len(explainer.heat_maps(get_variant(KERAS), faces)[0].maps) == 2
    assert explainer.process_id != dead


def until(condition, what):
    deadline = time.monotonic() + END_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_whoever_looks_first_begins_the_process_and_need_not_wait_for_it(faces):
    explainer = Explainer()
    assert not explainer.is_awake()
    until(explainer.is_awake, "the process did not begin")
    first = explainer.process_id
    assert len(explainer.heat_maps(get_variant(KERAS), faces)[0].maps) == 2
    assert explainer.is_awake() and explainer.process_id == first
    explainer.close()
    assert not explainer.is_awake()
    until(explainer.is_awake, "the process did not begin again")
    explainer.close()


def test_a_process_that_can_not_begin_keeps_nobody_waiting(faces, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    explainer = Explainer()
    assert not explainer.is_awake()
    until(explainer.is_awake, "the attempt did not end")
    assert explainer.is_awake() and explainer.process_id is None
    with pytest.raises(ExplanationError, match=r"its process died \(signal SIGSEGV\)"):
        explainer.heat_maps(get_variant(KERAS), faces)


def test_an_idle_process_ends_and_gives_its_memory_back(faces):
    explainer = Explainer(idle_s=0.2)
    explainer.heat_maps(get_variant(KERAS), faces)
    until(lambda: explainer.process_id is None, "the process did not end")
    assert len(explainer.heat_maps(get_variant(KERAS), faces)) == 1
    explainer.close()


def test_a_question_that_takes_too_long_ends_the_process(faces):
    explainer = Explainer(limit_s=0.05)
    with pytest.raises(ExplanationError, match=rf"No heat map came of {KERAS}: it took longer than 0 s"):
        explainer.heat_maps(get_variant(KERAS), faces)
    assert explainer.process_id is None


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("raise ModuleNotFoundError('No module named torch', name='torch')", "Heat maps need PyTorch, which can't"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", r"its process died \(signal SIGSEGV\)"),
        ("import time; time.sleep(60)", "it took longer than 3 s, and was ended"),
    ],
)  # fmt: skip
def test_a_missing_library_a_crash_and_a_time_out_are_told_apart(
    faces, tmp_path, monkeypatch, fault, sentence
):
    """A module of the name of PyTorch stands before it, and does what it may do on somebody's machine."""
    (tmp_path / "torch.py").write_text(fault)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    explainer = Explainer(limit_s=3 if "sleep" in fault else 60)
    with pytest.raises(ExplanationError, match=sentence):
        explainer.heat_maps(get_variant(KERAS), faces)
    explainer.close()


def test_a_network_that_confuses_its_reader_ends_in_a_sentence(explainer, faces, tmp_path, monkeypatch):
    _, cards = use_empty_folders(monkeypatch, tmp_path)
    make_variant(cards, "odd.net")
    model = onnx.load(cards / "odd.net" / "model.onnx")
    model.graph.input[0].type.tensor_type.ClearField("shape")
    onnx.save(model, cards / "odd.net" / "model.onnx")
    with pytest.raises(
        ExplanationError, match=r"^odd\.net is built in a way that heat maps can't be made of"
    ):
        explainer.heat_maps(get_variant("odd.net"), faces)


def test_troubles_come_back_as_their_sentence_and_the_process_lives_on(explainer, faces):
    variant = get_variant(KERAS)
    with pytest.raises(ExplanationError, match="no convolutional layer 'nowhere'"):
        explainer.heat_maps(variant, faces, ["nowhere"])
    assert len(explainer.heat_maps(variant, faces)) == 1


def test_a_variant_without_its_model_file_is_named(explainer, faces, tmp_path, monkeypatch):
    _, cards = use_empty_folders(monkeypatch, tmp_path)
    make_variant(cards, "big.net", with_model=False, parameters=50_000_000)
    with pytest.raises(ExplanationError, match=r"big\.net is kept without its model file"):
        explainer.heat_maps(get_variant("big.net"), faces)


def test_whoever_asks_imports_no_framework_and_leaves_no_process_behind(explainer, faces, tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from fer_core.explain.explainer import Explainer\n"
        "from fer_core.variants.registry import get_variant\n"
        "explainer = Explainer()\n"
        f"explainer.heat_maps(get_variant({TORCH!r}), np.zeros((1, 48, 48), np.uint8))\n"
        "print(explainer.process_id, 'torch' in sys.modules, 'onnx' in sys.modules)\n"
    )
    asking = psutil.Popen([sys.executable, "-c", code], stdout=-1, text=True)
    said = asking.communicate(timeout=END_S)[0].split()
    assert said[1:] == ["False", "False"]
    deadline = time.monotonic() + END_S
    while psutil.pid_exists(int(said[0])):
        assert time.monotonic() < deadline, "the process outlived its asker"
        time.sleep(0.05)
