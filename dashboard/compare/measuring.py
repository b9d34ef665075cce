"""Measuring variants in the background, from a button to its end: one measurement at a time for all viewers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.shell import identity
from dashboard.shell.messages import show_errors
from fer_core.curation.measuring import (
    HEAT_MAPS,
    ROBUSTNESS,
    Measurement,
    cancel_measurement,
    current_measurement,
    start_measurement,
)
from fer_core.roles.permissions import Identity
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

_EVERY_S = 0.7
#: By kind: what the button says, its sign, and what it does, after the models' names.
_BUTTONS = {
    ROBUSTNESS: (
        "Measure {}",
        ":material/blur_on:",
        "Asks {} about every distorted test face: a minute or two for a small model, hours for the largest. If it is "
        "cancelled or cut off, it goes on from there the next time.",
    ),
    HEAT_MAPS: (
        "Make the maps of {}",
        ":material/center_focus_strong:",
        "Makes the heat maps of up to 300 test faces of each emotion, right and wrong, for {}: half a minute for a "
        "small model, some minutes for a large one.",
    ),
}


def offer(models: Sequence[Variant], kind: str = ROBUSTNESS, test_set: TestSet | None = None) -> None:
    """What is measured just now with its progress; or a button that measures ``models``, on a ``test_set``'s faces."""
    by = identity.visitor()
    job = current_measurement()
    if job is not None and not job.is_done:
        st.fragment(_show_progress, run_every=_EVERY_S)(job, by)
        return
    if job is not None and job.error and job.kind == kind:
        st.warning(job.error)
    able = [model for model in models if model.can_predict]
    if able:
        label, icon, words = _BUTTONS[kind]
        names = ", ".join(model.id for model in able)
        identity.trainers_button(
            label.format(f"{len(able)} models" if len(able) > 1 else able[0].id),
            by,
            on_click=_begin,
            args=(able, kind, test_set),
            icon=icon,
            help=words.format(names),
        )


def _begin(models: list[Variant], kind: str, test_set: TestSet | None) -> None:
    with show_errors():
        start_measurement(models, identity.visitor(), kind, test_set)


def _show_progress(job: Measurement, by: Identity) -> None:
    if job.is_done:
        st.rerun()
    stage = job.progress
    said = f"Measuring {stage.variant}: {job.kind}" if stage else "Reading the test faces"
    st.progress(stage.fraction if stage else 0.0, said)
    identity.trainers_button("Cancel", by, on_click=_cancel, args=(job,), icon=":material/stop_circle:")


def _cancel(job: Measurement) -> None:
    with show_errors():
        cancel_measurement(job, identity.visitor())
