"""Measuring variants on distorted faces in the background, one measurement at a time for all viewers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.background import Background
from fer_core.registry import Variant
from fer_core.robustness import Stage, measure_variants, read_tables

_EVERY_S = 0.7


def tables(models: Sequence[Variant]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """The measured tables by id, and a sentence for each that is damaged."""
    return read_tables(models)


def offer(models: Sequence[Variant]) -> None:
    """What is measured just now with its progress; or a button that measures ``models``."""
    job = _current().get("job")
    if job is not None and not job.is_done:
        st.fragment(_show_progress, run_every=_EVERY_S)(job)
        return
    if job is not None and job.trouble:
        st.warning(job.trouble)
    able = [model for model in models if model.can_predict]
    if able:
        names = ", ".join(model.id for model in able)
        st.button(
            f"Measure {len(able)} models" if len(able) > 1 else f"Measure {able[0].id}",
            on_click=_begin,
            args=(able,),
            icon=":material/blur_on:",
            help=f"Asks {names} about every distorted test face: a minute or two for a small model.",
        )


def _begin(models: list[Variant]) -> None:
    job = _current().get("job")
    if job is None or job.is_done:  # somebody else may have been quicker
        _current()["job"] = Background(
            lambda report, should_stop: measure_variants(models, report, should_stop),
            "robustness",
            "The measurement failed; the server's log says more",
        )


def _show_progress(job: Background[Stage, list[str]]) -> None:
    if job.is_done:
        st.rerun()
    stage = job.progress
    st.progress(
        stage.fraction if stage else 0.0, f"Measuring {stage.variant}" if stage else "Reading the test faces"
    )
    st.button("Cancel", on_click=job.cancel, icon=":material/stop_circle:")


@st.cache_resource
def _current() -> dict[str, Background[Stage, list[str]]]:
    return {}
