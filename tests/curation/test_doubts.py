"""What comes in is doubted where its answers are odd, and not where they are fair."""

import numpy as np
import pytest

from fer_core.curation.model_registration import doubts_about
from fer_core.curation.registration import ModelDescription
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.emotions import EMOTIONS, ORDERS
from fer_core.evaluation.doubts import doubts_of, twin_sentence
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.variants.registry import get_variant
from tests.curation.registering import register
from tests.fixtures_variants import make_model, make_predictions, make_variant, use_empty_folders

KNOWN = {name: order for name, order in ORDERS.items() if sorted(order) == sorted(EMOTIONS)}


def answers(change=lambda probs, label, leaked: probs):
    """Of a fair model on 700 faces, changed."""
    fair = make_predictions(700, seed=1, skill=2.0)
    return Predictions(
        fair.split, fair.image, fair.label, fair.leaked, change(fair.probs.copy(), fair.label, fair.leaked)
    )


def in_csv_order(probs, label, leaked):
    return probs[:, [EMOTIONS.index(emotion) for emotion in ORDERS["fer2013.csv"]]]


def happy_and_sad_exchanged(probs, label, leaked):
    return probs[:, [0, 1, 2, 5, 4, 3, 6]]


def always_fear(probs, label, leaked):
    return np.eye(7, dtype=np.float32)[np.full(len(label), 2)]


def by_chance(probs, label, leaked):
    return np.random.default_rng(0).dirichlet(np.ones(7), len(label)).astype(np.float32)


def copies_by_heart(probs, label, leaked):
    return np.where(leaked[:, None], np.eye(7, dtype=np.float32)[label], probs)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (in_csv_order, "With its labels taken in the order fer2013.csv (angry, disgust, fear, happy, sad, surprise, "),
        (happy_and_sad_exchanged, "With its labels taken as angry, disgust, fear, sad, neutral, happy, surprise it"),
        (always_fear, "It answers fear to 700 of 700 faces of PrivateTest"),
        (by_chance, "no better than always saying "),
        (copies_by_heart, "It is right on 100.0 of 100 of the 70 faces that are exact copies of training "),
    ],
)  # fmt: skip
def test_odd_answers_are_told_in_a_sentence_with_their_figures(change, sentence):
    assert any(sentence in doubt for doubt in doubts_of(answers(change), KNOWN))


def test_of_a_fair_model_nothing_is_doubted():
    assert doubts_of(answers(), KNOWN) == []


def test_a_twin_is_named_and_a_stranger_is_not():
    own = answers().of("PrivateTest").predicted
    nearly = own.copy()
    nearly[:3] = 0
    other = np.roll(own, 1)
    assert twin_sentence(own, {"a.other": other}) == ""
    assert "as a.twin does: it may be the same model." in twin_sentence(
        own, {"a.other": other, "a.twin": nearly}
    )


def test_what_is_doubtful_stands_in_the_card_and_is_told(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(28, 140))
    register(make_model(0), ModelDescription("mine.first"), tmp_path)
    register(make_model(0), ModelDescription("mine.second"), tmp_path)
    card = get_variant("mine.second").card
    assert "It answers 140 of 140 faces of PrivateTest as mine.first does" in card.faceoff["doubts"][-1]
    assert "## Doubts" in card.body
    assert doubts_about(answers()) == []


def test_a_model_is_no_twin_of_itself(tmp_path, monkeypatch):
    cards = use_empty_folders(monkeypatch, tmp_path)[1]
    make_variant(cards, "peer.net", seed=1, skill=2.0)
    own = read_predictions(get_variant("peer.net").predictions_path)
    assert any("peer.net" in doubt for doubt in doubts_about(own))
    assert not any("peer.net" in doubt for doubt in doubts_about(own, "peer.net"))
