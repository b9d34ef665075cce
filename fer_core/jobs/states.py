"""The states of a job, which may follow which, and what its user may do in each.

    QUEUED ── STARTING ── RUNNING ── DONE
      ↑           │          ├────── FAILED
      │           │          ├────── CANCELLING ── CANCELLED
      └───────────┴──────────┴────── INTERRUPTED

Every change in the store is a step of :data:`TRANSITIONS` and is conditional on the state and the attempt
that its author last saw, so of two authors one wins and the other gets an error.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job stands.

    ``STARTING``: the runner has claimed it, its process has not reported yet. ``INTERRUPTED``: its process
    died without an exit record; it is queued again at once, or given up.
    """

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What a user may do to a job: ``RETRY`` starts anew, ``RESUME`` goes on from the last finished epoch."""

    CANCEL = "cancel"
    RETRY = "retry"
    RESUME = "resume"
    DELETE = "delete"


#: The states that a job can go to from each state.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.STARTING, State.CANCELLED, State.FAILED}),
    State.STARTING: frozenset({State.RUNNING, State.CANCELLING, State.INTERRUPTED, State.FAILED}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.CANCELLING, State.INTERRUPTED}),
    # A job that was done before it noticed the wish to cancel it is done: its variant is there.
    State.CANCELLING: frozenset({State.CANCELLED, State.DONE}),
    State.INTERRUPTED: frozenset({State.QUEUED, State.FAILED, State.CANCELLED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
    State.DONE: frozenset(),
}

#: What may be done to a job in each state; ``RESUME`` also needs a checkpoint.
ACTIONS: dict[State, tuple[Action, ...]] = {
    State.QUEUED: (Action.CANCEL,),
    State.STARTING: (Action.CANCEL,),
    State.RUNNING: (Action.CANCEL,),
    State.CANCELLING: (),
    State.INTERRUPTED: (Action.CANCEL,),
    State.DONE: (Action.DELETE,),
    State.FAILED: (Action.RETRY, Action.RESUME, Action.DELETE),
    State.CANCELLED: (Action.RETRY, Action.RESUME, Action.DELETE),
}

#: Where a wish to cancel takes a job: at once where no process can be running.
CANCELLED_TO: dict[State, State] = {
    State.QUEUED: State.CANCELLED,
    State.STARTING: State.CANCELLING,
    State.RUNNING: State.CANCELLING,
    State.INTERRUPTED: State.CANCELLED,
}

#: A job that is over stays as it is until its user acts.
OVER = frozenset({State.DONE, State.FAILED, State.CANCELLED})
ACTIVE = frozenset(State) - OVER

#: States in which a job holds its slot: a process is there, or may be.
PROCESSING = frozenset({State.STARTING, State.RUNNING, State.CANCELLING})
