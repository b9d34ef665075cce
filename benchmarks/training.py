"""Training speed: Faceoff's loop against the plain float32 loop of each framework.

    python -m benchmarks.training [--faces 4000] [--epochs 3]

Both train the same network on the same faces with the same kind of augmentation for the same epochs; each
framework in a process of its own. The plain loops are what the reports did: Keras' ``fit`` on a generator
that augments picture by picture, and a PyTorch ``DataLoader`` that does, in float32, channels first.
Printed are images per second over whole epochs and the accuracy on PublicTest afterwards.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.data import Dataset, load_dataset
from fer_core.data.augmentation import augment
from fer_core.emotions import EMOTIONS
from fer_core.recipes import Recipe, parse_recipe
from fer_core.training.loop import run_training, score
from fer_core.training.precision import training_precision
from fer_core.training.session import load_trainer

RECIPES = {
    "keras": {"framework": "keras", "architecture": {"name": "pisa_cnn", "convolutions": [2, 2, 1, 1]}},
    "torch": {
        "framework": "torch",
        "architecture": {"name": "resnet_small", "filters": [32, 64, 128], "depths": [1, 1, 1]},
        "optimizer": {"name": "sgd", "momentum": 0.9, "learning_rate": 0.05},
    },
}
SHARED = {
    "id": "benchmark.net",
    "data": {"augmentation": {"rotation": 10, "zoom": 0.15, "shift": 0.1, "horizontal_flip": True}},
    "checkpoint_on": "last",
}


def small_dataset(faces: int) -> Dataset:
    """``faces`` training pictures, drawn with a fixed seed, and a quarter as many of PublicTest."""
    dataset, rng = load_dataset(), np.random.default_rng(0)
    drawn = {
        name: dataset.split(name).take(rng.permutation(len(dataset.split(name)))[:count])
        for name, count in (("Training", faces), ("PublicTest", faces // 4))
    }
    return Dataset(dataset.splits | drawn, dataset.manifest)


def fast(recipe: Recipe, dataset: Dataset) -> tuple[float, float]:
    """Seconds and accuracy of Faceoff's loop."""
    trainer = load_trainer(recipe)
    with tempfile.TemporaryDirectory() as run:
        state = run_training(recipe, dataset, trainer, Path(run))
    return sum(row["seconds"] for row in state.history), state.history[-1]["val_accuracy"]


def plain_keras(recipe: Recipe, dataset: Dataset) -> tuple[float, float]:
    """Seconds and accuracy of ``fit`` on a Sequence that augments picture by picture."""
    import keras

    from fer_core.architectures.keras_nets import keras_nets

    keras.utils.set_random_seed(recipe.seed)
    net = keras_nets.build(recipe.architecture, channels=1, size=48)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(
        optimizer=keras.optimizers.Adam(recipe.optimizer.learning_rate), loss=loss, metrics=["accuracy"]
    )
    training, testing = dataset.split("Training"), dataset.split("PublicTest")

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return math.ceil(len(training) / recipe.batch_size)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            rows = slice(index * recipe.batch_size, (index + 1) * recipe.batch_size)
            rng = np.random.default_rng((recipe.seed, index, time.monotonic_ns()))
            faces = [augment(face[None], recipe.data.augmentation, rng)[0] for face in training.faces[rows]]
            return np.stack(faces)[..., None].astype("float32") / 255, training.labels[rows]

    began = time.monotonic()
    validation = (testing.faces[..., None].astype("float32") / 255, testing.labels)
    history = net.fit(Batches(), validation_data=validation, epochs=recipe.epochs, verbose=0)
    return time.monotonic() - began, history.history["val_accuracy"][-1]


def plain_torch(recipe: Recipe, dataset: Dataset) -> tuple[float, float]:
    """Seconds and accuracy of a DataLoader that augments picture by picture, float32, channels first."""
    import torch

    from fer_core.architectures.torch_nets import torch_nets

    torch.manual_seed(recipe.seed)
    net = torch_nets.build(recipe.architecture, channels=1, size=48)
    optimizer = torch.optim.SGD(net.parameters(), lr=recipe.optimizer.learning_rate, momentum=0.9)
    training, testing = dataset.split("Training"), dataset.split("PublicTest")
    rng = np.random.default_rng(recipe.seed)

    class Faces(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(training)

        def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
            face = augment(training.faces[row][None], recipe.data.augmentation, rng)
            return torch.from_numpy(face).float() / 255, int(training.labels[row])

    loader = torch.utils.data.DataLoader(Faces(), batch_size=recipe.batch_size, shuffle=True)
    began = time.monotonic()
    for _ in range(recipe.epochs):
        net.train()
        for faces, labels in loader:
            loss = torch.nn.functional.cross_entropy(net(faces), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.inference_mode():
            batches = torch.from_numpy(testing.faces[:, None]).float().div(255).split(256)
            probs = torch.cat([torch.softmax(net(batch), dim=1) for batch in batches]).numpy()
    return time.monotonic() - began, score(testing.labels, probs)[1]


PLAIN = {"keras": plain_keras, "torch": plain_torch}


def measured(framework: str, way: str, faces: int, epochs: int) -> tuple[float, float]:
    """Run one way in a process of its own: seconds and accuracy."""
    command = [sys.executable, "-m", "benchmarks.training", "--one", framework, way]
    command += ["--faces", str(faces), "--epochs", str(epochs)]
    done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure both ways for each framework."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        framework, way = options.one
        recipe = replace(parse_recipe(SHARED | RECIPES[framework]), epochs=options.epochs)
        train = fast if way == "fast" else PLAIN[framework]
        print(json.dumps(train(recipe, small_dataset(options.faces))))
        return
    print(
        f"{options.faces:,} faces, {options.epochs} epochs, {len(EMOTIONS)} classes; fast path: {training_precision()}"
    )
    for framework in RECIPES:
        seconds = {}
        for way in ("plain", "fast"):
            seconds[way], accuracy = measured(framework, way, options.faces, options.epochs)
            rate = options.faces * options.epochs / seconds[way]
            print(f"  {framework:6} {way:6} {rate:7.0f} images/s   accuracy {accuracy:.4f}")
        print(f"  {framework:6} fast path is {seconds['plain'] / seconds['fast']:.2f} x the plain loop")


if __name__ == "__main__":
    main()
