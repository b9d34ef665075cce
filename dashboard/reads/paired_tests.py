"""Who stands where and which differences are real, computed once for all viewers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from fer_core.comparison.standings import (
    Reading,
    pair_frame,
    read_outcomes,
    standings_frame,
)
from fer_core.evaluation.outcomes import Panel
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant


def standings(variants: list[Variant], baseline: Variant | None) -> tuple[pd.DataFrame, Reading]:
    """The frame of :func:`fer_core.comparison.standings.standings_frame`, and what it was computed from.

    A baseline whose predictions can't be read is passed over.
    """
    reading = read_outcomes(variants)
    baseline_id = baseline.id if baseline and reading.panel_of(baseline.id) else None
    return _standings(_stamps(variants), baseline_id, reading), reading


def pairs(variants: list[Variant], clean: bool) -> tuple[pd.DataFrame, Panel | None, list[str]]:
    """All pairs of those variants that were measured on the same faces, these in a panel, and the others' ids.

    The faces are those of most of the variants; the panel is None where nothing can be read or is left.
    """
    reading = read_outcomes(variants)
    if not reading.panels:
        return pd.DataFrame(), None, []
    panel = reading.panels[0].clean() if clean else reading.panels[0]
    apart = [name for other in reading.panels[1:] for name in other.ids]
    if not len(panel.label):
        return pd.DataFrame(), None, apart
    return _pairs(_stamps(variants), clean, panel), panel, apart


def _stamps(variants: list[Variant]) -> tuple[tuple[str, int], ...]:
    return tuple(
        catalogue.stamp(variant.predictions_path) for variant in variants if variant.status == Status.TRAINED
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _standings(
    files: tuple[tuple[str, int], ...], baseline_id: str | None, _reading: Reading
) -> pd.DataFrame:
    return standings_frame(_reading, baseline_id)


@st.cache_data(max_entries=50, show_spinner=False)
def _pairs(files: tuple[tuple[str, int], ...], clean: bool, _panel: Panel) -> pd.DataFrame:
    return pair_frame(_panel)
