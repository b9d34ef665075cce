"""The jobs: those that are active, looked at every second, and those that are over.

A second's look redraws as little as it can: the frames, buttons and switches of the active jobs stand still
until a job changes its state, and only what moves is put into the places that they keep for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shell.troubles import told_in_a_sentence
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
from fer_core.jobs.states import ACTIVE
from fer_core.roles import Identity
from fer_core.variants.registry import Variant

LOOK_S = 1.0
#: While nothing is active, somebody else's new job is seen so late.
IDLE_LOOK_S = 10.0
MOST_AT_ONCE = 3
_ACTIONS: dict[Action, tuple[str, str, str, Callable[..., object]]] = {
    Action.CANCEL: ("Cancel", ":material/stop:", f"{words.STOPPING}. What is finished stays.", service.cancel),
    Action.RESUME: ("Resume", ":material/resume:", "Goes on after the last finished epoch.", service.resume),
    Action.RETRY: ("Start anew", ":material/restart_alt:", "From the first epoch.", service.retry),
    Action.DELETE: ("Forget", ":material/delete:", "The job and its log; the variant it made stays.", service.delete),
}  # fmt: skip


@dataclass
class Places:
    """Where what moves of a job is drawn."""

    bar: DeltaGenerator
    losses: DeltaGenerator
    curves: DeltaGenerator
    log: DeltaGenerator
    claimed: bool = False

    def claim(self) -> None:
        """A fragment may later write only where it has written in the run that made the place."""
        if not self.claimed:
            for place in (self.bar, self.losses, self.curves, self.log):
                place.empty()
        self.claimed = True


def show_jobs(by: Identity, may: bool) -> None:
    """All jobs: what moves is looked after by a fragment, so that the form is left in peace."""
    with told_in_a_sentence():
        service.ensure_runner(by)
    jobs = service.list_jobs()
    active = [job for job in jobs if not job.is_over]
    if not jobs:
        st.info(
            "No job yet: choose a recipe below, change what you like, and start it."
            if may
            else "No training runs. Who may train can start one below; you may look at what each would do and cost.",
            icon=":material/model_training:",
        )
    places = {job.id: _show_frame(job, by) for job in active}
    look = st.fragment(_look, run_every=LOOK_S if active else IDLE_LOOK_S)
    look(_standing(active), places, by)
    over = [job for job in jobs if job.is_over]
    if over:
        st.fragment(_show_over)(over, by)


def _show_frame(job: Job, by: Identity) -> Places:
    """What stands still of an active job, and places for the rest."""
    with st.container(border=True):
        _show_heading(job)
        bar, losses = st.empty(), st.empty()
        _show_buttons(job, by)
        return Places(bar, losses, st.empty(), st.empty())


def _look(known: frozenset[tuple[str, str, int]], places: dict[str, Places], by: Identity) -> None:
    """Draw what has moved; when a job has come, gone or changed its state, draw the whole page anew."""
    with told_in_a_sentence():
        service.ensure_runner(by)
    active = service.list_jobs(ACTIVE)
    if _standing(active) != known:
        st.rerun()
    for job in active:
        place, told = places[job.id], service.read_progress(job)
        place.claim()
        place.bar.progress(told.share if told else 0.0, words.progress_sentence(job, told))
        if told:
            history = service.read_history(job)
            place.losses.caption(words.losses_sentence(told, history))
            if st.session_state.get(_switch("curves", job)):
                draw_curves(place.curves.container(), job)
        if st.session_state.get(_switch("log", job)):
            draw_log(place.log, job)


def _standing(jobs: list[Job]) -> frozenset[tuple[str, str, int]]:
    """What the frames depend on."""
    return frozenset((job.id, job.state, job.attempt) for job in jobs)


def _show_over(over: list[Job], by: Identity) -> None:
    """Jobs that are over, the latest first, and what can be done with each."""
    st.markdown(f"**Over** · {len(over)}")
    everything = len(over) <= MOST_AT_ONCE or st.toggle(f"Show all {len(over)}", key="jobs.all")
    for job in over if everything else over[:MOST_AT_ONCE]:
        made = made_by(job)
        with st.container(border=True):
            _show_heading(job)
            st.caption(f"{words.ended_sentence(job)} {words.asked_sentence(job)}")
            outcome.show(job, made)
            _show_buttons(job, by, made)
            if st.session_state.get(_switch("curves", job)):
                draw_curves(st.container(), job, made)
                offer_history(job)
            if st.session_state.get(_switch("log", job)):
                draw_log(st, job)


def _show_heading(job: Job) -> None:
    name, colour, icon = words.STATES[job.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{job.variant_id}**", width="content")
        st.badge(name, icon=icon, color=colour)


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
