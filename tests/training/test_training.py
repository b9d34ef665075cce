"""Training real small networks of each framework, in processes of their own."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from fer_core import paths
from fer_core.data.schematic import draw_faces
from fer_core.evaluation.predictions import read_predictions
from fer_core.training.native import FACES, PROBS
from fer_core.variants.card import read_card
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.length import length_of

pytestmark = pytest.mark.training

RECIPES = {
    "keras": {
        "architecture": {"name": "pisa_cnn", "convolutions": [1, 1], "filters": [8, 16], "head": 16},
        "data": {"preparation": "class_weight", "input": {"flip_average": True}},
        "optimizer": {"learning_rate": 0.003},
        "checkpoint_on": "last",
    },
    "torch": {
        "architecture": {"name": "customnet", "filters": [8, 16], "groups": 4, "dropout": 0.0},
        "data": {"augmentation": {"rotation": 5}, "input": {"flip_average": True, "scale": "symmetric"}},
        "loss": {"name": "focal", "gamma": 1.0},
        "optimizer": {"learning_rate": 0.01},
    },
    "timm": {
        "architecture": {"name": "timm_model", "model": "mobilenetv3_small_050"},
        "data": {"input": {"size": 64, "channels": 3}, "cutmix": 1.0},
        "optimizer": {"learning_rate": 0.003, "ema_decay": 0.8},
        "distill": {"teachers": ["faceoff.tiny"], "temperature": 2.0},
    },
}


@pytest.fixture(scope="module")
def processes(keras_process, torch_process):
    """The process of each framework, in which the command line runs as its user sees it."""
    return {"keras": keras_process, "torch": torch_process, "timm": torch_process}


@pytest.fixture(scope="module")
def run(torch_process):
    """Runs a command that imports PyTorch or no framework; returns what it printed."""
    return torch_process.run


@pytest.fixture(scope="module")
def home(tmp_path_factory, processes, run):
    """FER_HOME with drawn faces and one trained variant of each framework."""
    home = tmp_path_factory.mktemp("home")
    run("data", "schematic", "--training", 350, "--testing", 70, home=home)
    for framework, settings in RECIPES.items():
        recipe = {"id": f"tiny.{framework}", "framework": framework, "batch_size": 32, "epochs": 6} | settings
        (home / f"{framework}.yaml").write_text(yaml.safe_dump(recipe))
        processes[framework].run("train", home / f"{framework}.yaml", "--epochs", 3, home=home)
    return home


@pytest.fixture(params=RECIPES)
def framework(request):
    return request.param


@pytest.fixture
def folder(home, framework):
    return home / "model_cards" / f"tiny.{framework}"


def test_a_training_leaves_a_complete_folder_that_says_what_was_done(folder, framework):
    assert {file.name for file in folder.iterdir()} == {
        "README.md", "model.onnx", "weights.safetensors", "predictions.parquet", "history.csv", "recipe.yaml",
    }  # fmt: skip
    facts = read_card(folder).faceoff
    assert (facts["epochs_planned"], facts["epochs_run"], facts["framework"]) == (6, 3, framework)
    assert facts["deviations"] == ["At most 3 epochs were run instead of the recipe's 6."]
    assert facts["dataset"].startswith("schematic")
    assert (
        facts["data_sha256"] == json.loads((folder.parents[1] / "data/manifest.json").read_text())["sha256"]
    )
    assert "FER2013" not in (folder / "README.md").read_text()


def test_the_history_has_a_row_for_each_epoch(folder):
    history = pd.read_csv(folder / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3]
    assert list(history) == [
        "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
    ]  # fmt: skip
    assert np.isfinite(history.to_numpy()).all()
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]


def test_training_accuracy_is_over_all_faces_of_the_epoch(folder):
    right = pd.read_csv(folder / "history.csv")["train_accuracy"] * 350
    assert np.allclose(right, right.round(), atol=1e-3)


def test_the_stored_model_gives_the_stored_predictions(folder):
    predictions = read_predictions(folder / "predictions.parquet")
    faces = np.concatenate([draw_faces(70, seed).faces for seed in (1, 2)])
    probs = OnnxClassifier(folder / "model.onnx").predict_proba(faces)
    assert np.abs(probs - predictions.probs).max() < 1e-6


def largest_difference(process, folder, exchange):
    """Between what a variant's stored model and its native weights answer to drawn faces."""
    faces = draw_faces(7, 5).faces
    np.save(exchange / FACES, faces)
    assert process.call("tests.training_process:native_answers", str(folder), str(exchange)) == 0
    probs = OnnxClassifier(folder / "model.onnx").predict_proba(faces)
    return np.abs(probs - np.load(exchange / PROBS)).max()


