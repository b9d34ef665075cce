"""The contract of model files: what honours it answers, what breaks it is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from fer_core.errors import ContractError, ModelError, UnknownVariantError
from fer_core.variants.classifier import (
    BATCH_FACES,
    FixedClassifier,
    OnnxClassifier,
    load_classifier,
)
from tests.fixtures_variants import make_graph, make_model, make_variant, use_empty_folders


@pytest.fixture
def faces():
    return np.random.default_rng(0).integers(0, 256, (2 * BATCH_FACES + 5, 48, 48), np.uint8)


@pytest.fixture
def classifier(tmp_path):
    return OnnxClassifier(save(tmp_path, make_model(seed=1)))


def save(folder, model):
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


def test_the_answers_are_those_of_the_network_worked_out_by_hand(classifier, faces):
    weights = np.random.default_rng(1).normal(0, 1, (36, 7)).astype(np.float16).astype(np.float32)
    means = faces.reshape(-1, 6, 8, 6, 8).mean(axis=(2, 4)).reshape(-1, 36) / 255
    logits = means @ weights
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(classifier.predict_proba(faces), expected, atol=1e-5)


def test_a_big_input_is_answered_in_order_and_as_face_by_face(classifier, faces):
    together = classifier.predict_proba(faces)
    assert together.shape == (len(faces), 7) and together.dtype == np.float32
    for index in (0, BATCH_FACES - 1, BATCH_FACES, len(faces) - 1):
        assert np.allclose(classifier.predict_proba(faces[index : index + 1])[0], together[index], atol=1e-6)


def test_no_faces_are_no_answers(classifier):
    assert classifier.predict_proba(np.zeros((0, 48, 48), np.uint8)).shape == (0, 7)


def test_a_view_that_is_not_contiguous_is_answered_as_its_copy(classifier, faces):
    mirrored = faces[:10, :, ::-1]
    assert np.array_equal(classifier.predict_proba(mirrored), classifier.predict_proba(mirrored.copy()))


def test_one_classifier_serves_many_threads_at_once(classifier, faces):
    alone = classifier.predict_proba(faces)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(classifier.predict_proba, [faces] * 16))
    assert all(np.array_equal(answer, alone) for answer in answers)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 48, 48), np.float32),
        np.zeros((48, 48), np.uint8),
        np.zeros((1, 64, 64), np.uint8),
        np.zeros((1, 48, 48, 3), np.uint8),
        [[0]],
    ],
)
@pytest.mark.parametrize("kind", ["onnx", "fixed"])
def test_faces_of_another_type_or_shape_are_refused(classifier, wrong, kind):
    tested = classifier if kind == "onnx" else FixedClassifier(np.full(7, 1 / 7))
    with pytest.raises(ValueError, match="Faces"):
        tested.predict_proba(wrong)


# --- files that break the contract --------------------------------------------------------------------------

FLAT = helper.make_node("Reshape", ["pixels", "flat"], ["features"])
SOFTMAX = helper.make_node("Softmax", ["logits"], ["probs"], axis=1)


def small(nodes=None, constants=None, **ports):
    """Cast, flatten, one linear layer, softmax; the arguments break it."""
    nodes = nodes or [
        helper.make_node("Cast", [ports.get("input_name", "faces")], ["pixels"], to=TensorProto.FLOAT),
        FLAT,
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], [ports.get("output_name", "probs")], axis=1),
    ]
    weights = np.random.default_rng(0).normal(0, 1e-3, (2304, ports.pop("classes", 7))).astype(np.float32)
    return make_graph(nodes, {"flat": np.array([-1, 2304]), "weights": weights} | (constants or {}), **ports)


def test_the_small_network_itself_honours_the_contract(tmp_path, faces):
    probs = OnnxClassifier(save(tmp_path, small())).predict_proba(faces[:3])
    assert np.allclose(probs.sum(axis=1), 1, atol=1e-5)


LOGITS_OUT = [
    helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
    FLAT,
    helper.make_node("MatMul", ["features", "weights"], ["probs"]),
]
SOFTMAX_OVER_FACES = [*LOGITS_OUT[:2], helper.make_node("MatMul", ["features", "weights"], ["logits"]),
                      helper.make_node("Softmax", ["logits"], ["probs"], axis=0)]  # fmt: skip
NORMALISED_BY_THE_BATCH = [
    helper.make_node("Cast", ["faces"], ["raw"], to=TensorProto.FLOAT),
    helper.make_node("ReduceMean", ["raw"], ["mean"], axes=[0], keepdims=1),
    helper.make_node("Sub", ["raw", "mean"], ["pixels"]),
    FLAT,
    helper.make_node("MatMul", ["features", "weights"], ["logits"]),
    SOFTMAX,
]
NOT_A_NUMBER = [
    helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
    FLAT,
    helper.make_node("Div", ["features", "nought"], ["divided"]),
    helper.make_node("MatMul", ["divided", "weights"], ["logits"]),
    SOFTMAX,
]


ONE_ANSWER_FOR_ALL = [
    *LOGITS_OUT[:2],
    helper.make_node("Compress", ["features", "first"], ["one"], axis=0),
    helper.make_node("MatMul", ["one", "weights"], ["logits"]),
    SOFTMAX,
]
LOOKS_AT_THE_TENTH_FACE = [
    *LOGITS_OUT[:2],
    helper.make_node("MatMul", ["features", "weights"], ["own"]),
    helper.make_node("Gather", ["own", "tenth"], ["other"], axis=0),
    helper.make_node("Add", ["own", "other"], ["logits"]),
    SOFTMAX,
]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (small(input_name="image"), r"its input is named `image`; the contract is `faces`"),
        (small(output_name="logits_out"), "its output is named `logits_out`; the contract is `probs`"),
        (
            small(input_type=TensorProto.FLOAT),
            r"its input is tensor\(float\); the contract is tensor\(uint8\)",
        ),
        (small(input_shape=(1, 48, 48)), "N free"),
        (small(input_shape=("N", 1, 48, 48)), r"the contract is \(N, S, S\) or"),
        (small(input_shape=("N", 64, 36)), r"the contract is \(N, S, S\) or \(N, S, S, 3\)"),
        (small(classes=8, output_shape=("N", 8)), r"the contract is \(N, 7\)"),
        (small(ONE_ANSWER_FOR_ALL, {"first": np.array([True])}), r"answers \(1, 7\) for 3 faces"),
        (small(LOGITS_OUT), "not probabilities"),
        (small(SOFTMAX_OVER_FACES), "not probabilities"),
        (small(NOT_A_NUMBER, {"nought": np.zeros(1, np.float32)}), "not probabilities"),
        (small(NORMALISED_BY_THE_BATCH), "when others stand beside it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_differs_from_the_contract_is_named(tmp_path, model, sentence):
    with pytest.raises(ContractError, match=sentence) as raised:
        OnnxClassifier(save(tmp_path, model))
    assert f"{tmp_path.name}/model.onnx" in str(raised.value)


def test_a_second_output_is_refused(tmp_path):
    model = small()
    model.graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("N", 7)))
    with pytest.raises(ContractError, match=r"outputs \['probs', 'logits'\]"):
        OnnxClassifier(save(tmp_path, model))


def test_a_network_that_fails_when_run_is_refused(tmp_path):
    model = small(LOOKS_AT_THE_TENTH_FACE, {"tenth": np.array([9])})
    with pytest.raises(ModelError, match="failed on 3 faces"):
        OnnxClassifier(save(tmp_path, model))


@pytest.mark.parametrize("content", [b"", b"not a model", make_model().SerializeToString()[:400]])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="model.onnx"):
        OnnxClassifier(tmp_path / "model.onnx")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ModelError, match="There is no model file"):
        OnnxClassifier(tmp_path / "model.onnx")


# --- variants -----------------------------------------------------------------------------------------------


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


def test_a_variant_is_loaded_by_its_id(shipped, faces):
    make_variant(shipped, "a.one", seed=3)
    assert load_classifier("a.one").predict_proba(faces[:2]).shape == (2, 7)


def test_a_variant_that_cannot_predict_says_why(shipped):
    make_variant(shipped, "a.later", status="recipe-only")
    make_variant(shipped, "a.large", parameters=20_000_000, with_model=False)
    (make_variant(shipped, "a.broken") / "predictions.parquet").unlink()
    with pytest.raises(ModelError, match="recipe only"):
        load_classifier("a.later")
    with pytest.raises(ModelError, match="without its model file"):
        load_classifier("a.large")
    with pytest.raises(ModelError, match="a.broken is broken: .*predictions.parquet is missing"):
        load_classifier("a.broken")
    with pytest.raises(UnknownVariantError, match=r"did you mean a\.later"):
        load_classifier("a.latr")


def test_the_fake_answers_its_rows_in_turn(faces):
    rows = np.eye(7)[:2]
    assert np.array_equal(FixedClassifier(rows).predict_proba(faces[:5]).argmax(axis=1), [0, 1, 0, 1, 0])
