"""Networks of elsewhere: what they want is found, built around them in the graph, and proved."""

import json

import numpy as np
import pytest

from fer_core.adapting.adaptation import RANGES, changed, read_settings
from fer_core.adapting.hub_files import read_hub_files
from fer_core.adapting.network import onnx_network
from fer_core.adapting.proving import prove
from fer_core.emotions import EMOTIONS, ORDERS, emotion_named
from fer_core.errors import AdaptationError
from fer_core.faces.intake import Intake
from tests.adapting.elsewhere import CSV, FACES, built, elsewhere, found


@pytest.mark.parametrize(
    "manners",
    [
        {},
        {"layout": "nhwc", "channels": 3, "low": 0.0, "kind": "probs", "size": 64},
        {"layout": "nhw", "low": 0.0, "high": 255.0, "kind": "log_probs", "names": ("faces", "probs")},
        {"labels": ORDERS["FER+"], "channels": 3, "kind": "probs"},
        {"labels": ORDERS["without disgust"], "kind": "sigmoid", "layout": "nhwc"},
        {"batch": 1, "labels": EMOTIONS},
    ],
    ids=lambda manners: "-".join(map(str, manners.values()))[:60] or "plain",
)
def test_what_a_network_wants_is_found_built_and_proved(manners, tmp_path):
    network, guessed = found(elsewhere(**manners))
    chosen = guessed.adaptation
    wanted = [emotion_named(label) for label in manners.get("labels", CSV)]
    assert [emotion_named(label) for label in chosen.labels] == wanted
    assert (chosen.size, chosen.layout) == (manners.get("size", 48), manners.get("layout", "nchw"))
    assert chosen.kind == manners.get("kind", "logits")
    classifier = built(network, chosen, tmp_path)
    assert classifier.intake == Intake(chosen.size, manners.get("channels") == 3)
    assert prove(network, chosen, classifier, FACES.faces[:50]).same == 1
    right = (classifier.predict_proba(FACES.faces).argmax(axis=1) == FACES.labels).mean()
    assert right > 0.6 and abs(right - guessed.right) < 0.1
    assert f"Right on {100 * guessed.right:.0f} of 100" in guessed.sentence and "; with " in guessed.sentence


def test_labels_that_files_name_wrongly_are_set_right_and_said():
    """A network whose maker names its classes in another order than it learnt."""
    hints = read_hub_files({"config.json": json.dumps({"id2label": dict(enumerate(EMOTIONS))}).encode()})
    _, guessed = found(elsewhere(), hints=hints)
    assert guessed.adaptation.labels == CSV
    assert "; with labels as its files name them " in guessed.sentence


def test_classes_are_merged_and_left_out_and_the_rest_sums_to_one(tmp_path):
    labels = ("anger", "disgust", "fear", "joy", "sad", "surprised", "calm", "neutral")
    settings = read_settings(
        "input: {colour: grey, range: '-1..1'}\n"
        "output: {labels: [anger, disgust, fear, joy, sad, surprised, calm, neutral],\n"
        "  ignore: [disgust], merge: {calm: neutral}}"
    )
    network, guessed = found(elsewhere(labels, kind="probs"), settings)
    probs = built(network, guessed.adaptation, tmp_path).predict_proba(FACES.faces[:20])
    assert (probs[:, EMOTIONS.index("disgust")] == 0).all()
    assert np.allclose(probs.sum(axis=1), 1, atol=1e-5)
    again = read_settings(guessed.adaptation.as_yaml())
    assert changed(guessed.adaptation, again) == guessed.adaptation


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("input: {sise: 64}", "no setting `input.sise`; did you mean size"),
        ("input: {size: 64}", "takes faces of 48 pixels, not 64"),
        ("input: {colour: rgb}", r"has 1 channel\(s\), so it is shown grey faces, not rgb"),
        ("input: {range: '0..2'}", "there is no range '0..2'; did you mean"),
        ("input: {range: {std: 0}}", "neither `scale` nor `std` may be 0"),
        ("output: {labels: [a, b]}", "2 are named, but the network answers 7 classes"),
        (
            "output: {labels: [angry, disgust, fear, happy, sad, surprise, calm], ignore: []}",
            "`calm` is none of",
        ),
        ("output: {kind: odds}", "should be probs or logits"),
        ("outputs: {}", "no setting `outputs`; did you mean output"),
        ("[1]", "should be a mapping"),
    ],
)
def test_settings_that_don_t_fit_are_named(text, reason):
    with pytest.raises(AdaptationError, match=reason):
        found(elsewhere(), read_settings(text))


def test_all_that_can_t_be_adapted_is_named_at_once():
    model = elsewhere()
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 4
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1000
    with pytest.raises(
        AdaptationError,
        match=r"shape \(\?, 4, 48, 48\), which is no batch .*; of its outputs \(`out` \(\?, 1000\)\)",
    ):
        onnx_network(model, "net.onnx", {})


def test_a_graph_that_answers_otherwise_than_its_network_is_refused(tmp_path):
    network, guessed = found(elsewhere())
    other = built(network, changed(guessed.adaptation, {"range": RANGES["0..1"]}), tmp_path)
    with pytest.raises(AdaptationError, match="does not answer as before: of 40 faces"):
        prove(network, guessed.adaptation, other, FACES.faces[:40])
