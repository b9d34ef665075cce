"""Measuring variants on distorted faces in the background, one measurement at a time for all viewers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.shell import identity
from dashboard.shell.troubles import told_in_a_sentence
from fer_core.comparison.robustness import read_tables
from fer_core.curation.measuring import (
    Measurement,
    cancel_measurement,
    current_measurement,
    start_measurement,
)
from fer_core.roles import Identity
from fer_core.variants.registry import Variant

_EVERY_S = 0.7


def tables(models: Sequence[Variant]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """The measured tables by id, and a sentence for each that is damaged."""
    return read_tables(models)


def offer(models: Sequence[Variant]) -> None:
    """What is measured just now with its progress; or a button that measures ``models``."""
    by = identity.visitor()
    job = current_measurement()
    if job is not None and not job.is_done:
        st.fragment(_show_progress, run_every=_EVERY_S)(job, by)
        return
    if job is not None and job.trouble:
        st.warning(job.trouble)
    able = [model for model in models if model.can_predict]
    if able:
        names = ", ".join(model.id for model in able)
        identity.trainers_button(
            f"Measure {len(able)} models" if len(able) > 1 else f"Measure {able[0].id}",
            by,
            on_click=_begin,
            args=(able,),
            icon=":material/blur_on:",
            help=f"Asks {names} about every distorted test face: a minute or two for a small model.",
        )


def _begin(models: list[Variant]) -> None:
    with told_in_a_sentence():
        start_measurement(models, identity.visitor())


def _show_progress(job: Measurement, by: Identity) -> None:
    if job.is_done:
        st.rerun()
    stage = job.progress
    st.progress(
        stage.fraction if stage else 0.0, f"Measuring {stage.variant}" if stage else "Reading the test faces"
    )
    identity.trainers_button("Cancel", by, on_click=_cancel, args=(job,), icon=":material/stop_circle:")


def _cancel(job: Measurement) -> None:
    with told_in_a_sentence():
        cancel_measurement(job, identity.visitor())
