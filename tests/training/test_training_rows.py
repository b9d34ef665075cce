"""Small trainings of what the reports' rows add: six classes, backbones, prepared data."""

import numpy as np
import pandas as pd
import pytest
import yaml

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.predictions import read_predictions
from fer_core.variants.card import read_card
from tests.training.test_training import largest_difference

pytestmark = pytest.mark.training

DISGUST = EMOTIONS.index("disgust")
RECIPES = {
    "tiny.advanced": {
        "framework": "keras",
        "architecture": {"name": "moodmirror_advanced", "filters": [8, 16], "stem": 3, "block_dropout": 0.1},
        "data": {"preparation": "reduced6", "input": {"flip_average": True}},
        "optimizer": {"name": "rmsprop", "learning_rate": 0.003},
    },
    "tiny.backbone": {
        "framework": "keras",
        "architecture": {
            "name": "keras_backbone", "model": "efficientnetb0", "last_layers": 3, "head": 8, "head_dropout": 0.2,
        },
        "data": {"preparation": "expanded", "input": {"channels": 3, "size": 32, "scale": "imagenet"}},
        "schedule": {"head_epochs": 1},
    },
    "tiny.features": {
        "framework": "keras",
        "architecture": {"name": "keras_backbone", "model": "vgg16", "mode": "features", "head": 8},
        "data": {"preparation": "balanced", "input": {"channels": 3, "size": 32, "scale": "caffe"}},
        "early_stopping": {"monitor": "val_loss", "patience": 1, "min_delta": 5.0},
    },
    "tiny.skip": {
        "framework": "torch",
        "architecture": {"name": "customnet", "filters": [8, 16], "groups": 4, "skip": True},
        "data": {
            "preparation": "reduced6",
            "input": {"channels": 3, "scale": "imagenet", "flip_average": True},
        },
        "loss": {"name": "focal", "label_smoothing": 0.1},
        "optimizer": {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9, "backbone_factor": 0.1},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory, keras_process, torch_process):
    """FER_HOME with drawn faces and the four trained variants."""
    home = tmp_path_factory.mktemp("home")
    processes = {"keras": keras_process, "torch": torch_process}
    torch_process.run("data", "schematic", "--training", 140, "--testing", 35, home=home)
    for name, settings in RECIPES.items():
        recipe = {"id": name, "batch_size": 32, "epochs": 2, "checkpoint_on": "last"} | settings
        (home / f"{name}.yaml").write_text(yaml.safe_dump(recipe))
        processes[settings["framework"]].run("train", home / f"{name}.yaml", home=home)
    return home


@pytest.mark.parametrize("name", RECIPES)
def test_a_row_of_each_kind_trains_and_is_registered_with_its_figures(home, name, torch_process):
    folder = home / "model_cards" / name
    history = pd.read_csv(folder / "history.csv")
    assert history["epoch"].tolist() == [1, 2]
    assert np.isfinite(history.to_numpy()).all()
    assert read_card(folder).status == "trained"
    assert "differ by at most 0.0e+00" in torch_process.run("evaluate", name, "--repeat", home=home)


@pytest.mark.parametrize("name", ["tiny.advanced", "tiny.skip"])
def test_a_six_class_model_answers_exactly_nothing_for_disgust_and_is_scored_on_every_face(home, name):
    predictions = read_predictions(home / "model_cards" / name / "predictions.parquet")
    assert (predictions.probs[:, DISGUST] == 0).all()
    assert np.allclose(predictions.probs.sum(axis=1), 1, atol=1e-4)
    assert (predictions.label == DISGUST).sum() == 2 * 35 // len(EMOTIONS)


def test_a_head_on_stored_features_learns_and_the_features_are_gone_afterwards(home):
    run_folder = home / "runs" / "tiny.features"
    assert not list(run_folder.glob("*features*"))
    history = pd.read_csv(run_folder / "history.csv")
    assert history["train_loss"].iloc[1] < history["train_loss"].iloc[0]


def test_a_backbone_runs_natively_without_the_file_that_it_began_from(home, tmp_path, keras_process):
    folder = home / "model_cards" / "tiny.backbone"
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
    recipe["architecture"]["weights"] = str(tmp_path / "gone.h5")
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    assert largest_difference(keras_process, folder, tmp_path) <= 5e-3


def test_a_training_that_needs_weights_which_are_not_there_says_so_in_one_sentence(home, keras_process):
    recipe = yaml.safe_load((home / "tiny.backbone.yaml").read_text()) | {"id": "tiny.weightless"}
    recipe["architecture"]["weights"] = "gone.h5"
    (home / "weightless.yaml").write_text(yaml.safe_dump(recipe))
    text = keras_process.run("train", home / "weightless.yaml", home=home, expect=1)
    assert "There is no weights file gone.h5 for efficientnetb0: put it into FER_HOME/weights." in text
    assert "Traceback" not in text


def test_the_data_command_shows_what_preparations_make_of_training(home, torch_process):
    text = torch_process.run("data", "show", "--preparations", home=home)
    line = next(line for line in text.splitlines() if line.startswith("reduced6"))
    assert line.split() == ["reduced6", "120", "20", "0", *["20"] * 5]
