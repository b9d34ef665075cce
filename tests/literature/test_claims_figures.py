"""The figures of predictions that claims rest on, held against the same ones computed another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fer_core import paths
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import class_aucs, compute_metrics, confusion, log_loss, per_class
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.evaluation.resampling import _counts, read_resampled
from fer_core.literature.claims import FAILS, HOLDS
from fer_core.variants.registry import get_variant
from tests.fixtures_variants import make_predictions, make_variant
from tests.literature.one_comparison import FACES, private, weighed


@pytest.mark.parametrize("measure", ["precision", "recall", "f1"])
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_figure_of_one_emotion_is_that_of_the_card(shipped, measure, emotion):
    good, poor = (
        per_class(*private(name)).set_index("emotion").loc[emotion, measure] for name in ("a.good", "a.poor")
    )
    _, evidence = weighed("a.good", "a.poor", measure, emotions=(emotion,))
    assert evidence.advantage == pytest.approx(good - poor, abs=1e-6)
    assert evidence.lo < evidence.advantage < evidence.hi


@pytest.mark.parametrize("figure", ["auc_macro", "auc_micro", "macro_f1"])
def test_a_figure_of_all_emotions_is_that_of_the_card(shipped, figure):
    good, poor = (compute_metrics(*private(name))[figure] for name in ("a.good", "a.poor"))
    assert weighed("a.good", "a.poor", figure)[1].advantage == pytest.approx(good - poor, abs=1e-6)


def test_one_emotions_area_is_held_against_anothers(shipped):
    areas = class_aucs(*private("a.poor"))
    _, evidence = weighed("a.poor", "a.poor", "auc", emotions=("happy",), against=("fear", "sad"))
    happy, fear, sad = (areas[EMOTIONS.index(name)] for name in ("happy", "fear", "sad"))
    assert evidence.advantage == pytest.approx(happy - (fear + sad) / 2, abs=1e-6)


def test_each_draw_has_the_figures_of_its_faces(shipped):
    rows = make_predictions(FACES, 1, 0.5).of(SplitName.PRIVATE_TEST)
    resampled = read_resampled(get_variant("a.poor").predictions_path)
    areas = []
    for draw in range(1, 60):
        faces = np.repeat(np.arange(FACES), _counts(FACES)[draw])
        label, probs = rows.label[faces], rows.probs[faces]
        assert (resampled.confusion[draw] == confusion(label, probs.argmax(axis=1))).all()
        assert resampled.log_loss[draw] == pytest.approx(log_loss(label, probs), abs=1e-5)
        areas.append([*class_aucs(label, probs), compute_metrics(label, probs)["auc_micro"]])
    drawn = resampled.areas[1:60]
    assert np.abs(drawn - areas).max() < 0.015  # linear in the faces, where areas are nearly so
    assert drawn.std(axis=0) == pytest.approx(np.std(areas, axis=0), rel=0.25)


def test_an_emotion_that_no_face_shows_has_no_area():
    resampled = read_resampled(paths.SHIPPED_CARDS / "pisa.cnn1" / paths.PREDICTIONS)
    keep = resampled.label != EMOTIONS.index("fear")
    without = type(resampled)(resampled.label[keep], resampled.probs[keep], "")
    assert np.isnan(without.areas[:, EMOTIONS.index("fear")]).all()
    assert np.isfinite(without.areas[:, EMOTIONS.index("happy")]).all()


def confused(folder, name, pairs):
    """A variant that answers each emotion rightly but for the counts in ``pairs``, (emotion, answer) by count."""
    home = make_variant(folder, name, faces_per_split=FACES)
    predictions = read_predictions(home / paths.PREDICTIONS)
    answer = predictions.label.copy()
    for (emotion, other), count in pairs.items():
        of_emotion = np.flatnonzero(
            (predictions.label == EMOTIONS.index(emotion)) & (answer == predictions.label)
            & (predictions.split == SplitName.PRIVATE_TEST)
        )  # fmt: skip
        answer[of_emotion[:count]] = EMOTIONS.index(other)
    probs = np.full((len(answer), 7), 0.05, np.float32)
    probs[np.arange(len(answer)), answer] = 0.7
    write_predictions(home / paths.PREDICTIONS, replace(predictions, probs=probs))


def test_the_commonest_confusion_is_held_against_every_other(shipped):
    confused(shipped, "a.mixed", {("sad", "neutral"): 30, ("neutral", "sad"): 20, ("fear", "sad"): 10})
    verdict, evidence = weighed("a.mixed", "a.mixed", "mixed_up", emotions=("neutral", "sad"))
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(50 / 60 - 10 / 60))
    verdict, evidence = weighed("a.mixed", "a.mixed", "mixed_up", emotions=("fear", "sad"))
    assert (verdict, evidence.advantage) == (FAILS, pytest.approx(10 / 60 - 50 / 60))


def test_what_an_emotion_is_taken_for_is_one_way(shipped):
    confused(shipped, "a.mixed", {("fear", "sad"): 40, ("fear", "angry"): 10, ("sad", "happy"): 50})
    assert weighed("a.mixed", "a.mixed", "taken_for", emotions=("fear", "sad"))[1].advantage == pytest.approx(
        0.6
    )
    assert weighed("a.mixed", "a.mixed", "taken_for", emotions=("sad", "fear"))[1].advantage == pytest.approx(
        -1
    )
