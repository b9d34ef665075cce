"""The figures of a card against scikit-learn, statsmodels and examples worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk
from statsmodels.stats.proportion import proportion_confint

from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError
from fer_core.evaluation.metrics import (
    SMALLEST_PROB,
    card_metrics,
    class_aucs,
    compute_metrics,
    confidence_bins,
    confusion,
    expected_calibration_error,
    log_loss,
    normalise_confusion,
    per_class,
    wilson_interval,
)
from tests.fixtures_variants import make_predictions

LABELS = range(7)


@pytest.fixture(params=[0, 1, 2])
def answers(request):
    predictions = make_predictions(faces_per_split=500, seed=request.param, skill=request.param).of(
        "PrivateTest"
    )
    return predictions.label, predictions.probs


def test_every_figure_agrees_with_scikit_learn(answers):
    label, probs = answers
    predicted, wide = probs.argmax(axis=1), probs.astype(np.float64)
    wide /= wide.sum(axis=1, keepdims=True)
    figures = compute_metrics(label, probs)
    assert figures["n"] == 500
    assert figures["accuracy"] == pytest.approx(sk.accuracy_score(label, predicted), abs=1e-12)
    for name in ("macro", "weighted"):
        expected = sk.f1_score(label, predicted, labels=LABELS, average=name, zero_division=0)
        assert figures[f"{name}_f1"] == pytest.approx(expected, abs=1e-12)
    assert figures["log_loss"] == pytest.approx(sk.log_loss(label, wide, labels=LABELS), abs=1e-6)
    assert figures["auc_macro"] == pytest.approx(sk.roc_auc_score(label, wide, multi_class="ovr"), abs=1e-6)
    one_hot = np.eye(7)[label]
    assert figures["auc_micro"] == pytest.approx(sk.roc_auc_score(one_hot, probs, average="micro"), abs=1e-12)


def test_per_class_figures_agree_with_scikit_learn(answers):
    label, probs = answers
    table = per_class(label, probs)
    expected = sk.precision_recall_fscore_support(label, probs.argmax(axis=1), labels=LABELS, zero_division=0)
    assert tuple(table["emotion"]) == EMOTIONS
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert np.allclose(table[name], column), name


def test_areas_count_ties_one_half_as_scikit_learn_does():
    rng = np.random.default_rng(5)
    label = rng.integers(0, 7, 300)
    probs = rng.integers(1, 4, (300, 7)).astype(float)
    probs /= probs.sum(axis=1, keepdims=True)
    expected = [sk.roc_auc_score(label == index, probs[:, index]) for index in LABELS]
    assert np.allclose(class_aucs(label, probs), expected, atol=1e-12)


def test_wilson_interval_agrees_with_statsmodels_and_stays_within_0_and_1():
    for right, n in [(0, 10), (10, 10), (1, 3), (2540, 3589)]:
        assert wilson_interval(right, n) == pytest.approx(
            proportion_confint(right, n, method="wilson"), abs=1e-12
        )
    assert 0 <= wilson_interval(0, 10)[0] < 1e-15
    assert 1 - 1e-15 < wilson_interval(10, 10)[1] <= 1
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_a_six_class_model_pays_a_finite_price_for_disgust():
    never_disgust = np.full((1, 7), 1 / 6)
    never_disgust[0, 1] = 0
    assert log_loss(np.array([1]), never_disgust) == pytest.approx(-math.log(SMALLEST_PROB))
    assert log_loss(np.array([1]), never_disgust) == pytest.approx(16.118, abs=1e-3)


def test_calibration_error_of_an_example_worked_by_hand():
    # Two faces at .9, one right: a gap of |.5 - .9| on half the faces; two at .5, both right: |1 - .5|.
    probs = np.zeros((4, 7))
    probs[:2, 0], probs[:2, 1] = 0.9, 0.1
    probs[2:, 2], probs[2:, 3] = 0.5, 0.5
    label = np.array([0, 4, 2, 2])
    assert expected_calibration_error(label, probs) == pytest.approx(0.5 * 0.4 + 0.5 * 0.5)


def test_upper_edges_of_bins_are_inside_and_the_ends_fall_into_the_end_bins():
    assert confidence_bins(np.array([0.0, 0.1, 0.100001, 0.5, 1.0]), 10).tolist() == [0, 0, 1, 4, 9]


def test_perfect_answers_are_perfect():
    label = np.arange(7)
    figures = compute_metrics(label, np.eye(7))
    assert figures["accuracy"] == figures["macro_f1"] == figures["auc_macro"] == figures["auc_micro"] == 1.0
    assert figures["log_loss"] == figures["ece"] == 0.0


def test_an_emotion_without_faces_has_no_area_and_does_not_spoil_the_mean():
    label = np.array([0, 0, 2, 2])
    probs = np.full((4, 7), 0.1)
    probs[np.arange(4), label] = 0.4
    areas = class_aucs(label, probs)
    assert np.isnan(areas[[1, 3, 4, 5, 6]]).all()
    assert compute_metrics(label, probs)["auc_macro"] == 1.0


def test_confusion_rows_are_true_and_columns_are_answered():
    counts = confusion(np.array([0, 0, 3]), np.array([0, 3, 3]))
    assert counts.shape == (7, 7)
    assert counts[0, 0] == counts[0, 3] == counts[3, 3] == 1
    assert counts.sum() == 3


def test_a_normalised_confusion_matrix_has_rows_or_columns_of_one_and_empty_ones_stay_zero():
    counts = confusion(np.array([0, 0, 3]), np.array([0, 3, 3]))
    rows, columns = normalise_confusion(counts, "row"), normalise_confusion(counts, "column")
    assert rows.sum(axis=1).tolist() == [1, 0, 0, 1, 0, 0, 0]
    assert columns.sum(axis=0).tolist() == [1, 0, 0, 1, 0, 0, 0]
    assert normalise_confusion(counts, "count") is counts
    with pytest.raises(ValueError, match="not by 'diagonal'"):
        normalise_confusion(counts, "diagonal")


def test_card_metrics_hold_both_splits_and_use_no_public_face():
    predictions = make_predictions(faces_per_split=100, seed=1)
    blocks = card_metrics(predictions)
    assert blocks["private_test"]["n"] == 100
    assert blocks["private_test_clean"]["n"] == 90
    assert blocks == card_metrics(predictions.of("PrivateTest"))


def test_card_metrics_refuse_predictions_without_a_clean_face():
    predictions = make_predictions(faces_per_split=100, seed=1)
    with pytest.raises(CardError, match="no PrivateTest face"):
        card_metrics(replace(predictions, leaked=np.ones(200, bool)))


def test_figures_are_plain_numbers_that_yaml_can_store():
    figures = compute_metrics(np.arange(7), np.eye(7))
    kinds = {type(value) for name, value in figures.items() if name != "accuracy_ci95"}
    assert kinds <= {int, float}
    assert {type(value) for value in figures["accuracy_ci95"]} == {float}


@pytest.mark.parametrize(
    ("label", "probs", "sentence"),
    [
        (np.zeros(0), np.zeros((0, 7)), "no faces"),
        (np.zeros(3), np.zeros((3, 6)), r"should be \(N,\) and \(N, 7\)"),
        (np.zeros(3), np.zeros((2, 7)), r"should be \(N,\) and \(N, 7\)"),
        (np.array([9]), np.full((1, 7), 1 / 7), "from 0 to 6"),
    ],
)
def test_arrays_of_a_wrong_shape_are_refused(label, probs, sentence):
    with pytest.raises(ValueError, match=sentence):
        compute_metrics(label, probs)
