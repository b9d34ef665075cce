"""Who stands where and which differences are real, computed once for all viewers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from fer_core import paths
from fer_core.comparison.card_checks import without_contradictions
from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.comparison.standings import (
    pair_frame,
    read_outcomes,
    standings_frame,
    without_false_differences,
)
from fer_core.comparison.verdict import verdict
from fer_core.evaluation.outcomes import Panel
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant
from fer_core.variants.repeats import parts_of


@dataclass(frozen=True, eq=False)
class Board:
    """Variants side by side, for all viewers: not to be changed.

    ``frame`` is :func:`fer_core.comparison.leaderboard.leaderboard_frame` with the columns of
    :func:`fer_core.comparison.standings.standings_frame`; ``verdict`` the sentence on the trained ones (Markdown);
    ``errors`` say whose predictions can't be read, or aren't what the card says.
    """

    frame: pd.DataFrame
    verdict: str
    errors: tuple[str, ...]


def board(variants: list[Variant], baseline: Variant | None) -> Board:
    """Those variants with their statistics, and what each differs from ``baseline`` by.

    A baseline whose predictions can't be read has no tests against it.
    """
    parts = parts_of(variants, catalogue.trained_variants())
    return _board(_state([*variants, *parts]), baseline.id if baseline else None, variants, parts)


def panel(variants: list[Variant]) -> Panel | None:
    """Those of the variants that most of them share the faces with; None where nothing can be read."""
    return next(iter(read_outcomes(variants).panels), None)


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
    return _pairs(_state(variants), clean, panel), panel, apart


def _state(variants: list[Variant]) -> str:
    """What changes with the variants' cards, models and answers, and with the speeds measured here."""
    files = [
        (
            variant.id, variant.origin, variant.status, variant.reason,
            variant.folder / paths.CARD, variant.model_path, variant.predictions_path,
        )
        for variant in variants
    ]  # fmt: skip
    return repr([list(map(_stamped, value)) for value in [*files, (paths.latencies(),)]])


def _stamped(value: object) -> object:
    """A file as the stamp of its present content, or that it is gone; anything else as it is."""
    if not isinstance(value, paths.Path):
        return value
    return catalogue.stamp(value) if value.is_file() else str(value)


@st.cache_resource(max_entries=20, show_spinner=False)
def _board(state: str, baseline_id: str | None, _variants: list[Variant], _parts: list[Variant]) -> Board:
    reading = read_outcomes(_variants)
    tested = baseline_id if baseline_id and reading.panel_of(baseline_id) else None
    frame = leaderboard_frame(without_contradictions(_variants, reading.contradictions), baseline_id, _parts)
    frame = frame.join(standings_frame(reading, tested), on="id")
    if baseline_id:
        frame = without_false_differences(frame, reading, baseline_id)
    errors = (*reading.errors.values(), *reading.contradictions.values())
    return Board(frame, verdict(frame[frame["status"] == Status.TRAINED]), errors)


@st.cache_data(max_entries=50, show_spinner=False)
def _pairs(state: str, clean: bool, _panel: Panel) -> pd.DataFrame:
    return pair_frame(_panel)
