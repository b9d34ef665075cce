"""The table of states allows what it should, and nothing else."""

import pytest

from fer_core.jobs.states import ACTIONS, ACTIVE, CANCELLED_TO, OVER, PROCESSING, TRANSITIONS, Action, State


def reachable(start):
    found, ahead = {start}, [start]
    while ahead:
        for state in TRANSITIONS[ahead.pop()] - found:
            found.add(state)
            ahead.append(state)
    return found


def test_every_state_can_be_reached_from_the_queue():
    assert reachable(State.QUEUED) == set(State)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_transitions_and_actions(state):
    assert state in TRANSITIONS
    assert state in ACTIONS


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_no_active_job_is_stuck(state):
    assert reachable(state) & OVER


def test_a_job_that_is_done_stays_done():
    assert TRANSITIONS[State.DONE] == frozenset()
    assert ACTIONS[State.DONE] == (Action.DELETE,)


def test_cancel_beats_retry():
    assert not TRANSITIONS[State.CANCELLING] & {State.INTERRUPTED, State.QUEUED, State.RUNNING, State.FAILED}


@pytest.mark.parametrize("state", State)
def test_what_may_be_cancelled_has_somewhere_to_go(state):
    assert (Action.CANCEL in ACTIONS[state]) == (state in CANCELLED_TO)
    if state in CANCELLED_TO:
        assert CANCELLED_TO[state] in TRANSITIONS[state]
        assert (CANCELLED_TO[state] is State.CANCELLING) == (state in PROCESSING)


@pytest.mark.parametrize("state", State)
def test_only_what_is_over_can_be_tried_again_or_deleted(state):
    for action in (Action.RETRY, Action.RESUME):
        assert (action in ACTIONS[state]) == (State.QUEUED in TRANSITIONS[state] and state in OVER)
    assert (Action.DELETE in ACTIONS[state]) == (state in OVER)
