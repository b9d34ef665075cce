"""Answers that move by seconds, not by frames."""

import numpy as np
import pytest

from fer_core.live import Smoother

SAD, HAPPY = np.eye(7, dtype=np.float32)[[5]], np.eye(7, dtype=np.float32)[[3]]


def after(seconds, frames_per_s, time_constant_s=0.5):
    """How far the answer has gone from sad to happy that long after the face's change."""
    smoother = Smoother(time_constant_s)
    smoother.smooth("a.model", [1], SAD, 0.0)
    for frame in range(1, round(seconds * frames_per_s) + 1):
        answer = smoother.smooth("a.model", [1], HAPPY, frame / frames_per_s)
    return answer[0, 3]


def test_the_first_answer_about_a_face_is_the_models_own():
    assert np.array_equal(Smoother(5.0).smooth("a.model", [1], HAPPY, 12.0), HAPPY)


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_a_change_has_gone_as_far_after_a_second_at_any_frame_rate(seconds):
    expected = 1 - np.exp(-seconds / 0.5)
    assert [after(seconds, rate) for rate in (4, 10, 30, 100)] == pytest.approx([expected] * 4, abs=1e-5)


def test_a_longer_time_constant_is_calmer():
    assert after(0.5, 20, 0.2) > after(0.5, 20, 0.4) > after(0.5, 20, 2.0)


def test_zero_is_off():
    assert after(0.1, 10, time_constant_s=0) == 1.0


def test_rows_keep_summing_to_one():
    rng, smoother = np.random.default_rng(0), Smoother(0.4)
    for frame in range(200):
        probs = rng.dirichlet(np.full(7, 0.3), 3).astype(np.float32)
        smoothed = smoother.smooth("a.model", [1, 2, 3], probs, frame / 25)
    assert smoothed.dtype == np.float32
    assert smoothed.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    assert (smoothed >= 0).all()


def test_models_and_faces_do_not_mix():
    smoother = Smoother(1.0)
    smoother.smooth("a.model", [1, 2], np.concatenate([SAD, HAPPY]), 0.0)
    smoother.smooth("b.model", [1], HAPPY, 0.0)
    swapped = smoother.smooth("a.model", [2, 1], np.concatenate([HAPPY, SAD]), 0.1)
    assert swapped.tolist() == [HAPPY[0].tolist(), SAD[0].tolist()]
    assert smoother.smooth("b.model", [1], HAPPY, 0.1).tolist() == HAPPY.tolist()


def test_a_clock_that_goes_back_breaks_nothing():
    smoother = Smoother(1.0)
    smoother.smooth("a.model", [1], SAD, 10.0)
    assert smoother.smooth("a.model", [1], HAPPY, 5.0).tolist() == SAD.tolist()


def test_models_and_faces_that_left_are_forgotten():
    smoother = Smoother(1.0)
    for number in range(100):
        smoother.smooth("a.model", [number], SAD, number / 25)
        smoother.smooth("b.model", [number], SAD, number / 25)
        smoother.keep_only(["a.model"], [number])
    assert len(smoother) == 1
    assert smoother.smooth("a.model", [3], HAPPY, 4.0).tolist() == HAPPY.tolist(), "it was met anew"
