"""What pages, the command line and others may do with jobs: the whole of it.

The calls read and write the store and the run folders of this FER_HOME; none imports a framework, and none
waits for a training. A training runs in a process of its own, started by the one runner of this FER_HOME,
which is started by whoever submits and ends itself when nothing is left to do.

Calls that change something take the requester ``by``: NotAllowedError where they may only look
(:mod:`fer_core.roles.permissions`). None is who runs this process.

Every call may raise JobStoreError (the jobs' database can't be used); those that take a job's id raise
UnknownJobError with the near ids.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fer_core.errors import JobError
from fer_core.jobs import folder, progress, starting
from fer_core.jobs.job import UNSTARTED, Job
from fer_core.jobs.order import read_order
from fer_core.jobs.progress import JobProgress
from fer_core.jobs.states import ACTIONS, ACTIVE, CANCELLED_TO, Action, State
from fer_core.jobs.store import open_store
from fer_core.jobs.submission import Wish, find_recipe, submit_job
from fer_core.jobs.sweeps import sweep_wishes
from fer_core.recipes.recipe import Recipe
from fer_core.roles.permissions import Identity, for_trainers, may_act, why_not
from fer_core.training.pace import list_traces
from fer_core.variants.registry import list_variants

__all__ = [
    "Action", "Job", "JobProgress", "State", "Wish", "cancel", "delete", "ensure_runner", "find_recipe",
    "get_job", "get_recipe", "legal_actions", "list_jobs", "read_history", "read_log", "read_progress",
    "resume", "retry", "submit", "sweep",
]  # fmt: skip

#: How often a change is tried again because the job had moved on in between.
TRIES = 20
_REFUSED = {
    Action.CANCEL: "cancelled",
    Action.RETRY: "retried",
    Action.RESUME: "resumed",
    Action.DELETE: "deleted",
}


def _submitter(job_id: str) -> str:
    return open_store().get(job_id).submitted_by


@for_trainers("queued a training", "recipe")
def submit(recipe: Recipe, wish: Wish | None = None, *, by: Identity | None = None) -> Job:
    """Queue a training of ``recipe``, changed as ``wish`` says, and see to it that the runner runs.

    Returns at once with the queued job; ``job.variant_id`` is the name of the variant that it will make,
    which is never the name of one that exists.

    Raises:
        RecipeError: a change is wrong; the message names the key and the near one.
        DataMissingError: no data set has been imported.
        UnknownVariantError: there is no such parent.
        JobError: the wanted variant id is taken or no valid one, or a number is out of range.
    """
    job = submit_job(open_store(), recipe, _signed(wish or Wish(), by))
    starting.start_runner()
    return job


@for_trainers("queued trainings", "recipes")
def sweep(
    recipes: Sequence[Recipe],
    wish: Wish | None = None,
    *,
    repeats: int | None = None,
    grid: Mapping[str, Sequence[Any]] | None = None,
    by: Identity | None = None,
) -> list[Job]:
    """Queue every recipe with every combination of ``grid`` and every repeat, each as a job of its own.

    Args:
        recipes: what to train.
        wish: holds for all of them; its ``variant_id`` must be empty.
        repeats: how often, with seeds counted up from the recipe's; default is the recipe's ``repeats``.
        grid: values by dotted recipe key, such as ``{"optimizer.learning_rate": [1e-2, 1e-3]}``; default is
            each recipe's own.

    Raises:
        as :func:`submit`; all combinations are checked before the first is queued.
    """
    wishes = sweep_wishes(recipes, _signed(wish or Wish(), by), repeats, grid or {})
    traces = list_traces(list_variants())
    jobs = [submit_job(open_store(), recipe, one, traces) for recipe, one in wishes]
    starting.start_runner()
    return jobs


def list_jobs(states: Iterable[State] = tuple(State)) -> list[Job]:
    """All jobs, or those in ``states``: what runs first, then what waits in its order, then what is over,
    the latest first.
    """
    order = {State.QUEUED: 1} | {state: 2 for state in State if state not in ACTIVE}
    jobs = open_store().list_jobs(states)
    jobs.sort(key=lambda job: -job.ended_at if job.is_over else 0)
    return sorted(jobs, key=lambda job: order.get(job.state, 0))


def get_job(job_id: str) -> Job:
    """One job as it stands now."""
    return open_store().get(job_id)


def get_recipe(job: Job) -> Recipe:
    """The recipe that the job trains, checked; JobError or RecipeError where its file is gone or damaged."""
    return read_order(job.folder)[1]


def legal_actions(job: Job, by: Identity | None = None) -> tuple[Action, ...]:
    """What ``by`` may do to the job as it stands; nothing else is accepted. None is who runs this process."""
    actions = ACTIONS[job.state]
    if by is not None and why_not(by):
        own = by.is_known and job.submitted_by == by.email
        return tuple(action for action in actions if own and action is Action.CANCEL)
    if Action.RESUME in actions and not progress.finished_epochs(job):
        return tuple(action for action in actions if action is not Action.RESUME)
    return actions


@for_trainers("cancelled a job", "job_id", whose=_submitter)
def cancel(job_id: str, *, by: Identity | None = None) -> Job:
    """Stop a job: at once where it waits; a running one stops after its batch, or is killed after a grace.

    Its checkpoint stays, so it can be resumed. A second cancel is no error. Who has submitted a job may cancel it,
    also when they may train no more.

    Raises:
        JobError: it is over already.
    """
    store = open_store()
    for _ in range(TRIES):
        job = store.get(job_id)
        if job.state in (State.CANCELLING, State.CANCELLED):
            return job
        _demand(job, Action.CANCEL)
        state = CANCELLED_TO[job.state]
        ended = {"ended_at": time.time()} if state is State.CANCELLED else {}
        moved = store.move(job, state, **ended)
        if moved:
            starting.ensure_runner()
            return moved
    raise _moved_on(job_id)


@for_trainers("queued a job anew", "job_id")
def retry(job_id: str, *, by: Identity | None = None) -> Job:
    """Queue a failed or cancelled job again, to start anew.

    Raises:
        JobError: it is in a state that allows no retry.
    """
    return _again(job_id, Action.RETRY, by)


@for_trainers("resumed a job", "job_id")
def resume(job_id: str, *, by: Identity | None = None) -> Job:
    """Queue a failed or cancelled job again, to go on after its last finished epoch.

    Raises:
        JobError: it is in a state that allows no resuming, or has finished no epoch.
    """
    return _again(job_id, Action.RESUME, by)


@for_trainers("forgot a job", "job_id")
def delete(job_id: str, *, by: Identity | None = None) -> None:
    """Forget a job that is over, with its run folder; the variant it made stays.

    Raises:
        JobError: it is not over.
    """
    store = open_store()
    job = store.get(job_id)
    _demand(job, Action.DELETE)
    if not store.remove(job):
        raise _moved_on(job_id)
    shutil.rmtree(job.folder, ignore_errors=True)


def read_progress(job: Job) -> JobProgress | None:
    """How far the job's training has come, or None while it has trained nothing since it began anew."""
    return progress.read_progress(job)


