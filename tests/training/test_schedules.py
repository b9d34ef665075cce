"""Learning rates over a training."""

import pytest

from fer_core.recipes.recipe import ScheduleSpec
from fer_core.training.schedules import Schedule


def test_constant_stays():
    schedule = Schedule(ScheduleSpec(), 0.1, 100)
    assert {schedule.rate(step) for step in range(100)} == {0.1}


def test_inverse_time_halves_when_decay_times_step_is_one():
    schedule = Schedule(ScheduleSpec(name="inverse_time", decay=0.01), 0.1, 1000)
    assert schedule.rate(0) == 0.1
    assert schedule.rate(100) == pytest.approx(0.05)


def test_one_cycle_rises_to_its_peak_and_ends_near_nothing():
    schedule = Schedule(ScheduleSpec(name="one_cycle", warmup=0.25), 0.1, 100)
    rates = [schedule.rate(step) for step in range(101)]
    assert rates[0] == pytest.approx(0.1 / 25)
    assert rates.index(max(rates)) == 25
    assert max(rates) == pytest.approx(0.1)
    assert rates[100] == pytest.approx(0.1 / 10_000)
    assert rates[:26] == sorted(rates[:26])
    assert rates[25:] == sorted(rates[25:], reverse=True)


def test_plateau_cuts_after_its_patience_and_not_below_its_floor():
    schedule = Schedule(ScheduleSpec(name="plateau", factor=0.5, patience=2, floor=0.03), 0.1, 100)
    seen = []
    for loss in [1.0, 0.9, 0.95, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8]:
        schedule.epoch_ended(loss)
        seen.append(schedule.rate(0))
    assert seen == [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.03, 0.03, 0.03]


def test_a_restored_plateau_goes_on_counting():
    spec = ScheduleSpec(name="plateau", factor=0.5, patience=2)
    first, second = Schedule(spec, 0.1, 100), Schedule(spec, 0.1, 100)
    for loss in (1.0, 1.1):
        first.epoch_ended(loss)
    second.restore(first.state())
    second.epoch_ended(1.1)
    assert second.rate(0) == pytest.approx(0.05)
