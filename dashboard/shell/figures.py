"""How figures stand in the columns of tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st


def right_aligned(names: Iterable[str]) -> dict[str, object]:
    """``column_config`` of the columns of these names, which hold figures as texts."""
    return dict.fromkeys(names, st.column_config.Column(alignment="right"))


def draw_table(shown: pd.DataFrame, alt: str) -> None:
    """A table of names in its first column and figures in all others, in its full height; ``alt`` says what it is."""
    st.dataframe(
        shown, hide_index=True, height="content", column_config=right_aligned(list(shown)[1:]), alt=alt
    )
