"""One face through a variant: ONNX Runtime against the framework it was trained in.

    python -m benchmarks.inference [VARIANT ...]

Each framework runs in a process of its own on the variant's native weights; medians of many calls, after
a warm-up, in milliseconds, and how many times ONNX Runtime is faster.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.data.schematic import draw_faces
from fer_core.recipes.recipe import read_recipe, without_pretrained
from fer_core.variants.registry import get_variant

DEFAULT = ["pisa.cnn5_class_weight", "ece176.customnet_10"]


def median_ms(call: Callable[[], object], seconds: float = 3.0) -> float:
    """Median time of ``call`` in milliseconds over at least 20 calls or ``seconds``."""
    for _ in range(3):
        call()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 20 or (time.perf_counter() < end and len(times) < 2000):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def onnx_ways(folder: Path, face: np.ndarray) -> dict[str, float]:
    """The served file."""
    from fer_core.variants.classifier import OnnxClassifier

    classifier = OnnxClassifier(folder / paths.MODEL)
    return {"ONNX Runtime": median_ms(lambda: classifier.predict_proba(face))}


def keras_ways(folder: Path, face: np.ndarray) -> dict[str, float]:
    """Three ways of asking Keras."""
    import tensorflow as tf

    from fer_core.training.frameworks import load_trainer

    trainer = load_trainer(without_pretrained(read_recipe(folder / paths.RECIPE)))
    trainer.load_weights(folder / paths.WEIGHTS)
    graph = tf.function(trainer.graph, reduce_retracing=True)
    return {
        "keras.Model.predict": median_ms(lambda: trainer.graph.predict(face, verbose=0)),
        "keras.Model.__call__": median_ms(lambda: trainer.graph(face).numpy()),
        "tf.function": median_ms(lambda: graph(tf.constant(face)).numpy()),
    }


def torch_ways(folder: Path, face: np.ndarray) -> dict[str, float]:
    """The module as it is, in evaluation mode."""
    from fer_core.training.frameworks import load_trainer

    trainer = load_trainer(without_pretrained(read_recipe(folder / paths.RECIPE)))
    trainer.load_weights(folder / paths.WEIGHTS)
    return {"eager PyTorch": median_ms(lambda: trainer.predict(face))}


WAYS = {"onnx": onnx_ways, "keras": keras_ways, "torch": torch_ways, "timm": torch_ways}


def measured(way: str, folder: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.inference", "--way", way, str(folder)]
    done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure every way for each of the variants."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("variants", nargs="*", default=DEFAULT)
    options = parser.parse_args()
    if options.way:
        face = draw_faces(4, 0).faces[3:]
        print(json.dumps(WAYS[options.way](Path(options.variants[0]), face)))
        return
    for name in options.variants:
        variant = get_variant(name)
        ours = measured("onnx", variant.folder)
        fastest = ours["ONNX Runtime"]
        print(f"\n{name} ({variant.framework}, {variant.parameters:,} parameters), one face")
        for way, value in (ours | measured(variant.framework, variant.folder)).items():
            print(f"  {way:22} {value:9.2f} ms   {value / fastest:7.1f} x ONNX Runtime")


if __name__ == "__main__":
    main()
