"""Heat maps: made of every variant's own file, right by independent references, and of the weights they explain."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.stats import spearmanr

from fer_core import paths
from fer_core.curation.merging import merge_models
from fer_core.data.schematic import draw_face
from fer_core.emotions import EMOTIONS
from fer_core.errors import ExplanationError, ModelError
from fer_core.evaluation.blends import FITTED, Blend
from fer_core.evaluation.ensembles import LOG_MEAN, MEAN
from fer_core.evaluation.heat import upscaled_maps
from fer_core.explain.grad_cam import GradCam
from fer_core.explain.graph import read_graph
from fer_core.explain.heat_pictures import overlaid, scale
from fer_core.explain.layers import short_names
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.registry import list_variants
from tests.fixtures_variants import make_graph, make_model

SHIPPED = {
    variant.id: variant.model_path
    for variant in list_variants()
    if variant.can_predict and variant.folder.parent == paths.SHIPPED_CARDS
}
KERAS, TORCH = "pisa.cnn5_class_weight", "ece176.customnet_10"
HAPPY, SURPRISE = EMOTIONS.index("happy"), EMOTIONS.index("surprise")


@pytest.fixture(scope="module")
def faces():
    return np.stack([draw_face(name, np.random.default_rng(1)) for name in ("happy", "sad", "surprise")])


def save(model, folder):
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


def two_channels(turn: bool = False):
    """One layer of two channels, the face / 255 and its negative, and seven scores of its channels' means.

    With ``turn``, the same layer also sees the mirrored face, and the seven probabilities are averaged.
    """
    rng = np.random.default_rng(3)
    constants = {
        "scale": np.array(1 / 255, np.float32),
        "one": np.array([-1, 1, 48, 48], np.int64),
        "flat": np.array([-1, 2], np.int64),
        "kernel": np.array([1, -1], np.float32).reshape(2, 1, 1, 1),
        "bias": np.array([0, 1], np.float32),
        "mix": rng.normal(0, 1, (2, 7)).astype(np.float32),
        "start": np.array([-1], np.int64),
        "end": np.array([-(2**63)], np.int64),
        "axis": np.array([3], np.int64),
        "back": np.array([-1], np.int64),
        "half": np.array(0.5, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["pixels", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "one"], ["picture"]),
        helper.make_node("Slice", ["picture", "start", "end", "axis", "back"], ["turned"]),
    ]
    for name in ("picture", "turned") if turn else ("picture",):
        nodes += [
            helper.make_node("Conv", [name, "kernel", "bias"], [f"{name}.conv"]),
            helper.make_node("Relu", [f"{name}.conv"], [f"{name}.relu"]),
            helper.make_node("GlobalAveragePool", [f"{name}.relu"], [f"{name}.mean"]),
            helper.make_node("Reshape", [f"{name}.mean", "flat"], [f"{name}.flat"]),
            helper.make_node("MatMul", [f"{name}.flat", "mix"], [f"{name}.scores"]),
            helper.make_node("Softmax", [f"{name}.scores"], [f"{name}.probs"], axis=1),
        ]
    if turn:
        nodes += [
            helper.make_node("Add", ["picture.probs", "turned.probs"], ["sum"]),
            helper.make_node("Mul", ["sum", "half"], ["probs"]),
        ]
    else:
        nodes += [helper.make_node("Identity", ["picture.probs"], ["probs"])]
    return make_graph(nodes, constants), constants["mix"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_variant_answers_as_its_file_does_and_has_maps_of_every_layer(name, faces):
    network = GradCam(SHIPPED[name])
    expected = OnnxClassifier(SHIPPED[name]).predict_proba(faces)
    every = network.maps(faces, [layer.name for layer in network.layers])
    assert [found.layer for found in every] == network.layers
    for found in every:
        assert np.abs(found.probs - expected).max() < 1e-4
        assert found.target.tolist() == expected.argmax(axis=1).tolist()
        assert found.coarse.shape == (3, found.layer.height, found.layer.width)
        assert found.maps.shape == (3, 48, 48) and found.maps.dtype == np.float32
        assert found.maps.min() >= 0 and found.maps.max() <= 1
        assert all(coarse.max() in (0, pytest.approx(1)) for coarse in found.coarse)
    assert (every[-1].strength > 0).any()
    assert np.array_equal(network.maps(faces)[0].coarse, every[-1].coarse)


@pytest.mark.parametrize("name", SHIPPED)
def test_layers_have_short_names_of_their_own_and_run_from_the_face_to_the_answer(name):
    layers = list(read_graph(SHIPPED[name]).layers.values())
    assert len({layer.name for layer in layers}) == len(layers)
    assert layers[0].height >= layers[-1].height > 1
    assert all(0 < len(layer.name) < 40 and layer.channels > 1 for layer in layers)


def test_layers_of_keras_bear_the_names_of_its_layers():
    names = short_names([
        "functional/conv2d_1/convolution/ReadVariableOp:0", "functional/separable_conv2d/separable_conv2d/depthwise:0",
        "functional/separable_conv2d/separable_conv2d/merged_input:0",
    ])  # fmt: skip
    assert names == ["conv2d_1", "separable_conv2d.depthwise", "separable_conv2d"]


def test_a_map_worked_out_by_hand(tmp_path, faces):
    model, mix = two_channels()
    found = GradCam(save(model, tmp_path)).maps(faces, target=HAPPY)[0]
    shade = faces / np.float32(255)
    expected = np.maximum(mix[0, HAPPY] * shade + mix[1, HAPPY] * (1 - shade), 0) / 48**2
    assert found.strength == pytest.approx(expected.max(axis=(1, 2)), rel=1e-4)
    assert found.coarse * found.strength[:, None, None] == pytest.approx(expected, abs=1e-8)


def test_a_layer_that_also_sees_the_mirrored_face_is_one_layer_whose_maps_are_turned_back(tmp_path, faces):
    alone, _ = two_channels()
    both, _ = two_channels(turn=True)
    (tmp_path / "alone").mkdir()
    expected = GradCam(save(alone, tmp_path / "alone")).maps(faces, target=SURPRISE)[0]
    network = GradCam(save(both, tmp_path))
    assert len(network.layers) == 1
    assert network.maps(faces, target=SURPRISE)[0].coarse == pytest.approx(expected.coarse, abs=1e-5)


@pytest.mark.parametrize("name", [KERAS, TORCH])
def test_the_weights_of_channels_are_the_slopes_found_by_nudging_them(name, faces, tmp_path):
    """The score is asked of ONNX Runtime with one channel of the last layer a little up, a little down."""
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
        if values.dtype in (np.float16, np.float32) and values.ndim > 1:
            wide = values.astype(np.float32)
            drawn = rng.normal(wide.mean(), wide.std(), wide.shape).astype(values.dtype)
            tensor.CopyFrom(numpy_helper.from_array(drawn, tensor.name))
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


def test_the_last_convolution_of_a_residual_block_ends_with_the_block_and_a_shortcut_before_it():
    network = read_graph(SHIPPED["faceoff.resnet_small"])
    makers = {step.outputs[0]: step for step in network.steps}
    last = [makers[use.tensor] for use in network.uses[list(network.layers)[-1]]]
    assert [step.operator for step in last] == ["Relu", "Relu"]
    assert [makers[step.inputs[0]].operator for step in last] == ["Add", "Add"]
    shortcut = [makers[use.tensor].operator for use in network.uses["net.5.skip"]]
    assert shortcut == ["BatchNormalization", "BatchNormalization"]


def test_a_batch_norm_after_the_activation_adds_one_number_to_all_places_of_a_map(faces):
    """Which is why folding it away shows what it veils; where the norm comes before the activation, nothing changes."""
    network = GradCam(SHIPPED["cos429.final"])
    assert all(layer.has_norm_after for layer in network.layers)
    names = [layer.name for layer in network.layers]
    compared = 0
    for folded, kept in zip(
        network.maps(faces, names), network.maps(faces, names, after_norm=True), strict=True
    ):
        for row in range(len(faces)):
            before, after = (found.coarse[row] * found.strength[row] for found in (folded, kept))
            both = (before > 0) & (after > 0)
            if both.any():  # maps end at zero
                assert np.ptp((after - before)[both]) < 1e-3 * max(before.max(), after.max())
                compared += 1
    assert compared > len(names)
    residual = GradCam(SHIPPED["faceoff.resnet_small"])
    assert not any(layer.has_norm_after for layer in residual.layers)
    one, other = (residual.maps(faces, after_norm=after)[0] for after in (False, True))
    assert np.array_equal(one.coarse, other.coarse)


@pytest.mark.parametrize("how", [MEAN, LOG_MEAN])
def test_an_ensemble_is_explained_at_the_layers_of_all_its_members(how, faces, tmp_path):
    blend = Blend({KERAS: 0.4, "faceoff.resnet_small": 0.6}, how, FITTED)
    path = save(merge_models("both.together", SHIPPED, blend), tmp_path)
    network = GradCam(path)
    every = network.maps(faces, [layer.name for layer in network.layers])
    assert np.abs(every[0].probs - OnnxClassifier(path).predict_proba(faces)).max() < 1e-4
    assert {layer.name.partition(".")[0] for layer in network.layers} == {"m0", "m1"}
    alone = GradCam(SHIPPED[KERAS]).maps(faces, target=HAPPY)[0]
    first = [layer.name for layer in network.layers if layer.name.startswith("m0.")][-1]
    assert (
        network.maps(faces, [first], target=HAPPY)[0].coarse == pytest.approx(alone.coarse, abs=2e-3)
        or how != MEAN
    )


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


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["model.net.0.weight", "model.net.4.weight"], ["net.0", "net.4"]),
        (["a/b/conv_1/Var:0", "a/b/conv_2/Var:0"], ["conv_1", "conv_2"]),
        (
            ["m0.a.conv.w", "m0.a.conv_1.w", "m1.net.0.weight", "m1.net.4.weight"],
            ["m0.conv", "m0.conv_1", "m1.net.0", "m1.net.4"],
        ),
        (["blocks.0.conv", "blocks.1.conv", "stem"], ["blocks.0", "blocks.1", "stem"]),
        (["only"], ["only"]),
        (["same", "other"], ["same", "other"]),
    ],
)
def test_names_lose_what_all_of_them_have(names, short):
    assert short_names(names) == short


def test_a_face_shows_through_where_a_map_is_cold(faces):
    heat = upscaled_maps(np.array([[0, 1], [0, 1]], np.float32))
    picture = overlaid(faces[0], heat, 96)
    assert picture.shape == (96, 96, 3) and picture.dtype == np.uint8
    assert (picture[:, 0] == picture[:, 0, :1]).all()
    assert (picture[:, -1].max(axis=1) - picture[:, -1].min(axis=1).astype(int) > 40).all()
    bar = scale(100)
    assert bar[0, 0].tolist() == [128] * 3 and bar[0, -1].tolist() != [128] * 3
