"""Models of any size and colour: each is given its own cut of a picture, and the faces of FER2013 enlarged."""

import cv2
import numpy as np
import onnx
import pytest

from fer_core.answers import answer_picture
from fer_core.curation.merging import merge_models
from fer_core.curation.registration import ModelDescription
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.errors import ContractError, ModelError
from fer_core.evaluation.blends import Blend
from fer_core.explain.grad_cam import GradCam
from fer_core.faces.cuts import Cuts
from fer_core.faces.finders import crop_face, whole_picture
from fer_core.faces.intake import FER_FACE, Intake, fitted
from fer_core.live.parallel import ask_all
from fer_core.variants.classifier import FixedClassifier, OnnxClassifier
from fer_core.variants.registry import get_variant
from tests.curation.registering import register
from tests.fixtures_variants import coloured_model, use_empty_folders


def saved(folder, model, name="model.onnx"):
    onnx.save(model, folder / name)
    return folder / name


@pytest.fixture
def picture():
    return np.random.default_rng(1).integers(0, 256, (120, 120, 3), np.uint8)


def test_a_model_says_by_its_graph_what_it_takes(tmp_path):
    assert OnnxClassifier(saved(tmp_path, coloured_model())).intake == Intake(64, True)
    assert OnnxClassifier(saved(tmp_path, coloured_model(32, False))).intake == Intake(32)
    with pytest.raises(ContractError, match="faces of 8 x 8 grey; a side may have 16 to 1024 pixels"):
        OnnxClassifier(saved(tmp_path, coloured_model(8, False)))


def test_faces_of_fer2013_are_enlarged_as_a_whole_picture_of_that_size_is_cut(tmp_path):
    faces = np.random.default_rng(2).integers(0, 256, (40, 48, 48), np.uint8)
    model = OnnxClassifier(saved(tmp_path, coloured_model()))
    enlarged = fitted(faces, model.intake)
    assert enlarged.shape == (40, 64, 64, 3)
    assert np.array_equal(model.predict_proba(faces), model.predict_proba(enlarged))
    rgb = np.repeat(faces[0][..., None], 3, axis=2)
    assert np.array_equal(crop_face(rgb, (0, 0, 48, 48), model.intake), enlarged[0])
    with pytest.raises(ValueError, match=r"\(N, 64, 64, 3\), not \(1, 64, 64\)"):
        model.predict_proba(np.zeros((1, 64, 64), np.uint8))


def test_of_a_picture_every_model_gets_its_own_cut(tmp_path, picture):
    large = OnnxClassifier(saved(tmp_path, coloured_model()))
    small = FixedClassifier(np.full(7, 1 / 7))
    data = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
    answers = answer_picture(data, "noise.png", {"a.large": large, "a.small": small}, whole=True)
    own = crop_face(picture, (0, 0, 120, 120), Intake(64, True))
    assert np.array_equal(own, cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA))
    assert np.allclose(answers.probs["a.large"], large.predict_proba(own[None]))
    replies = ask_all({"a.large": large, "a.small": small}, Cuts(picture, answers.faces), {})
    assert not replies.errors
    assert np.allclose(replies.probs["a.large"], answers.probs["a.large"])


def test_each_size_and_colour_is_cut_once(picture):
    cuts = Cuts(picture, [whole_picture(picture)])
    assert cuts.of(Intake(64, True)) is cuts.of(Intake(64, True))
    assert np.array_equal(cuts.of(FER_FACE)[0], whole_picture(picture).crop)


def test_its_heat_maps_are_made_of_the_enlarged_face(tmp_path):
    path = saved(tmp_path, coloured_model())
    faces = np.random.default_rng(2).integers(0, 256, (2, 48, 48), np.uint8)
    (found,) = GradCam(path, "a.large").maps(faces)
    assert np.allclose(found.probs, OnnxClassifier(path).predict_proba(faces), atol=1e-5)
    assert found.maps.shape == (2, 48, 48)


def test_models_that_take_different_faces_are_not_merged_and_alike_ones_are(tmp_path):
    files = {
        "a.large": saved(tmp_path, coloured_model(), "large.onnx"),
        "a.small": saved(tmp_path, coloured_model(48, False), "small.onnx"),
    }
    blend = Blend({"a.large": 0.5, "a.small": 0.5}, "mean", "by hand")
    with pytest.raises(ModelError, match="a.large takes 64 x 64 in colour, a.small takes 48 x 48 grey"):
        merge_models("a.both", files, blend)
    merged = merge_models("a.both", files | {"a.small": files["a.large"]}, blend)
    assert OnnxClassifier(saved(tmp_path, merged)).intake == Intake(64, True)


def test_its_card_says_that_it_was_judged_on_enlarged_faces(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(28, 28))
    register(coloured_model(), ModelDescription("a.large"), tmp_path)
    card = get_variant("a.large").card
    assert card.faceoff["faces"] == {"size": 64, "colour": "rgb"}
    assert "It reads faces in colour of 64 x 64 pixels" in card.body
    assert "judged on grey ones of 48 x 48, brought to that size" in card.body
