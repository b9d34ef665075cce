"""Layers have names of their own, are found in blocks, ensembles and mirrored twins, and norms are folded away."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.curation.merging import merge_models
from fer_core.evaluation.blends import FITTED, Blend
from fer_core.evaluation.ensembles import LOG_MEAN, MEAN
from fer_core.explain.grad_cam import GradCam
from fer_core.explain.graph import read_graph
from fer_core.explain.layers import Layer, find_layers, layer_at_depth, short_names
from fer_core.explain.steps import Step
from fer_core.variants.classifier import OnnxClassifier
from tests.explain.networks import HAPPY, KERAS, SHIPPED, SURPRISE, save, two_channels


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


def test_a_layer_that_also_sees_the_mirrored_face_is_one_layer_whose_maps_are_turned_back(tmp_path, faces):
    alone, _ = two_channels()
    both, _ = two_channels(turn=True)
    (tmp_path / "alone").mkdir()
    expected = GradCam(save(alone, tmp_path / "alone")).maps(faces, target=SURPRISE)[0]
    network = GradCam(save(both, tmp_path))
    assert len(network.layers) == 1
    assert network.maps(faces, target=SURPRISE)[0].coarse == pytest.approx(expected.coarse, abs=1e-5)


@pytest.mark.parametrize("alike", [True, False])
def test_copies_of_a_quantised_weight_are_one_layer_where_they_are_alike_and_two_where_not(alike):
    """As ONNX Runtime copies the weights of a network that looks at the face twice."""
    weights = [np.ones((2, 1, 1, 1), np.int8), np.full((2, 1, 1, 1), 1 if alike else 2, np.int8)]
    named = ["ConvBnFusion_W_net.0.weight_quantized", "ConvBnFusion_W_net.0.weight_token_0_quantized"]
    constants = dict(zip(named, weights, strict=True)) | {"scale": np.float32(1)}
    steps, shapes = [], {"face": (1, 1, 8, 8)}
    for place, name in enumerate(named):
        steps += [
            Step("DequantizeLinear", (name, "scale"), (f"weight{place}",)),
            Step("Conv", ("face", f"weight{place}"), (f"conv{place}",)),
            Step("QuantizeLinear", (f"conv{place}", "scale"), (f"rounded{place}",)),
            Step("DequantizeLinear", (f"rounded{place}", "scale"), (f"back{place}",)),
            Step("Relu", (f"back{place}",), (f"relu{place}",)),
        ]
        shapes |= dict.fromkeys((f"conv{place}", f"back{place}", f"relu{place}"), (1, 2, 8, 8))
    layers, uses = find_layers(steps, constants, shapes, ["relu0", "relu1"])
    assert [[use.tensor for use in each] for each in uses.values()] == (
        [["relu0", "relu1"]] if alike else [["relu0"], ["relu1"]]
    )
    assert len(layers) == len(uses)


def test_the_last_convolution_of_a_residual_block_ends_with_the_block_and_a_shortcut_before_it():
    network = read_graph(SHIPPED["faceoff.small"])
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
    residual = GradCam(SHIPPED["faceoff.small"])
    assert not any(layer.has_norm_after for layer in residual.layers)
    one, other = (residual.maps(faces, after_norm=after)[0] for after in (False, True))
    assert np.array_equal(one.coarse, other.coarse)


@pytest.mark.parametrize("how", [MEAN, LOG_MEAN])
def test_an_ensemble_is_explained_at_the_layers_of_all_its_members(how, faces, tmp_path):
    blend = Blend({KERAS: 0.4, "faceoff.small": 0.6}, how, FITTED)
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


@pytest.mark.parametrize(("weights", "prefix"), [([0.4, 0.6], "m1."), ([0.6, 0.4], "m0."), ([], "m1.")])
def test_the_late_layer_of_an_ensemble_is_its_heaviest_members(weights, prefix):
    layers = [Layer(name, 6, 6, 8) for name in ("m0.conv", "m0.conv_1", "m1.conv", "m1.conv_1")]
    late, early = (layer_at_depth(layers, depth, weights).name for depth in (1.0, 0.0))
    assert late == f"{prefix}conv_1"
    assert early == (f"{prefix}conv" if weights else "m0.conv")


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