def test_native_weights_answer_like_the_stored_model(folder, framework, processes, tmp_path):
    assert largest_difference(processes[framework], folder, tmp_path) <= 5e-3


def test_the_command_line_answers_with_native_weights_too(home, run, tmp_path):
    cv2.imwrite(str(tmp_path / "face.png"), draw_faces(4, 5).faces[3])
    command = ("predict", tmp_path / "face.png", "--models", "tiny.torch", "--whole", "--runtime")
    printed = [run(*command, runtime, home=home) for runtime in ("onnx", "native")]
    lines = [next(line for line in text.splitlines() if line.startswith("tiny.torch")) for text in printed]
    onnx, native = (np.array(line.split()[1:8], float) for line in lines)
    assert np.abs(onnx - native).max() <= 5e-3


def test_evaluating_finds_card_predictions_and_model_in_agreement(folder, home, run):
    text = run("evaluate", folder.name, "--repeat", home=home)
    assert "differ by at most 0.0e+00" in text
    assert "private_test_clean: n 70" in text


def test_a_finished_training_can_be_continued_from_its_weights(home, run):
    recipe = yaml.safe_load((home / "torch.yaml").read_text()) | {"id": "tiny.continued"}
    (home / "continued.yaml").write_text(yaml.safe_dump(recipe))
    run("train", home / "continued.yaml", "--epochs", 1, "--start-from", "tiny.torch", home=home)
    parent = pd.read_csv(home / "model_cards/tiny.torch/history.csv")
    child = pd.read_csv(home / "model_cards/tiny.continued/history.csv")
    assert child["train_loss"].iloc[0] < parent["train_loss"].iloc[0]
    facts = read_card(home / "model_cards/tiny.continued").faceoff
    assert facts["parent"] == "tiny.torch"
    assert length_of(facts).continued and not length_of(facts).whole


@pytest.mark.parametrize("name", ["keras", "torch", "features"])
def test_a_stopped_and_resumed_training_is_the_uninterrupted_one(name, processes, tmp_path):
    process = processes["torch" if name == "torch" else "keras"]
    found = process.call("tests.training_process:compare", name, str(tmp_path))
    assert found["interrupted"]
    # A frozen backbone sees each face once a run, and the 35 that validate once a process.
    assert found["features"] == ([[112, 35], [35]] if name == "features" else [[], []])
    assert len(found["whole"]) == 4
    for whole, resumed in zip(found["whole"], found["resumed"], strict=True):
        for column in ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"):
            assert resumed[column] == pytest.approx(whole[column], abs=1e-5), column
    assert found["best"][0] == found["best"][1]
    assert found["schedule"][0] == pytest.approx(found["schedule"][1], abs=1e-5)
    assert found["difference"] < 1e-5


@pytest.mark.parametrize("name", ["keras", "torch"])
def test_learning_in_bfloat16_exports_a_graph_that_answers_in_float32(name, home, processes, monkeypatch):
    monkeypatch.setenv("FER_PRECISION", "bfloat16")
    recipe = yaml.safe_load((home / f"{name}.yaml").read_text()) | {"id": f"tiny.{name}_bfloat16"}
    (home / "bfloat16.yaml").write_text(yaml.safe_dump(recipe))
    processes[name].run("train", home / "bfloat16.yaml", "--epochs", 1, home=home)
    facts = read_card(home / f"model_cards/tiny.{name}_bfloat16").faceoff
    assert facts["export_parity"]["export_difference"] <= 1e-4
    assert facts["precision"] == "bfloat16"


