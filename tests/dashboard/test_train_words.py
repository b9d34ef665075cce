"""What the Train page says of times and of jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.train import words
from fer_core.jobs.progress import JobProgress
from fer_core.jobs.service import Job, State
from fer_core.recipes.recipe import parse_recipe
from fer_core.recipes.sections import EarlyStopping
from fer_core.training.pace import ELSEWHERE, ESTIMATED, MEASURED, Pace, Trace

RECIPE = parse_recipe(
    {"id": "a.net", "framework": "torch", "architecture": {"name": "resnet_small"}, "epochs": 28}
)
TRACE = Trace("a.old", "[false]", 64, "raw", "", "", "CPU, 2 cores (Some)", 120.0, 30)
JOB = Job("a.net-1", "a.net", state=State.RUNNING)
PROGRESS = JobProgress(3, 20, 5, 10, 1.0, 0.5, None, None, 0.45, 1000.0, 48.0, 48.0, False, 0.0)


def test_a_cost_says_about_how_long_and_what_is_counted():
    said = words.cost_sentence([RECIPE], [Pace(120.0, MEASURED, TRACE, 240.0)])
    assert said == (
        "**About 1 h**: 28 epochs of 2 min, and 4 min to start and to finish. "
        "Measured on this machine: the mean of 30 epochs of a.old."
    )


def test_one_epoch_is_no_plural_and_early_stopping_may_make_it_less():
    once = replace(RECIPE, epochs=1, early_stopping=EarlyStopping())
    trial = replace(TRACE, name="a trial of a few steps", epochs=0)
    assert words.cost_sentence([once], [Pace(48.0, ESTIMATED, trial)]) == (
        "**About 48 s, or less**: 1 epoch of 48 s. An estimate from this machine: a trial of a few steps, which had "
        "other faces or batches. Starting and finishing come on top."
    )


def test_what_another_machine_took_is_a_guess_that_names_its_kind():
    said = words.cost_sentence([RECIPE], [Pace(120.0, ELSEWHERE, TRACE, 10.0)])
    assert said.startswith("**Perhaps 56 min**") and "on another one (CPU, 2 cores (Some))" in said
    assert "A guess, as it was not timed on this machine" in said


def test_many_jobs_are_counted_and_their_times_added():
    longer = replace(RECIPE, epochs=58)
    paces = [Pace(120.0, MEASURED, TRACE, 240.0)] * 3
    assert words.cost_sentence([RECIPE, RECIPE, longer], paces).startswith(
        "**3 jobs: About 4 h**: 1 h to 2 h each, one job after the other."
    )
    same = words.cost_sentence([RECIPE, RECIPE], paces[:2])
    assert same.startswith(
        "**2 jobs: About 2 h**: 28 epochs of 2 min, and 4 min to start and to finish, one job"
    )
    assert words.cost_sentence([RECIPE, longer], [paces[0], None]).startswith(
        "**2 jobs: How long it takes is not"
    )


@pytest.mark.parametrize(
    ("epoch_s", "thought_s", "busy", "said"),
    [
        (48.0, 48.0, True, ""),
        (48.0, 0.0, True, ""),
        (95.0, 48.0, False, "; slower than thought (95 s an epoch instead of 48 s)"),
        (95.0, 48.0, True, "; slower than thought: the machine is busy (95 s an epoch instead of 48 s)"),
        (12.0, 48.0, True, "; quicker than thought (12 s an epoch instead of 48 s)"),
    ],
)
def test_a_time_that_does_not_hold_is_corrected_while_the_job_runs(
    epoch_s, thought_s, busy, said, monkeypatch
):
    monkeypatch.setattr("os.getloadavg", lambda: (99.0 if busy else 0.1, 0, 0))
    progress = replace(PROGRESS, epoch_s=epoch_s, thought_s=thought_s)
    assert words.progress_sentence(JOB, progress) == f"Epoch 3 of 20, 45 %, about 17 min left{said}"


def test_who_cancels_is_told_that_a_batch_is_waited_for():
    said = words.progress_sentence(replace(JOB, state=State.CANCELLING), PROGRESS)
    assert "after the batch that is being computed" in said
