"""What the reports print beyond a figure a variant: confusion matrices, epoch logs, and the levels they quote."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import catalogue, literature
from dashboard.shell import choices, downloads
from dashboard.shell.charts import draw
from dashboard.shell.messages import usable
from fer_core import charts
from fer_core.emotions import EMOTIONS
from fer_core.literature.reports import Report

CHANCE = "matrix against chance"


def show_matrices(report: Report) -> None:
    """The confusion matrices that the report prints, each beside ours, with what chance alone would give."""
    printed = literature.matrices(report.family)
    if not printed:
        return
    st.subheader("The confusion matrices that it prints", anchor=False)
    name = choices.one(st.selectbox, "Matrix of", "matrix", list(printed), next(iter(printed)))
    for check in literature.checks(report.family):
        if (check.variant, check.kind) == (name, CHANCE):
            st.markdown(check.sentence)
            st.code(check.arithmetic, language=None, wrap_lines=True)
    theirs, ours = st.columns(2, gap="large")
    with theirs:
        draw(charts.confusion_chart, _of_rows(printed[name]), "row", f"{name}, as the report prints it")
        downloads.table("The printed counts as CSV", _table(printed[name]), f"{name}_printed_matrix.csv")
    with ours:
        trained = [each for each in catalogue.trained_variants() if each.id == name]
        if usable(trained, catalogue.predictions):
            matrix = catalogue.confusion(trained[0], False, "row")
            draw(charts.confusion_chart, matrix, "row", f"{name}, as trained here")
            if trained[0].training_length is not None:
                st.caption(f"Ours: {trained[0].training_length.text}, on PrivateTest.")
            downloads.table("Ours as CSV", _table(matrix), f"{name}_matrix.csv")
        else:
            st.info(f"{name} has not been trained here yet, so there is no matrix of ours to set beside it.")


def show_log(variant_id: str) -> None:
    """The epochs that the report prints of a variant, beside ours; nothing where it prints none."""
    log = literature.epoch_logs([variant_id])
    if log.empty:
        return
    trained = [each for each in catalogue.trained_variants() if each.id == variant_id]
    histories = catalogue.histories(usable(trained, catalogue.history))
    for measure, place in zip(("accuracy", "loss"), st.columns(2, gap="large"), strict=True):
        with place:
            draw(charts.learning_chart, histories, measure, catalogue.styles_with(variant_id), log)
    downloads.table("The printed epochs as CSV", log, f"{variant_id}_printed_epochs.csv")


def show_sources() -> None:
    """Where the lines for people and for the best known networks come from."""
    with st.expander("People and the best known networks: where the lines come from"):
        st.caption(
            "As the reports quote them, each under its own protocol: lines to see by, not ranked with ours."
        )
        frame = literature.references()
        table = frame.assign(
            accuracy=100 * frame["accuracy"], margin=100 * frame["margin"].where(frame["margin"] > 0)
        )
        st.dataframe(
            table[["name", "accuracy", "margin", "quoted_in", "source", "protocol"]],
            column_config={
                "name": "Line",
                "accuracy": st.column_config.NumberColumn("Right of 100", format="%.1f"),
                "margin": st.column_config.NumberColumn("±", format="%.1f"),
                "quoted_in": "Quoted in",
                "source": "Source",
                "protocol": "Under",
            },
            hide_index=True,
            placeholder="–",
            alt="Human level and best known networks, with source and protocol",
        )
        downloads.table("These lines as CSV", frame, "references.csv")


def _of_rows(matrix: np.ndarray) -> np.ndarray:
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _table(matrix: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(matrix, columns=list(EMOTIONS))
    table.insert(0, "true", list(EMOTIONS))
    return table