@pytest.fixture
def quick(monkeypatch):
    """Recipes of torch are learnt by a trainer in NumPy alone: what is tested is Faceoff's own."""
    monkeypatch.setenv("FER_TRAINER_CLASS", "torch=tests.jobs.softmax:SoftmaxTrainer")
    monkeypatch.setenv("PYTHONPATH", str(paths.REPOSITORY))


def test_a_run_goes_on_in_the_number_format_that_it_began_in(home, monkeypatch, quick, run):
    recipe = yaml.safe_load((home / "torch.yaml").read_text()) | {"id": "tiny.format"}
    (home / "format.yaml").write_text(yaml.safe_dump(recipe))
    monkeypatch.setenv("FER_PRECISION", "bfloat16")
    run("train", home / "format.yaml", "--epochs", 1, home=home)
    monkeypatch.delenv("FER_PRECISION")
    run("train", home / "format.yaml", "--epochs", 2, "--resume", home=home)
    facts = read_card(home / "model_cards/tiny.format").faceoff
    assert facts["precision"] == "bfloat16"
    assert facts["deviations"] == ["At most 2 epochs were run instead of the recipe's 6."]
    monkeypatch.setenv("FER_PRECISION", "float32")
    run("train", home / "format.yaml", "--epochs", 3, "--resume", home=home)
    facts = read_card(home / "model_cards/tiny.format").faceoff
    assert facts["precision"] == "float32"
    assert "It began in bfloat16 and was resumed in float32." in facts["deviations"]


def test_ctrl_c_leaves_a_run_that_resumes(home, quick, run):
    recipe = yaml.safe_load((home / "torch.yaml").read_text()) | {"id": "tiny.stopped", "epochs": 500}
    (home / "stopped.yaml").write_text(yaml.safe_dump(recipe))
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "fer_core", "train", str(home / "stopped.yaml"), "--epochs", "400"],
        cwd=paths.REPOSITORY,
        env=os.environ | {"FER_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line.strip().startswith("epoch 2/400"):
            process.send_signal(2)
            break
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "go on with the same command and --resume" in errors
    done = len((home / "runs/tiny.stopped/history.csv").read_text().splitlines()) - 1
    run("train", home / "stopped.yaml", "--resume", "--epochs", done + 1, home=home)
    history = pd.read_csv(home / "model_cards/tiny.stopped/history.csv")
    assert history["epoch"].tolist() == list(range(1, done + 2))
    (home / "stopped.yaml").write_text(yaml.safe_dump(recipe | {"batch_size": 16}))
    text = run("train", home / "stopped.yaml", "--resume", home=home, expect=1)
    assert "changed since the run began" in text


def test_wrong_settings_are_told_in_one_sentence(home, run):
    recipe = yaml.safe_load((home / "torch.yaml").read_text())
    for change, sentence in (
        ({"architecture": {"name": "custmnet"}}, "no architecture 'custmnet'; did you mean customnet?"),
        (
            {"architecture": {"name": "customnet", "filter": [8]}},
            "no setting 'filter'; did you mean filters?",
        ),
        ({"optimizer": {"name": "sgd", "learning_rate": 10.0, "momentum": 0.99}}, None),
    ):
        (home / "wrong.yaml").write_text(yaml.safe_dump(recipe | {"id": "tiny.wrong"} | change))
        if sentence:
            assert sentence in run("train", home / "wrong.yaml", home=home, expect=1)
    assert "did you mean tiny.torch" in run("evaluate", "tiny.torhc", home=home, expect=1)
    assert "no run of tiny.wrong to resume" in run(
        "train", home / "wrong.yaml", "--resume", home=home, expect=1
    )


def test_the_list_shows_every_variant_with_its_figures(home, run):
    text = run("list", home=home)
    for framework in RECIPES:
        line = next(line for line in text.splitlines() if line.startswith(f"tiny.{framework} "))
        assert "trained" in line
        assert "[0." in line
