"""Calibration: figures against scikit-learn and examples by hand, temperatures against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import brier_score_loss

from fer_core.evaluation.calibration import (
    COLDEST,
    HOTTEST,
    adaptive_calibration_error,
    brier_score,
    calibration_frame,
    fit_temperature,
    temperature_of,
    tempered,
)
from fer_core.evaluation.metrics import log_loss
from fer_core.evaluation.predictions import read_predictions
from fer_core.variants.facts import Status
from fer_core.variants.registry import list_variants
from tests.fixtures_variants import make_predictions

TRAINED_VARIANTS = [variant for variant in list_variants() if variant.status == Status.TRAINED]


@pytest.fixture(params=[0.5, 2.0, 4.0])
def answers(request):
    drawn = make_predictions(600, seed=4, skill=request.param)
    return drawn.label, drawn.probs


def test_the_brier_score_agrees_with_scikit_learn(answers):
    label, probs = answers
    wide = probs.astype(float) / probs.sum(axis=1, keepdims=True, dtype=float)
    expected = brier_score_loss(label, wide, labels=range(7), scale_by_half=False)
    assert brier_score(label, probs) == pytest.approx(expected, abs=1e-6)


def test_brier_of_the_best_the_worst_and_the_undecided():
    assert brier_score(np.array([2]), np.eye(7)[[2]]) == 0
    assert brier_score(np.array([2]), np.eye(7)[[3]]) == 2
    assert brier_score(np.array([2]), np.full((1, 7), 1 / 7)) == pytest.approx(6 / 7)


def test_adaptive_calibration_error_of_an_example_worked_by_hand():
    # In the order of certainty: .4 right, .5 wrong | .8 right, .9 right. Gaps: |1 - .9| and |2 - 1.7|, of 4.
    probs = np.zeros((4, 7))
    probs[[0, 1, 2, 3], 0] = [0.9, 0.4, 0.8, 0.5]
    probs[:, 1:] = (1 - probs[:, [0]]) / 6
    label = np.array([0, 0, 0, 3])
    assert adaptive_calibration_error(label, probs, bins=2) == pytest.approx((0.1 + 0.3) / 4)


def test_with_a_bin_a_face_the_adaptive_error_is_the_mean_distance_to_right_or_wrong():
    drawn = make_predictions(70, seed=1)
    right = drawn.predicted == drawn.label
    expected = np.abs(right - drawn.confidence.astype(float)).mean()
    assert adaptive_calibration_error(drawn.label, drawn.probs, bins=140) == pytest.approx(expected)


def test_the_temperature_is_where_scipy_finds_the_smallest_log_loss(answers):
    label, probs = answers
    sharper = tempered(probs, 0.4)
    found = minimize_scalar(
        lambda power: log_loss(label, tempered(sharper, 1 / power)),
        bounds=(1 / HOTTEST, 1 / COLDEST), method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    temperature = fit_temperature(label, sharper)
    assert 1 / temperature == pytest.approx(found.x, abs=1e-4)
    assert log_loss(label, tempered(sharper, temperature)) <= found.fun + 1e-8


def test_a_temperature_undoes_another(answers):
    label, probs = answers
    honest = tempered(probs, fit_temperature(label, probs))
    assert fit_temperature(label, honest) == pytest.approx(1, abs=1e-3)
    assert fit_temperature(label, tempered(honest, 0.5)) == pytest.approx(2, abs=1e-2)


def test_temperature_keeps_answers_rows_and_zeros():
    probs = make_predictions(70).probs.copy()
    probs[:, 1] = 0
    probs /= probs.sum(axis=1, keepdims=True)
    for temperature in (COLDEST, 1.0, 1.7, HOTTEST):
        changed = tempered(probs, temperature)
        assert changed.dtype == np.float32
        assert np.allclose(changed.sum(axis=1), 1, atol=1e-5)
        assert (changed[:, 1] == 0).all()
        if temperature > COLDEST:  # so cold, lesser probabilities vanish
            assert np.array_equal(changed.argmax(axis=1), probs.argmax(axis=1))
    assert np.allclose(tempered(probs, 1.0), probs, atol=1e-6)


def test_faces_whose_emotion_is_never_answered_do_not_move_the_temperature():
    drawn = make_predictions(280, seed=2)
    probs = drawn.probs.astype(float)
    probs[:, 1] = 0
    probs /= probs.sum(axis=1, keepdims=True)
    seen = drawn.label != 1
    assert fit_temperature(drawn.label, probs) == pytest.approx(
        fit_temperature(drawn.label[seen], probs[seen])
    )
    assert fit_temperature(drawn.label[~seen], probs[~seen]) == 1


def test_a_model_that_is_never_or_always_right_stays_within_bounds():
    probs = tempered(np.eye(7) * 0.9 + 0.1 / 7, 1)
    assert COLDEST <= fit_temperature(np.arange(7), probs) < 0.2  # colder changes no float64
    assert fit_temperature((np.arange(7) + 1) % 7, probs) == pytest.approx(HOTTEST, rel=1e-3)


def test_the_temperature_is_fitted_on_clean_public_faces_alone():
    drawn = make_predictions(280, seed=3)
    public = drawn.of("PublicTest", clean=True)
    assert temperature_of(drawn) == fit_temperature(public.label, public.probs)
    assert temperature_of(drawn.of("PrivateTest")) == 1


@pytest.mark.parametrize("variant", TRAINED_VARIANTS, ids=lambda variant: variant.id)
def test_calibrating_a_trained_variant_does_no_harm_and_its_first_row_is_its_card(variant):
    predictions = read_predictions(variant.predictions_path)
    before, after = calibration_frame(predictions, temperature_of(predictions)).to_dict("records")
    card = variant.metrics("private_test")
    assert before["ece"] == pytest.approx(card["ece"], abs=1e-6)
    assert before["log_loss"] == pytest.approx(card["log_loss"], abs=1e-6)
    assert after["log_loss"] < before["log_loss"] + 0.01


@pytest.mark.parametrize("right", [1.0, 0.6])
def test_answers_of_which_each_is_certain_have_no_temperature(right):
    label = np.zeros(50, np.int64)
    probs = np.eye(7, dtype=np.float32)[(np.arange(50) >= 50 * right).astype(int)]
    assert fit_temperature(label, probs) == 1.0
