"""Models, recipes and cards of strangers who mean no good: each a function of a random source."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from random import Random

import numpy as np
import onnx
import yaml
from onnx import helper, numpy_helper

from fer_core import paths
from tests.fixtures_variants import make_model
from tests.hostile_pictures import Made


def other_model(rng: Random) -> Made:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(print))
    content = (pickle.dumps(print), file.getvalue(), b"\x89HDF\r\n", b"", rng.randbytes(5_000))
    return rng.choice(("m.onnx", "m.pt", "m\x1b[2J.onnx", "m.h5")), rng.choice(content)


def odd_version(rng: Random) -> Made:
    model = make_model(rng.randrange(100))
    if rng.random() < 0.5:
        model.ir_version = rng.choice((14, 99, 2**40))
    else:
        model.opset_import[0].version = rng.choice((5, 6, 99, 2**40))
    return "odd.onnx", model.SerializeToString()


def greedy_model(rng: Random) -> Made:
    """It asks for terabytes, or may never end."""
    model = make_model()
    if rng.random() < 0.5:
        shape = numpy_helper.from_array(np.array([10**13], np.int64), "shape")
        model.graph.initializer.append(shape)
        model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["shape"], ["zeros"]))
        model.graph.node.insert(1, helper.make_node("ReduceSum", ["zeros"], ["sum"], keepdims=0))
        model.graph.node[2].input[0] = "sum"
    else:
        body = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "body", [], [])
        model.graph.node.append(helper.make_node("Loop", ["", ""], ["x"], body=body))
    return "greedy.onnx", model.SerializeToString()


def reaching_model(rng: Random) -> Made:
    model = make_model()
    tensor = model.graph.initializer[0]
    place = rng.choice(("/etc/passwd", "../../secret", "weights.bin"))
    onnx.external_data_helper.set_external_data(tensor, location=place)
    tensor.ClearField("raw_data")
    return "reaching.onnx", model.SerializeToString()


def damaged_model(rng: Random) -> Made:
    data = bytearray(make_model().SerializeToString())
    return "damaged.onnx", bytes(data[: rng.randrange(1, len(data) // 2)])


def _odd_yaml(rng: Random) -> str:
    bomb = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 9))])
    return rng.choice(
        (
            "when: 2001-99-99",
            "when: 2001-01-01 99:00:00",
            f"n: {'9' * 5_000}",
            f"n: 0x{'f' * 5_000}",
            "a: &a {b: *a}",
            bomb,
            "deep: " + "[" * 20_000,
            "deep: " + "{a: " * 5_000,
            "id: x\nid: y",
            "x: !!python/name:os",
            "\t- x",
            "? [a, b]\n: c",
            "n: 1:2:3:4:5",
            "t: \x07\x1b[31m",
            "x: " + "a" * 90_000,
            "{}",
            "- a",
            "? ? ?",
        )
    )


def odd_recipe(rng: Random) -> Made:
    return rng.choice(("r.yaml", "\u202er.yml")), _odd_yaml(rng).encode()


def wrong_recipe(rng: Random) -> Made:
    wrong = rng.choice(
        (
            {"deviations": 7},
            {"reported": 7},
            {"architecture": {"name": ["a"]}},
            {"data": {"protocol": {"a": 1}}},
            {"data": {"preparation": ["raw"]}},
            {"epochs": -1},
            {"epochs": "many"},
            {"id": "../../x"},
            {"id": "a" * 300},
            {"framework": "\x1b[31mtorch"},
            {"learning": 1},
            {"batch_size": 1e400},
            {"seed": None},
        )
    )
    recipe = {"id": "mine.net", "framework": "torch", "architecture": {"name": "nothing.like"}} | wrong
    return "wrong.yaml", yaml.safe_dump(recipe, allow_unicode=True).encode()


def large_recipe(rng: Random) -> Made:
    return "large.yaml", rng.choice((b"a: b\n" * 100_000, b"\xff\xfe" + rng.randbytes(1_000)))


def _good_card() -> dict:
    """The front matter of a shipped card under another id."""
    text = (paths.REPOSITORY / "model_cards" / "pisa.cnn5_class_weight" / paths.CARD).read_text(
        encoding="utf-8"
    )
    card = yaml.safe_load(text.split("---\n")[1])
    card["faceoff"]["id"] = "mine.odd"
    return card


def odd_card(rng: Random) -> Made:
    return "README.md", f"---\n{yaml.safe_dump(_good_card())}{_odd_yaml(rng)}\n---\n# mine.odd\n".encode()


def wrong_card(rng: Random) -> Made:
    card = _good_card()
    place, value = rng.choice(
        (
            (("parameters",), -5),
            (("metrics", "private_test", "accuracy"), 64.2),
            (("status",), "best"),
            (("id",), "a/b"),
            (("metrics", "private_test", "n"), 0),
            (("metrics", "private_test", "accuracy"), float("nan")),
            (("framework",), 7),
        )
    )
    block = card["faceoff"]
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] = value
    return "README.md", f"---\n{yaml.safe_dump(card)}\n---\n# mine.odd\n".encode()


MODELS: tuple[Callable[[Random], Made], ...] = (
    other_model,
    odd_version,
    greedy_model,
    reaching_model,
    damaged_model,
)
RECIPES: tuple[Callable[[Random], Made], ...] = (odd_recipe, wrong_recipe, large_recipe)
CARDS: tuple[Callable[[Random], Made], ...] = (odd_card, wrong_card)
