"""The head of Compare: which of these is best, what it costs, and one row a model."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.compare import table
from dashboard.reads import catalogue, paired_tests
from dashboard.shell import look
from dashboard.shell.charts import draw
from fer_core import charts
from fer_core.comparison.decision import decision
from fer_core.comparison.leaderboard import pareto_front
from fer_core.variants.registry import Variant

_COLUMNS = (
    "id", "accuracy", "interval", "training", "latency_ms", "size_mb", "macro_f1", "log_loss", "clean_accuracy",
    "group",
)  # fmt: skip

_AMONG_THESE = (
    "Tested among these models alone, on all test faces. Among all models of the Leaderboard more differences are "
    "tested, so a small one may count as chance there."
)


def show(models: list[Variant], baseline: Variant | None) -> DeltaGenerator:
    """The verdict, the decision, one row a model, and accuracy against time; of all test faces.

    Returns a place for buttons below the sentences.
    """
    shown = list({model.id: model for model in [*models, *([baseline] if baseline else [])]}.values())
    baseline_id = baseline.id if baseline else None
    board = paired_tests.board(shown, baseline)
    with look.answer():
        st.markdown(board.verdict)
        if words := decision(board.frame):
            st.markdown(words)
    if len(shown) > 1:
        st.caption(_AMONG_THESE)
    head = st.container(horizontal=True, vertical_alignment="bottom")
    rows = table.arranged(board.frame, "Right of 100", baseline_id)
    st.dataframe(
        table.styled(rows, baseline_id, _COLUMNS),
        column_config=table.column_config(),
        hide_index=True,
        height="content",
        placeholder="–",
        alt="One row a model",
    )
    _show_pictures(rows[~table.measured_apart(rows)].dropna(subset=["accuracy"]), baseline_id)
    return head


def _show_pictures(rows: pd.DataFrame, baseline_id: str | None) -> None:
    if len(rows) < 2:
        return
    priced = rows.dropna(subset=["latency_ms"])
    left, right = st.columns(2, gap="large")
    with left:
        draw(charts.interval_chart, rows, catalogue.styles(), baseline_id)
    with right:
        if len(priced) > 1:
            front = pareto_front(priced, "latency_ms")
            draw(charts.tradeoff_chart, priced, "latency_ms", front, catalogue.styles())
