"""Keras recipes learn with JAX, where a GPU is to be used, what they learn with Keras' own steps."""

import json
import os
import subprocess
import sys

import pytest

from fer_core import paths

pytestmark = pytest.mark.training

#: Learns for two epochs by both kinds of steps, in the process that has JAX; prints for each optimizer how far they
#: lie apart.
LEARN = """
import json
import numpy as np
from fer_core.data.schematic import draw_faces
from fer_core.recipes.recipe import parse_recipe
from fer_core.training.keras_steps import JaxSteps, Steps
from fer_core.training.keras_trainer import KerasTrainer
from fer_core.training.trainer import Batch

drawn = draw_faces(42, 0)
weights = np.linspace(0.5, 2.0, 42)

def learn(steps, optimizer):
    recipe = parse_recipe({"id": "tiny.net", "framework": "keras", "optimizer": optimizer | {"learning_rate": 0.01},
                           "architecture": {"name": "pisa_cnn", "convolutions": [1], "filters": [4], "head": 4}})
    trainer = KerasTrainer(recipe)
    trainer.steps = steps(trainer.model)
    means = []
    for epoch in (1, 2):
        trainer.start_epoch(epoch, epoch)
        for rows in (slice(0, 21), slice(21, 42)):
            batch = Batch(drawn.faces[rows], drawn.labels[rows], weights[rows])
            trainer.train_batch(batch, 0.01 / epoch)
        means.append(trainer.means())
        answers = trainer.predict(drawn.faces)
    return means, answers

for optimizer in ({"name": "sgd", "momentum": 0.9}, {"name": "adam"}):
    (own, answers), (jax, jax_answers) = (learn(steps, optimizer) for steps in (Steps, JaxSteps))
    print(json.dumps({"own": own, "jax": jax, "answers": float(np.abs(answers - jax_answers).max())}))
"""


def test_compiled_steps_learn_what_keras_own_steps_learn():
    done = subprocess.run(
        [sys.executable, "-c", LEARN], cwd=paths.REPOSITORY, capture_output=True, text=True,
        env=os.environ | {"KERAS_BACKEND": "jax", "FER_PRECISION": "float32", "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sgd, adam = map(json.loads, done.stdout.splitlines()[-2:])
    assert sgd["answers"] < 1e-5
    assert adam["answers"] < 1e-2  # sums in another order, which Adam enlarges
    for found in (sgd, adam):
        for own, jax in zip(found["own"], found["jax"], strict=True):
            assert jax == pytest.approx(own, abs=1e-3)
