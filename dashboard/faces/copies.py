"""The page Data's part on copies: pictures that stand in the data set more than once, side by side."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import dataset
from dashboard.shell import choices, downloads
from dashboard.shell.strips import Figure, draw_strip
from fer_core.emotions import GLYPHS
from fer_core.formats import whole

A_PAGE = 8
EVERY, ACROSS, CONFLICT, WITHIN = "All", "Across splits", "Labels in conflict", "Within one split"


def show() -> None:
    """Choose which groups, and browse them."""
    table, faces = dataset.copies(), dataset.copied_faces()
    if table.empty:
        st.success("No picture of this data set is an exact copy of another.")
        return
    wish = choices.one(
        st.segmented_control, "Groups of copies", "copies", [EVERY, ACROSS, CONFLICT, WITHIN], EVERY, required=True,
        help="Every pixel alike. Across splits: a test face that training or the choice of a model has seen.",
    )  # fmt: skip
    chosen = wanted(table, wish)
    groups = chosen["group"].unique()
    if not len(groups):
        st.info("There is no such group.")
        return
    here = st.container()
    page = choices.page("groups", math.ceil(len(groups) / A_PAGE), wish)
    with here:
        st.caption(
            f"{whole(len(groups))} groups with {whole(len(chosen))} pictures; the largest are shown first."
        )
        for number in groups[(page - 1) * A_PAGE : page * A_PAGE]:
            show_group(chosen[chosen["group"] == number], faces)
    downloads.table("These copies as CSV", chosen, "copies.csv")


def wanted(table: pd.DataFrame, wish: str) -> pd.DataFrame:
    """The rows of the groups wished for."""
    keep = {
        EVERY: np.ones(len(table), bool),
        ACROSS: table["across"],
        CONFLICT: table["conflicting"],
        WITHIN: ~table["across"].astype(bool),
    }
    return table[keep[wish]]


def show_group(group: pd.DataFrame, faces: np.ndarray) -> None:
    """One group: its pictures, where each stands and how it is labelled; labels that most do not share are marked."""
    first, usual = group.iloc[0], group["emotion"].mode()
    words = [f"{first['size']} copies"]
    words += ["across splits"] if first["across"] else []
    words += ["**labels in conflict**"] if first["conflicting"] else []
    st.markdown(f"Group {first['group']}: {', '.join(words)}")
    draw_strip(
        [
            Figure(
                faces[place],
                f"{row.split} {GLYPHS[row.emotion]} {row.emotion}",
                f"{row.image}, labelled {row.emotion}",
                marked=[row.emotion] != usual.tolist(),
            )
            for place, row in zip(group.index, group.itertuples(), strict=True)
        ]
    )
