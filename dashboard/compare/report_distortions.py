"""The page Robustness's part on the cos429 report: its five distortions, its figures and ours."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from dashboard.shell import downloads
from dashboard.shell.figures import right_aligned
from fer_core.formats import nats, of_100, signed
from fer_core.literature.distorted import OURS, REPORTED, accuracies, both_sentence, distorted_frame


def show() -> None:
    """The cos429 report's table, ours beside it."""
    frame = distorted_frame(catalogue.variants())
    said = both_sentence(frame)
    with st.expander("As the cos429 report measured it: reported beside ours", expanded=bool(said)):
        if said:
            st.markdown(said)
            _show_both(frame.dropna(subset=["difference"]))
        st.caption(
            "Its five distortions, each on a fifth of the test faces (about 718, so each figure is good to four "
            "points). The report prints no strength for speckle; ours has a standard deviation of the pixel itself. "
            "Gaussian noise of variance 4 in grey levels, as printed, can't be seen; the report's could, so it was "
            "another."
        )
        st.markdown("**Every model under these five**, right of 100 faces")
        every = accuracies(frame)
        untrained = every["source"].map({REPORTED: "not yet", OURS: ""})
        shown = every.assign(training=every["training"].fillna(untrained)).rename(
            columns={"variant": "Model", "training": "Trained", "source": "Figures"}
        )
        figures = shown.columns[3:]
        shown[figures] = shown[figures].map(of_100)
        shown = shown.rename(columns={title: title.split(",")[0] for title in figures})  # all five in sight
        st.dataframe(
            shown,
            hide_index=True,
            column_config=right_aligned(list(shown)[3:]),
            alt="Every model under the report's distortions",
        )
        downloads.table("All figures under these five as CSV", frame, "cos429_distortions.csv")


def _show_both(frame: pd.DataFrame) -> None:
    """What the report printed of a model beside what ours does."""
    shown = pd.DataFrame(
        {
            "Model": frame["variant"],
            "Trained": frame["training"],
            "Distortion": frame["distortion"],
            "Reported": [of_100(value) for value in frame["reported"]],
            "Ours": [of_100(value) for value in frame["accuracy"]],
            "Ours − reported": [signed(100 * value) for value in frame["difference"]],
            "Reported loss": [nats(value) for value in frame["reported_loss"]],
            "Our loss": [nats(value) for value in frame["loss"]],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config=right_aligned(list(shown)[3:]),
        alt="The report's distortions, reported and ours",
    )
