"""How figures stand in the columns of tables."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st


def right_aligned(names: Iterable[str]) -> dict[str, object]:
    """``column_config`` of the columns of these names, which hold figures as texts."""
    return dict.fromkeys(names, st.column_config.Column(alignment="right"))
