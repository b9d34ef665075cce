"""Training speed: Faceoff's loop against the plain float32 loop of each framework.

    python -m benchmarks.training [--faces 8000] [--epochs 3] [--seeds 1] [--frameworks keras torch]

Both train the same network on the same faces with the same kind of augmentation for the same epochs; each
framework in a process of its own. The plain loops are what the reports did: Keras' ``fit`` on a generator
that augments picture by picture, and a PyTorch ``DataLoader`` that does, in float32, channels first.
Printed are images per second over whole epochs and the accuracy on PublicTest afterwards, which few steps
leave to chance: with several seeds its mean and its range are printed.
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
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.recipes.recipe import Recipe, parse_recipe
from fer_core.training.frameworks import load_trainer
from fer_core.training.loop import run_training, score
from fer_core.training.precision import training_precision

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
        for name, count in ((SplitName.TRAINING, faces), (SplitName.PUBLIC_TEST, faces // 4))
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
    training, testing = dataset.split(SplitName.TRAINING), dataset.split(SplitName.PUBLIC_TEST)

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
    training, testing = dataset.split(SplitName.TRAINING), dataset.split(SplitName.PUBLIC_TEST)
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


def measured(framework: str, way: str, seed: int, options: argparse.Namespace) -> tuple[float, float]:
    """Run one way in a process of its own: seconds and accuracy."""
    command = [sys.executable, "-m", "benchmarks.training", "--one", framework, way, str(seed)]
    command += ["--faces", str(options.faces), "--epochs", str(options.epochs)]
    done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def train_one(framework: str, way: str, seed: str, options: argparse.Namespace) -> tuple[float, float]:
    """Train here: seconds and accuracy."""
    recipe = replace(parse_recipe(SHARED | RECIPES[framework]), epochs=options.epochs, seed=int(seed))
    train = fast if way == "fast" else PLAIN[framework]
    return train(recipe, small_dataset(options.faces))


def compare(framework: str, options: argparse.Namespace) -> None:
    """Measure and print both ways of one framework, each with every seed."""
    seconds = dict.fromkeys(("plain", "fast"), 0.0)
    accuracies: dict[str, list[float]] = {way: [] for way in seconds}
    for seed in range(1, options.seeds + 1):
        for way in seconds:
            took, accuracy = measured(framework, way, seed, options)
            seconds[way] += took
            accuracies[way].append(accuracy)
    for way, found in accuracies.items():
        rate = options.faces * options.epochs * options.seeds / seconds[way]
        spread = f" ({min(found):.4f} to {max(found):.4f})" if len(found) > 1 else ""
        print(f"  {framework:6} {way:6} {rate:7.0f} images/s   accuracy {np.mean(found):.4f}{spread}")
    print(
        f"  {framework:6} fast path is {seconds['plain'] / seconds['fast']:.2f} x the plain loop", flush=True
    )


def main() -> None:
    """Measure both ways for each framework."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=8000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--frameworks", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(train_one(*options.one, options)))
        return
    print(
        f"{options.faces:,} faces, {options.epochs} epochs, {len(EMOTIONS)} classes, {options.seeds} seeds; "
        f"fast path: {training_precision()}"
    )
    for framework in options.frameworks:
        compare(framework, options)


if __name__ == "__main__":
    main()
