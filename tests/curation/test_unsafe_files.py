"""Files that may hold code, reach outside themselves or never end are refused before they are loaded."""

import os
import pickle
import zipfile

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fer_core.adapting.onnx_checks import checked_model
from fer_core.curation.registration import ModelDescription, ModelFile, start_registration
from fer_core.errors import ModelError
from tests.fixtures_variants import make_model


def external():
    model = make_model(0)
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == "weights16")
    onnx.external_data_helper.set_external_data(tensor, location="/etc/passwd")
    return model


def hidden_external():
    """The outside file belongs to a constant inside a branch."""
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "inside")
    onnx.external_data_helper.set_external_data(tensor, location="../secret")
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["out"], value=tensor)], "branch", [],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, (4,))],
    )  # fmt: skip
    model = make_model(0)
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.node.append(
        helper.make_node("If", ["yes"], ["unused"], then_branch=branch, else_branch=branch)
    )
    return model


def foreign():
    model = make_model(0)
    model.graph.node.append(helper.make_node("Evil", ["faces"], ["unused"], domain="com.example"))
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


def endless():
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["still"])], "body",
        [helper.make_tensor_value_info(*port, ()) for port in (("i", TensorProto.INT64), ("go", TensorProto.BOOL))],
        [helper.make_tensor_value_info("still", TensorProto.BOOL, ())],
    )  # fmt: skip
    model = make_model(0)
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.node.append(helper.make_node("Loop", ["", "yes"], [], body=body))
    return model


def invalid():
    model = make_model(0)
    model.graph.node[0].op_type = "NoSuchOperator"
    return model


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (external, "keeps weights in another file"),
        (hidden_external, "keeps weights in another file"),
        (foreign, "com.example.Evil, which is no standard ONNX operator"),
        (endless, "Loop, which may never end"),
        (invalid, "is not valid ONNX"),
    ],
)
def test_a_file_that_is_not_complete_standard_onnx_is_refused_before_it_is_loaded(model, reason):
    with pytest.raises(ModelError, match=reason):
        checked_model(model().SerializeToString(), "mine.onnx")


def test_operators_made_of_standard_ones_inside_the_file_are_let_in():
    model = make_model(0)
    twice = helper.make_function(
        "mine", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    model.functions.append(twice)
    model.opset_import.append(helper.make_opsetid("mine", 1))
    model.graph.node.append(helper.make_node("Twice", ["probs"], ["unused"], domain="mine"))
    assert checked_model(model.SerializeToString(), "mine.onnx").functions


@pytest.mark.parametrize("data", [b"", b"Dear Sir or Madam", b"\x0a\xff\xff\xff\xff", bytes(100)])
def test_what_is_no_onnx_at_all_is_said_so(data):
    with pytest.raises(ModelError, match="can't be read as ONNX"):
        checked_model(data, "mine.onnx")


class Bomb:
    def __reduce__(self):
        return (os._exit, (3,))


@pytest.mark.parametrize(
    "name", ["a.pt", "a.PTH", "a.pkl", "a.pickle", "a.torchscript", "a.joblib", "a.bin", "a.npy"]
)
def test_pickles_and_their_kin_are_refused_by_their_names(home, name):
    with pytest.raises(ModelError, match="is refused unopened"):
        start_registration(ModelFile(pickle.dumps(Bomb()), name), ModelDescription("mine.net"))


def test_pickles_and_archives_are_refused_under_any_name(home, tmp_path):
    archive = tmp_path / "archive"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("data.pkl", pickle.dumps(Bomb()))
    for data in (pickle.dumps(Bomb()), archive.read_bytes(), b"\x89HDF\r\n\x1a\n"):
        with pytest.raises(ModelError, match="is refused unopened: it is "):
            start_registration(ModelFile(data, "mine.onnx"), ModelDescription("mine.net"))
    with pytest.raises(ModelError, match=r"its name should end in \.onnx, \.h5"):
        start_registration(ModelFile(b"text", "mine.txt"), ModelDescription("mine.net"))


def test_a_model_that_is_too_large_is_refused_before_it_is_written(home, monkeypatch):
    monkeypatch.setenv("FER_MODEL_MB", "1")
    with pytest.raises(ModelError, match="at most 1 can be, unless FER_MODEL_MB says more"):
        start_registration(ModelFile(bytes(1_000_001), "mine.onnx"), ModelDescription("mine.net"))
    with pytest.raises(ModelError, match="at most 1"):
        checked_model(bytes(1_000_001), "mine.onnx")
    assert not (home / "registering").exists()
