"""The jobs: those that are active, looked at every second, and those that are over.

A look draws all cards from nothing, in places of its own: the browser changes only what differs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.reads import catalogue
from dashboard.shell.messages import show_errors
from dashboard.train import outcome, words
from dashboard.train.outcome import (
    draw_curves,
    draw_log,
    made_by,
    offer_history,
)
from fer_core.errors import FerError
from fer_core.jobs import service
from fer_core.jobs.service import Action, Job
from fer_core.roles.permissions import Identity
from fer_core.variants.registry import Variant

LOOK_S = 1.0
#: While nothing is active, somebody else's new job is seen so late.
IDLE_LOOK_S = 10.0
MOST_AT_ONCE = 3
_DRAWN = "jobs.drawn"
#: What the page depends on: each job's id, state and attempt.
Standing = frozenset[tuple[str, str, int]]
_ACTIONS: dict[Action, tuple[str, str, str, Callable[..., object]]] = {
    Action.CANCEL: ("Cancel", ":material/stop:", f"{words.STOPPING}. What is finished stays.", service.cancel),
    Action.RESUME: ("Resume", ":material/resume:", "Goes on after the last finished epoch.", service.resume),
    Action.RETRY: ("Start anew", ":material/restart_alt:", "From the first epoch.", service.retry),
    Action.DELETE: ("Forget", ":material/delete:", "The job and its log; the variant it made stays.", service.delete),
}  # fmt: skip


def show_jobs(by: Identity, may: bool) -> None:
    """All jobs, looked after by a fragment, so that the form is left in peace."""
    jobs = service.list_jobs()
    every_s = IDLE_LOOK_S if all(job.is_over for job in jobs) else LOOK_S
    st.fragment(_look, run_every=every_s)(_standing(jobs), every_s, by, may)


def _look(known: Standing, every_s: float, by: Identity, may: bool) -> None:
    """Draw the jobs as they are now; the page knows them as ``known``, and is drawn anew where that has changed.

    Only a look that ends takes away what the one before drew. So the change is drawn here first, to the end, and the
    page a look later: else the old card would stand above the new one for as long as the whole page takes.
    """
    with show_errors(), catalogue.listed_once():
        service.ensure_runner(by)
        jobs = service.list_jobs()
        standing = _standing(jobs)
        _draw(jobs, by, may)
        drawn_before = st.session_state.get(_DRAWN)
        st.session_state[_DRAWN] = standing
        if standing != known and drawn_before == standing:
            st.rerun()
        if standing != known and every_s > LOOK_S:
            _look_again_soon()


def _look_again_soon() -> None:
    """Draw the page anew in a second: looks are rare while nothing is active."""
    calls = count()  # the first one is part of this look
    st.fragment(lambda: st.rerun() if next(calls) else None, run_every=LOOK_S)()


def _draw(jobs: list[Job], by: Identity, may: bool) -> None:
    """One card a job: the active ones, then the latest of those that are over."""
    if not jobs:
        st.info(
            "No job yet: choose a recipe below, change what you like, and start it."
            if may
            else "No training runs. Who may train can start one below; you may look at what each would do and cost.",
            icon=":material/model_training:",
        )
    over = [job for job in jobs if job.is_over]
    for job in jobs[: len(jobs) - len(over)]:
        with _card(job):
            _show_active(job, by)
    if not over:
        return
    st.markdown(f"**Over** · {len(over)}")
    everything = len(over) <= MOST_AT_ONCE or st.toggle(f"Show all {len(over)}", key="jobs.all")
    for job in over if everything else over[:MOST_AT_ONCE]:
        with _card(job):
            _show_over(job, by)


def _card(job: Job) -> DeltaGenerator:
    """The frame of a job, with its name and state."""
    card = st.container(border=True, key=f"job-{job.id}")
    name, colour, icon = words.STATES[job.state]
    with card.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{job.variant_id}**", width="content")
        st.badge(name, icon=icon, color=colour)
    return card


def _show_active(job: Job, by: Identity) -> None:
    progress = service.read_progress(job)
    st.progress(progress.share if progress else 0.0, words.progress_sentence(job, progress))
    st.caption(
        words.losses_sentence(progress, service.read_history(job))
        if progress
        else words.request_sentence(job)
    )
    _show_buttons(job, by)
    if progress and st.session_state.get(_switch("curves", job)):
        draw_curves(st.container(), job)
    if st.session_state.get(_switch("log", job)):
        draw_log(st, job)


def _show_over(job: Job, by: Identity) -> None:
    """How it ended, what it has made, and what can be done with it."""
    made = made_by(job)
    st.caption(f"{words.ended_sentence(job)} {words.request_sentence(job)}")
    outcome.show(job, made)
    _show_buttons(job, by, made)
    if st.session_state.get(_switch("curves", job)):
        draw_curves(st.container(), job, made)
        offer_history(job)
    if st.session_state.get(_switch("log", job)):
        draw_log(st, job)


def _standing(jobs: list[Job]) -> Standing:
    return frozenset((job.id, job.state, job.attempt) for job in jobs)


def _show_buttons(job: Job, by: Identity, made: Variant | None = None) -> None:
    """Buttons for what is legal now, and switches for the curves and the log."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if made is not None:
            outcome.offer_pages(job, made)
        for action in service.legal_actions(job, by):
            label, icon, explanation, act = _ACTIONS[action]
            st.button(
                label,
                key=f"{action} {job.id}",
                icon=icon,
                help=explanation,
                on_click=partial(_act, act, job.id, by),
            )
        st.toggle("Curves", key=_switch("curves", job))
        st.toggle("Log", key=_switch("log", job))
    if refused := st.session_state.pop(f"refused {job.id}", ""):
        st.error(refused, icon=":material/error:")


def _act(act: Callable[..., object], job_id: str, by: Identity) -> None:
    """A button's callback: the job may have moved on since it was drawn."""
    try:
        act(job_id, by=by)
    except FerError as error:
        st.session_state[f"refused {job_id}"] = str(error)


def _switch(name: str, job: Job) -> str:
    return f"{name} {job.id}"