def read_history(job: Job) -> list[dict[str, float]]:
    """Its finished epochs: one mapping each, with the columns of ``history.csv``."""
    return progress.read_history(job)


def read_log(job: Job, *, lines: int = 200, attempt: int | None = None) -> str:
    """The last lines that its process printed, of the latest attempt unless another is named."""
    return folder.read_log(job.folder, attempt or job.attempt, lines)


def ensure_runner(by: Identity | None = None) -> None:
    """Start the runner where jobs are waiting or running and none runs; pages call this with each poll.

    It is how the queue goes on after a restart of the machine or a killed runner. Nothing is done for who may
    only look.
    """
    if may_act(by):
        starting.ensure_runner()


def _signed(wish: Wish, by: Identity | None) -> Wish:
    """The wish with the requester's name, whatever they say."""
    return wish if by is None else replace(wish, submitted_by=by.name)


def _again(job_id: str, action: Action, by: Identity | None) -> Job:
    store = open_store()
    job = store.get(job_id)
    _demand(job, action)
    changes = UNSTARTED | {"attempt": job.attempt + 1, "queued_at": time.time(), "stalled": 0}
    if action is Action.RETRY:
        changes |= {"first_attempt": job.attempt + 1, "checkpoint_epoch": 0}
    moved = store.move(job, State.QUEUED, **changes)
    if moved is None:
        raise _moved_on(job_id)
    starting.start_runner()
    return moved


def _demand(job: Job, action: Action) -> None:
    """JobError unless the job allows the action as it stands."""
    allowed = legal_actions(job)
    if action in allowed:
        return
    if action is Action.RESUME and Action.RESUME in ACTIONS[job.state]:
        raise JobError(f"{job.id} has finished no epoch, so there is nothing to resume: retry it.")
    instead = f"; you can {' or '.join(allowed)} it" if allowed else ""
    raise JobError(f"{job.id} is {job.state} and can't be {_REFUSED[action]}{instead}.")


def _moved_on(job_id: str) -> JobError:
    return JobError(f"{job_id} changed in the same moment: look at it again.")
