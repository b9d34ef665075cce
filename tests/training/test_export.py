"""Half-precision storage, the contract's names, and the proof of parity."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from fer_core.data.schematic import draw_faces
from fer_core.errors import ModelError
from fer_core.training.export import Parity, check_parity, halve_weights, name_contract
from fer_core.variants.classifier import OnnxClassifier
from tests.fixtures_variants import make_model


def answers(model, path):
    onnx.save(model, path)
    return OnnxClassifier(path).predict_proba(draw_faces(70, 0).faces)


def widened(model):
    """The model with its first initialiser large enough to be halved, by a float32 pass-through."""
    extra = onnx.numpy_helper.from_array(np.linspace(-1, 1, 4096, dtype=np.float32), "wide")
    model.graph.initializer.append(extra)
    model.graph.node.append(onnx.helper.make_node("ReduceMax", ["wide"], ["unused"], keepdims=0))
    return model


def test_large_weights_are_stored_as_half_and_answers_stay(tmp_path):
    model = widened(make_model(3))
    before = answers(model, tmp_path / "float32.onnx")
    halve_weights(model)
    onnx.checker.check_model(model)
    after = answers(model, tmp_path / "float16.onnx")
    stored = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert stored["wide.half"] == TensorProto.FLOAT16
    assert np.abs(after - before).max() <= 5e-3


def test_weights_beyond_the_range_of_half_stay_float32():
    model = make_model(0)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.full(2048, 1e6, np.float32), "huge"))
    halve_weights(model)
    assert {tensor.name: tensor.data_type for tensor in model.graph.initializer}["huge"] == TensorProto.FLOAT


def test_a_threshold_spares_smaller_weights():
    model = widened(make_model(0))
    halve_weights(model, smallest=8192)
    assert {tensor.name: tensor.data_type for tensor in model.graph.initializer}["wide"] == TensorProto.FLOAT


def test_what_an_exporter_notes_of_its_machine_is_forgotten():
    model = make_model()
    for part in (model, model.graph, *model.graph.node, *model.graph.initializer, model.graph.input[0]):
        part.doc_string = 'File "/home/ann/net.py", line 3'
        part.metadata_props.add(key="stack", value="/home/ann")
    name_contract(model, "a.b")
    assert b"/home/ann" not in model.SerializeToString()
    assert [prop.key for prop in model.metadata_props] == ["faceoff.id", "faceoff.labels"]


def test_input_and_output_get_the_names_of_the_contract_and_keep_their_answers(tmp_path):
    model = make_model(1)
    before = answers(model, tmp_path / "model.onnx")
    for port, name in ((model.graph.input[0], "x"), (model.graph.output[0], "Identity:0")):
        for node in model.graph.node:
            node.input[:] = [name if value == port.name else value for value in node.input]
            node.output[:] = [name if value == port.name else value for value in node.output]
        port.name = name
    name_contract(model, "tiny.net")
    assert np.array_equal(answers(model, tmp_path / "named.onnx"), before)
    assert {entry.key: entry.value for entry in model.metadata_props}["faceoff.id"] == "tiny.net"


@pytest.mark.parametrize(
    ("parity", "sentence"),
    [
        (Parity(2e-4, 0.0, 1.0), "2.0e-04 from its framework"),
        (Parity(0.0, 6e-3, 1.0), "by up to 6.0e-03"),
        (Parity(0.0, 1e-3, 0.998), "0.20% of the emotions"),
    ],
)
def test_a_graph_that_answers_otherwise_is_refused(parity, sentence):
    with pytest.raises(ModelError, match=sentence):
        check_parity(parity, "tiny.net")


def test_a_graph_within_all_tolerances_passes():
    assert check_parity(Parity(1e-5, 4e-3, 0.9995), "tiny.net") is None
