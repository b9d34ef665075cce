"""What models say about a picture: the path that pages, command line and API share."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from fer_core.answers import answer_picture, load_classifiers, pictures_table
from fer_core.cli.variants import predict
from fer_core.emotions import EMOTIONS
from fer_core.errors import ModelError, PictureError, UnknownVariantError
from fer_core.faces.finders import crop_face
from fer_core.variants.classifier import FixedClassifier, OnnxClassifier
from tests.fixtures_variants import make_variant

HAPPY = FixedClassifier(np.eye(7, dtype=np.float32)[[3]])


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


ASTRONAUT = png(data.astronaut())


def test_a_photograph_gets_one_answer_for_each_face_and_model():
    answers = answer_picture(ASTRONAUT, "astronaut.png", {"a.happy": HAPPY, "b.happy": HAPPY})
    assert len(answers.faces) == 1
    x, y, width, height = answers.faces[0].box
    assert x < 224 < x + width, "the face's middle, in the published picture"
    assert y < 115 < y + height
    assert list(answers.probs) == ["a.happy", "b.happy"]
    assert answers.probs["a.happy"].tolist() == [[0, 0, 0, 1, 0, 0, 0]]
    assert min(answers.finding_ms, *answers.milliseconds.values()) > 0


def test_a_picture_without_a_face_says_so_and_what_to_do():
    with pytest.raises(PictureError, match=r"No face was found in brick.png.*whole picture"):
        answer_picture(png(data.brick()), "brick.png", {"a.happy": HAPPY})


def test_the_whole_picture_can_be_taken_for_one_face():
    answers = answer_picture(png(data.brick()), "brick.png", {"a.happy": HAPPY}, whole=True)
    assert answers.faces[0].box == (0, 0, 512, 512)
    assert answers.faces[0].crop.shape == (48, 48)


def test_models_that_can_answer_are_loaded_by_id_in_the_asked_order(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    for seed, name in enumerate(["mine.one", "mine.two"]):
        make_variant(tmp_path / "model_cards", name, seed=seed)
    make_variant(tmp_path / "model_cards", "mine.plan", status="recipe-only")
    assert list(load_classifiers(["mine.two", "mine.one"])) == ["mine.two", "mine.one"]
    every = load_classifiers()
    assert {"mine.one", "mine.two"} <= set(every)
    assert "mine.plan" not in every
    assert isinstance(every["mine.one"], OnnxClassifier)
    with pytest.raises(UnknownVariantError, match="did you mean mine.one"):
        load_classifiers(["mine.on"])
    with pytest.raises(ModelError, match="recipe only"):
        load_classifiers(["mine.plan"])
    with pytest.raises(ModelError, match="no weights.safetensors"):
        load_classifiers(["mine.one"], "native")


def test_the_answers_to_several_pictures_stand_in_one_table_a_row_for_each_face_and_model():
    twice = png(np.hstack([data.astronaut()[:300, 100:400]] * 2))
    sad = FixedClassifier(np.eye(7, dtype=np.float32)[[5]])
    classifiers = {"a.happy": HAPPY, "b.sad": sad}
    answered = [
        (name, answer_picture(picture, name, classifiers))
        for name, picture in (("a", ASTRONAUT), ("b", twice))
    ]
    table = pictures_table((name, answers.without_pixels()) for name, answers in answered)
    assert table[["picture", "face", "variant", "says", "prob"]].to_numpy().tolist() == [
        [picture, face, variant, says, 1.0]
        for picture, face in (("a", 1), ("b", 1), ("b", 2))
        for variant, says in (("a.happy", "happy"), ("b.sad", "sad"))
    ]
    assert table[list(EMOTIONS)].sum(axis=1).tolist() == [1] * 6 and table["sure"].all()
    assert pictures_table([]).empty


def test_the_command_line_prints_the_same_probabilities(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    make_variant(tmp_path / "model_cards", "mine.one")
    (tmp_path / "astronaut.png").write_bytes(ASTRONAUT)

    class Options:
        picture, models, runtime, whole, json = tmp_path / "astronaut.png", ["mine.one"], "onnx", False, False
        doubtful, turn = False, 0

    predict(Options)
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("mine.one"))
    printed = [float(word) for word in line.split()[1:8]]
    answers = answer_picture(ASTRONAUT, "astronaut.png", load_classifiers(["mine.one"]))
    assert printed == pytest.approx(answers.probs["mine.one"][0].tolist(), abs=6e-4)


def test_a_face_that_was_drawn_by_hand_comes_first_and_takes_the_place_of_what_was_found_there():
    """The astronaut's face lies about (224, 115) in the published picture."""
    beside = answer_picture(ASTRONAUT, "a.png", {"a.happy": HAPPY}, drawn=(300, 300, 80, 60))
    assert [face.by_hand for face in beside.faces] == [True, False]
    assert beside.faces[0].box == (300, 290, 80, 80)
    assert np.array_equal(beside.faces[0].crop, crop_face(data.astronaut(), (300, 290, 80, 80)))
    assert beside.probs["a.happy"].shape == (2, 7)
    over = answer_picture(ASTRONAUT, "a.png", {"a.happy": HAPPY}, drawn=(170, 60, 110, 110))
    assert [face.by_hand for face in over.faces] == [True]
    brick = answer_picture(png(data.brick()), "brick.png", {"a.happy": HAPPY}, drawn=(10, 10, 60, 60))
    assert [face.by_hand for face in brick.faces] == [True]
