"""Pictures that grow while a network learns: small ones at first, the recipe's size at the end and in every answer."""

import json
import subprocess
import sys

import pytest

from fer_core import paths
from fer_core.errors import RecipeError
from fer_core.recipes.changes import changed_recipe, parse_change
from fer_core.recipes.recipe import parse_recipe, read_recipe, recipe_mapping, write_recipe

GROWING = {0: 24, 0.5: 32, 0.75: 48}
TINY = {
    "id": "tiny.growing", "framework": "torch", "epochs": 4, "batch_size": 7,
    "architecture": {"name": "resnet_small", "filters": [8], "depths": [1], "dropout": 0.0},
    "data": {"input": {"sizes": GROWING}},
}  # fmt: skip
#: In a process of its own, which may import PyTorch.
PROGRAM = f"""
import json
from fer_core.data.schematic import draw_faces
from fer_core.recipes.recipe import parse_recipe
from fer_core.training.torch_trainer import TorchTrainer
from fer_core.training.trainer import Batch
trainer, drawn, sides = TorchTrainer(parse_recipe({TINY!r})), draw_faces(7, 1), []
trainer.model.net.register_forward_pre_hook(lambda net, given: sides.append(list(given[0].shape[2:])))
for epoch in (1, 2, 3, 4):
    trainer.start_epoch(epoch, epoch)
    trainer.train_batch(Batch(drawn.faces, drawn.labels), 0.01)
learnt = list(sides)
trainer.start_epoch(1, 1)
trainer.predict(drawn.faces)
print(json.dumps([learnt, sides[len(learnt):]]))
"""


def test_each_epoch_learns_from_its_side_and_every_answer_is_given_at_full_size():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=paths.REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    learnt, answered = json.loads(done.stdout.splitlines()[-1])
    assert learnt == [[24, 24], [24, 24], [32, 32], [48, 48]]
    assert answered == [[48, 48]]


def test_a_recipe_keeps_its_sizes_and_one_without_them_keeps_its_hash():
    recipe = parse_recipe(TINY)
    assert parse_recipe(recipe_mapping(recipe)) == recipe
    plain = changed_recipe(recipe, {"data.input.sizes": {}})
    assert "sizes" not in recipe_mapping(plain)["data"]["input"]
    assert plain.sha256 != recipe.sha256


def test_sizes_are_read_from_a_file_and_from_a_change(tmp_path):
    recipe = parse_recipe(TINY)
    write_recipe(recipe, tmp_path / "growing.yaml")
    assert read_recipe(tmp_path / "growing.yaml") == recipe
    key, value = parse_change("data.input.sizes={0: 24, 0.5: 32, 0.75: 48}")
    changed = changed_recipe(parse_recipe(TINY | {"data": {}}), {key: value})
    assert (changed.data.input.sizes, changed.sha256) == (GROWING, recipe.sha256)


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ({0.5: 48}, "must begin at 0"),
        ({0: 32, 1.0: 48}, "its last share lie below 1"),
        ({0: 32}, "its last side must be data.input.size, 48"),
        ({0: 8, 0.5: 48}, "must lie between 16 and 512"),
        ({0: 32.5, 0.5: 48}, "whole pixels"),
        ({"begin": 32, 0.5: 48}, "it must give a side for shares of the epochs"),
        ([32, 48], "it must be a mapping"),
    ],
)
def test_sizes_that_can_t_be_are_refused_in_one_sentence(sizes, sentence):
    with pytest.raises(RecipeError, match=sentence):
        parse_recipe(TINY | {"data": {"input": {"sizes": sizes}}})


def test_keras_has_no_growing_pictures():
    with pytest.raises(RecipeError, match="data.input.sizes works with torch and timm"):
        parse_recipe(TINY | {"framework": "keras"})
