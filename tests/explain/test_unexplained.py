"""Networks, files and requests of which no heat map can be made are refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from fer_core.errors import ExplanationError, ModelError
from fer_core.explain.grad_cam import GradCam
from tests.explain.networks import KERAS, SHIPPED, save, two_channels
from tests.fixtures_variants import make_model


def test_an_unknown_layer_is_answered_with_near_names(faces):
    network = GradCam(SHIPPED[KERAS])
    wrong = network.layers[0].name + "x"
    with pytest.raises(ExplanationError, match=rf"no convolutional layer '{wrong}'; did you mean"):
        network.maps(faces, [wrong])


def test_a_network_without_convolutions_has_nothing_to_show(tmp_path):
    with pytest.raises(ExplanationError, match="no convolutional layer with more than one place"):
        GradCam(save(make_model(), tmp_path), "tiny.net")


def test_an_operator_without_a_known_gradient_is_named(tmp_path):
    model, _ = two_channels()
    first = next(node for node in model.graph.node if node.op_type == "Relu")
    first.op_type = "Ceil"
    with pytest.raises(ExplanationError, match=r"tiny\.net uses Ceil, of which no gradient is known"):
        GradCam(save(model, tmp_path), "tiny.net")


def test_a_network_that_would_answer_otherwise_here_is_refused(tmp_path):
    model, _ = two_channels()
    first = next(node for node in model.graph.node if node.op_type == "Relu")
    first.op_type = "Selu"
    GradCam(save(model, tmp_path), "tiny.net")
    first.attribute.append(helper.make_attribute("gamma", 0.5))
    with pytest.raises(
        ExplanationError, match=r"tiny\.net answers otherwise where heat maps are made than in ONNX"
    ):
        GradCam(save(model, tmp_path), "tiny.net")


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="can't be read by ONNX"):
        GradCam(tmp_path / "model.onnx")


def test_wrong_faces_and_targets_are_refused(faces):
    network = GradCam(SHIPPED[KERAS])
    for wrong in (faces[:0], faces.astype(np.float32)):
        with pytest.raises(ValueError):
            network.maps(wrong)
    with pytest.raises(ValueError):
        network.maps(faces, target=7)
