"""Run a variant in its own framework, in a process of its own.

The calling process never imports TensorFlow or PyTorch: it starts ``python -m fer_core.training.native``,
which builds the recipe's network, loads ``weights.safetensors`` and answers through two files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.errors import FerError, ModelError
from fer_core.recipes.recipe import read_recipe, without_pretrained
from fer_core.training.frameworks import load_trainer
from fer_core.variants.classifier import check_faces
from fer_core.variants.registry import Variant

FACES, PROBS = "faces.npy", "probs.npy"


class NativeClassifier:
    """A :class:`fer_core.variants.classifier.Classifier` that answers with the variant's native weights."""

    def __init__(self, variant: Variant) -> None:
        """ModelError where the variant's folder lacks its recipe or its native weights."""
        self.variant = variant
        for name in (paths.RECIPE, paths.WEIGHTS):
            if not (variant.folder / name).is_file():
                raise ModelError(f"{variant.id} can't run natively: its folder has no {name}.")

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """``faces`` uint8 (N, 48, 48) -> float32 (N, 7); starts a process, so it takes seconds."""
        with tempfile.TemporaryDirectory() as exchange:
            np.save(Path(exchange) / FACES, check_faces(faces))
            command = [sys.executable, "-m", "fer_core.training.native", str(self.variant.folder), exchange]
            done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise ModelError(f"{self.variant.id} failed in {self.variant.framework}: {reason}")
            return np.load(Path(exchange) / PROBS, allow_pickle=False)


def main(folder: Path, exchange: Path) -> int:
    """The process: answer ``exchange/faces.npy`` with the weights in ``folder``."""
    try:
        trainer = load_trainer(without_pretrained(read_recipe(folder / paths.RECIPE)))
        trainer.load_weights(folder / paths.WEIGHTS)
        faces = np.load(exchange / FACES, allow_pickle=False)
        np.save(exchange / PROBS, trainer.predict(faces))
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
