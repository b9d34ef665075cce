"""The training loop by itself: what stops it, what it keeps, what it learns from."""

import shutil

import numpy as np
import pytest

from fer_core.data.protocols import learnt_from
from fer_core.data.schematic import schematic_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import TrainingInterrupted
from fer_core.recipes.recipe import parse_recipe
from fer_core.training.checkpoint import checkpoint_epoch
from fer_core.training.loop import run_training
from fer_core.variants.classifier import load_classifier


class ScriptedTrainer:
    """Answers so that the validation loss of each epoch is the one that it is given; learns nothing."""

    parameters, precision, accelerator = 1, "float32", ""

    def __init__(self, losses):
        self.losses = losses
        self.learnt = 0
        self.batches = []

    def start_epoch(self, seed, epoch):
        self.epoch, self.learnt = epoch, 0

    def train_batch(self, batch, learning_rate):
        self.learnt += len(batch.faces)
        self.batches.append(batch)

    def means(self):
        return 1.0, 0.5

    def predict(self, faces):
        right = np.exp(-self.losses[self.epoch - 1])
        return np.tile(np.full(len(EMOTIONS), right, np.float32), (len(faces), 1))

    def save_state(self, folder):
        (folder / "state").write_text(str(self.epoch))

    def restore_state(self, folder):
        self.epoch = int((folder / "state").read_text())

    def save_weights(self, path, *, half=False):
        path.write_text(str(self.epoch))

    def load_weights(self, path):
        self.loaded = int(path.read_text())


def recipe(**settings):
    return parse_recipe(
        {"id": "tiny.given", "framework": "torch", "architecture": {"name": "given"}} | settings
    )


@pytest.fixture(scope="module")
def drawn():
    return schematic_dataset(70, 14)


@pytest.mark.parametrize(
    ("min_delta", "stopped_after"),
    [(0.0, 8), (0.05, 5)],  # the small steps down from epoch 3 on count, or they don't
)
def test_early_stopping_counts_an_epoch_as_better_only_by_more_than_min_delta(
    drawn, tmp_path, min_delta, stopped_after
):
    losses = [1.0, 0.9, 0.89, 0.88, 0.87, 0.87, 0.87, 0.87, 0.5, 0.4]
    rule = {"monitor": "val_loss", "patience": 3, "min_delta": min_delta}
    trainer = ScriptedTrainer(losses)
    state = run_training(recipe(epochs=10, early_stopping=rule), drawn, trainer, tmp_path)
    assert state.epoch == stopped_after
    assert trainer.loaded == state.best_epoch == 5  # what is kept is the best, by however little


def test_each_recipe_of_a_run_keeps_its_own_epoch(drawn, tmp_path):
    losses = [1.0, 0.6, 0.8, 0.5, 0.9]
    first = recipe(epochs=5)
    others = [
        recipe(id="tiny.short", epochs=3),
        recipe(id="tiny.last", epochs=4, checkpoint_on="last"),
    ]
    trainer = ScriptedTrainer(losses)
    state = run_training(first, drawn, trainer, tmp_path, others=others)
    assert state.best_epoch == 4
    assert {name: epoch for name, (_, epoch) in state.kept.items()} == {"tiny.short": 2, "tiny.last": 4}
    stored = {file.name: file.read_text() for file in (tmp_path / "checkpoint").glob("*.safetensors")}
    assert stored == {
        "best.safetensors": "4", "best.tiny.short.safetensors": "2", "best.tiny.last.safetensors": "4",
    }  # fmt: skip


def test_nothing_is_learnt_from_held_out_faces(drawn, tmp_path):
    trainer = ScriptedTrainer([1.0])
    run_training(recipe(epochs=1, data={"hold_out": 0.15}), drawn, trainer, tmp_path)
    assert trainer.learnt == 59  # 70 but for 15 % of them, rounded up


def test_a_smoke_run_learns_from_a_share_of_each_emotion(drawn, tmp_path):
    trainer = ScriptedTrainer([1.0])
    run_training(recipe(epochs=1, data={"share": 0.1}), drawn, trainer, tmp_path)
    assert trainer.learnt == 7  # a tenth of ten faces of each emotion
    some = learnt_from(drawn.split("Training"), 0, seed=3, share=0.25)
    assert set(some.counts().values()) == {3}
    assert some.names.tolist() == learnt_from(drawn.split("Training"), 0, seed=3, share=0.25).names.tolist()
    assert some.names.tolist() != learnt_from(drawn.split("Training"), 0, seed=4, share=0.25).names.tolist()


def test_mixed_faces_come_with_the_shares_of_their_labels(drawn, tmp_path):
    trainer = ScriptedTrainer([1.0])
    run_training(recipe(epochs=1, data={"mixup": 1.0}), drawn, trainer, tmp_path)
    targets = np.concatenate([batch.targets for batch in trainer.batches])
    assert np.allclose(targets.sum(axis=1), 1)
    assert ((targets > 0).sum(axis=1) == 2).any()


def test_a_student_learns_its_teachers_mean_answer_to_each_face_and_its_mirror_image(
    drawn, tmp_path, monkeypatch
):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))
    names = ["faceoff.tiny", "ece176.customnet_10"]
    taught = recipe(epochs=1, distill={"teachers": names, "temperature": 2.0})
    trainer = ScriptedTrainer([1.0])
    run_training(taught, drawn, trainer, tmp_path / "run")
    faces = drawn.split("Training").faces
    both = [
        load_classifier(name).predict_proba(np.ascontiguousarray(side))
        for name in names
        for side in (faces, faces[:, :, ::-1])
    ]
    expected = np.sqrt(np.mean(both, axis=0))
    expected /= expected.sum(axis=1, keepdims=True)
    for batch in trainer.batches:
        rows = [int(np.flatnonzero((faces == face).all(axis=(1, 2)))[0]) for face in batch.faces]
        assert np.abs(batch.taught - expected[rows]).max() < 1e-5
    assert len(list((tmp_path / "home" / "soft_labels").glob("*.npy"))) == 2


def test_a_run_whose_epochs_are_over_asks_no_teacher_again(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))
    taught = recipe(epochs=1, distill={"teachers": ["faceoff.tiny"]})
    run_training(taught, drawn, ScriptedTrainer([1.0]), tmp_path / "run")
    shutil.rmtree(tmp_path / "home" / "soft_labels")
    state = run_training(taught, drawn, ScriptedTrainer([1.0]), tmp_path / "run", resume=True)
    assert state.epoch == 1
    assert not (tmp_path / "home" / "soft_labels").exists()


def test_a_training_can_be_stopped_while_its_teachers_answer(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))
    taught = recipe(epochs=1, distill={"teachers": ["faceoff.tiny"]})
    trainer = ScriptedTrainer([1.0])
    with pytest.raises(TrainingInterrupted, match="before the first step"):
        run_training(taught, drawn, trainer, tmp_path / "run", should_stop=lambda: True)
    assert trainer.batches == []
    assert not list((tmp_path / "home" / "soft_labels").glob("*.npy"))


def test_who_stops_while_validation_is_answered_loses_no_epoch(drawn, tmp_path):
    told, trainer = [], ScriptedTrainer([1.0, 0.9])
    with pytest.raises(TrainingInterrupted):
        run_training(
            recipe(epochs=2), drawn, trainer, tmp_path,
            stepped=lambda: told.append(trainer.learnt), should_stop=lambda: bool(told),
        )  # fmt: skip
    assert told and checkpoint_epoch(tmp_path) == 1
