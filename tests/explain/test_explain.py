"""Heat maps: made of every variant's own file, right by independent references, and of the weights they explain."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.stats import spearmanr

from fer_core.evaluation.heat import upscaled_maps
from fer_core.explain.grad_cam import GradCam
from fer_core.explain.graph import read_graph
from fer_core.explain.heat_pictures import overlaid, scale
from fer_core.variants.classifier import OnnxClassifier
from tests.explain.networks import HAPPY, KERAS, QUANTISED, SHIPPED, SURPRISE, TORCH, save, two_channels
from tests.fixtures_variants import make_graph


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_variant_answers_as_its_file_does_and_has_maps_of_every_layer(name, faces):
    network = GradCam(SHIPPED[name])
    expected = OnnxClassifier(SHIPPED[name]).predict_proba(faces)
    every = network.maps(faces, [layer.name for layer in network.layers])
    assert [found.layer for found in every] == network.layers
    in_int8 = any(node.op_type == "QuantizeLinear" for node in onnx.load(SHIPPED[name]).graph.node)
    apart = 0.05 if in_int8 else 1e-4  # where activations are rounded, one may be rounded otherwise
    for found in every:
        assert np.abs(found.probs - expected).max() < apart
        assert found.target.tolist() == expected.argmax(axis=1).tolist()
        assert found.coarse.shape == (3, found.layer.height, found.layer.width)
        assert found.maps.shape == (3, 48, 48) and found.maps.dtype == np.float32
        assert found.maps.min() >= 0 and found.maps.max() <= 1
        assert all(coarse.max() in (0, pytest.approx(1)) for coarse in found.coarse)
    assert (every[-1].strength > 0).any()
    assert np.array_equal(network.maps(faces)[0].coarse, every[-1].coarse)


@pytest.mark.parametrize("name", sorted(QUANTISED))
def test_a_variant_in_int8_has_the_layers_of_the_one_it_was_made_of_and_maps_like_its(name, faces):
    whole, rounded = GradCam(SHIPPED[QUANTISED[name]]), GradCam(SHIPPED[name])
    names = [layer.name for layer in whole.layers]
    assert {layer.name: layer for layer in rounded.layers} == {layer.name: layer for layer in whole.layers}
    pairs = zip(whole.maps(faces, names, SURPRISE), rounded.maps(faces, names, SURPRISE), strict=True)
    alike = [
        spearmanr(expected.ravel(), found.ravel()).statistic
        for of_whole, of_rounded in pairs
        for expected, found in zip(of_whole.coarse, of_rounded.coarse, strict=True)
    ]
    assert np.median(alike) > 0.9


def test_a_map_worked_out_by_hand(tmp_path, faces):
    model, mix = two_channels()
    found = GradCam(save(model, tmp_path)).maps(faces, target=HAPPY)[0]
    shade = faces / np.float32(255)
    expected = np.maximum(mix[0, HAPPY] * shade + mix[1, HAPPY] * (1 - shade), 0) / 48**2
    assert found.strength == pytest.approx(expected.max(axis=(1, 2)), rel=1e-4)
    assert found.coarse * found.strength[:, None, None] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", [KERAS, TORCH])
def test_the_weights_of_channels_are_the_slopes_found_by_nudging_them(name, faces, tmp_path):
    """ONNX Runtime computes the score with one channel of the last layer a little up, a little down."""
    from fer_core.explain import graph as reading

    network = read_graph(SHIPPED[name])
    layer = list(network.layers)[-1]
    tensor, score = network.uses[layer][0].tensor, next(iter(network.softmaxes.values()))
    folded = onnx.shape_inference.infer_shapes(reading._for_one_face(onnx.load(SHIPPED[name]), SHIPPED[name]))
    onnx.save(folded, tmp_path / "folded.onnx")
    head, tail = tmp_path / "head.onnx", tmp_path / "tail.onnx"
    onnx.utils.extract_model(str(tmp_path / "folded.onnx"), str(head), ["faces"], [tensor], check_model=False)
    onnx.utils.extract_model(str(tmp_path / "folded.onnx"), str(tail), [tensor], [score], check_model=False)
    values = ort.InferenceSession(head).run(None, {"faces": faces[:1]})[0]
    answer = ort.InferenceSession(tail)
    nudge, weights = 1e-2, np.zeros(values.shape[1], np.float32)
    for channel in range(values.shape[1]):
        up, down = values.copy(), values.copy()
        up[0, channel] += nudge
        down[0, channel] -= nudge
        scores = [answer.run(None, {tensor: moved})[0].ravel()[HAPPY] for moved in (up, down)]
        weights[channel] = (scores[0] - scores[1]) / (2 * nudge) / values[0, 0].size
    expected = np.maximum(np.tensordot(weights, values[0], axes=1), 0)
    found = GradCam(SHIPPED[name]).maps(faces[:1], target=HAPPY)[0]
    assert found.coarse[0] * found.strength[0] == pytest.approx(expected, abs=0.02 * float(expected.max()))


def randomised(path, seed):
    """The model with every weight drawn anew, as widely spread as those of its tensor."""
    model, rng = onnx.load(path), np.random.default_rng(seed)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype in (np.float16, np.float32, np.int8) and values.ndim > 1:
            wide = values.astype(np.float32)
            drawn = rng.normal(wide.mean(), wide.std(), wide.shape)
            if values.dtype == np.int8:
                drawn = drawn.round().clip(wide.min(), wide.max())
            tensor.CopyFrom(numpy_helper.from_array(drawn.astype(values.dtype), tensor.name))
    return model


@pytest.mark.parametrize("name", SHIPPED)
def test_random_weights_make_other_maps(name, faces, tmp_path):
    """The sanity check of Adebayo et al. 2018: a map that survives random weights explains no model."""
    trained = GradCam(SHIPPED[name]).maps(faces, target=HAPPY)[0]
    ranks = []
    for seed in range(5):
        drawn = GradCam(save(randomised(SHIPPED[name], seed), tmp_path)).maps(faces, target=HAPPY)[0]
        assert np.abs(trained.coarse - drawn.coarse).max() > 0.3
        ranks += [
            spearmanr(ours.ravel(), theirs.ravel()).statistic if np.ptp(ours) * np.ptp(theirs) else 0.0
            for ours, theirs in zip(trained.coarse, drawn.coarse, strict=True)
        ]
    assert np.mean(ranks) < 0.4


@pytest.mark.parametrize("name", [KERAS, TORCH])
def test_a_map_speaks_of_the_emotion_that_was_asked_for(name, faces):
    network = GradCam(SHIPPED[name])
    happy, surprise = (network.maps(faces[:1], target=target)[0] for target in (HAPPY, SURPRISE))
    assert happy.target.tolist() == [HAPPY]
    assert np.abs(happy.maps - surprise.maps).max() > 0.2


def test_a_quantised_network_has_maps_and_its_answers(tmp_path, faces):
    """Faces quantised, convolved in whole numbers, and made floating again, as quantising tools write it."""
    rng = np.random.default_rng(0)
    constants = {
        "shape": np.array([-1, 1, 48, 48]), "kernel": rng.integers(-90, 90, (7, 1, 5, 5)).astype(np.int8),
        "small": np.array(0.002, np.float32), "flat": np.array([0, -1]),
    }  # fmt: skip
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["pixels", "shape"], ["picture"]),
        helper.make_node("DynamicQuantizeLinear", ["picture"], ["whole", "scale", "zero"]),
        helper.make_node("ConvInteger", ["whole", "kernel", "zero"], ["sums"], strides=[4, 4]),
        helper.make_node("Cast", ["sums"], ["floating"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floating", "scale"], ["scaled"]),
        helper.make_node("GlobalAveragePool", ["scaled"], ["means"]),
        helper.make_node("Reshape", ["means", "flat"], ["row"]),
        helper.make_node("Mul", ["row", "small"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=1),
    ]
    path = save(make_graph(nodes, constants), tmp_path)
    network = GradCam(path, "tiny.net")
    (found,) = network.maps(faces[:2])
    assert np.allclose(found.probs, OnnxClassifier(path).predict_proba(faces[:2]), atol=1e-4)
    assert found.layer.channels == 7 and (found.strength > 0).all()


def test_a_face_shows_through_where_a_map_is_cold(faces):
    heat = upscaled_maps(np.array([[0, 1], [0, 1]], np.float32))
    picture = overlaid(faces[0], heat, 96)
    assert picture.shape == (96, 96, 3) and picture.dtype == np.uint8
    assert (picture[:, 0] == picture[:, 0, :1]).all()
    assert (picture[:, -1].max(axis=1) - picture[:, -1].min(axis=1).astype(int) > 40).all()
    bar = scale(100)
    assert bar[0, 0].tolist() == [128] * 3 and bar[0, -1].tolist() != [128] * 3
