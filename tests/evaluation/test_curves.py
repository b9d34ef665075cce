"""Curves whose areas are those of scikit-learn, thin enough to draw."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.curves import POINTS, pr_curves, reliability, roc_curves
from fer_core.evaluation.metrics import compute_metrics, expected_calibration_error, wilson_interval
from tests.fixtures_variants import make_predictions


@pytest.fixture(scope="module")
def answers():
    predictions = make_predictions(faces_per_split=2000, seed=4, skill=1.5).of("PrivateTest")
    return predictions.label, predictions.probs


def test_there_is_a_roc_curve_per_emotion_and_two_means_each_from_0_0_to_1_1(answers):
    table = roc_curves(*answers)
    assert tuple(table["curve"].unique()) == (*EMOTIONS, "macro", "micro")
    for name, curve in table.groupby("curve"):
        assert tuple(curve[["fpr", "tpr"]].iloc[0]) == (0, 0), name
        assert tuple(curve[["fpr", "tpr"]].iloc[-1]) == (1, 1), name
        assert curve["fpr"].is_monotonic_increasing and curve["tpr"].is_monotonic_increasing


def test_the_areas_are_those_of_the_card(answers):
    label, probs = answers
    areas = roc_curves(label, probs).groupby("curve")["auc"].first()
    figures = compute_metrics(label, probs)
    assert areas["macro"] == pytest.approx(figures["auc_macro"], abs=1e-12)
    assert areas["micro"] == pytest.approx(figures["auc_micro"], abs=1e-12)
    for index, emotion in enumerate(EMOTIONS):
        assert areas[emotion] == pytest.approx(sk.roc_auc_score(label == index, probs[:, index]), abs=1e-12)


@pytest.mark.parametrize("curves", [roc_curves, pr_curves])
def test_curves_are_thinned_and_still_enclose_nearly_their_area(answers, curves):
    table = curves(*answers)
    x, y, area = table.columns[1:]
    for name, curve in table.groupby("curve"):
        assert len(curve) <= POINTS, name
        assert np.trapezoid(curve[y], curve[x]) == pytest.approx(curve[area].iloc[0], abs=0.01), name


def test_average_precision_agrees_with_scikit_learn(answers):
    label, probs = answers
    given = pr_curves(label, probs).groupby("curve")["average_precision"].first()
    each = [sk.average_precision_score(label == index, probs[:, index]) for index in range(7)]
    assert given[list(EMOTIONS)].tolist() == pytest.approx(each, abs=1e-12)
    assert given["macro"] == pytest.approx(np.mean(each), abs=1e-12)


def test_an_emotion_without_faces_has_no_curve():
    label = np.array([0, 0, 3, 3])
    probs = np.full((4, 7), 0.1)
    probs[np.arange(4), label] = 0.4
    assert set(roc_curves(label, probs)["curve"]) == {"angry", "happy", "macro", "micro"}


def test_faces_of_one_emotion_alone_leave_only_the_pooled_curve():
    probs = np.full((4, 7), 0.1)
    probs[:, 3] = 0.4
    assert set(roc_curves(np.full(4, 3), probs)["curve"]) == {"micro"}


def test_reliability_bins_count_every_face_and_sum_to_the_calibration_error(answers):
    label, probs = answers
    table = reliability(label, probs)
    assert table.columns.tolist() == ["bin", "confidence", "accuracy", "lo", "hi", "n"]
    assert table["n"].sum() == len(label)
    assert ((table["lo"] <= table["accuracy"]) & (table["accuracy"] <= table["hi"])).all()
    gap = ((table["accuracy"] - table["confidence"]).abs() * table["n"]).sum() / table["n"].sum()
    assert gap == pytest.approx(expected_calibration_error(label, probs), abs=1e-12)


def test_a_reliability_bin_of_an_example_worked_by_hand():
    probs = np.zeros((3, 7))
    probs[:, 2], probs[:, 4] = 0.8, 0.2
    table = reliability(np.array([2, 2, 4]), probs, bins=10)
    assert len(table) == 1
    row = table.iloc[0]
    assert (row["bin"], row["n"]) == (7, 3)
    assert row["accuracy"] == pytest.approx(2 / 3)
    assert (row["lo"], row["hi"]) == pytest.approx(wilson_interval(2, 3))
