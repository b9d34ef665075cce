"""Links from one page to another, with choices already made there.

Links, not buttons that call ``st.switch_page``: the browser then stops the timers of the page that it leaves. The
look of a timer that came while the server switches would take away what the next page has drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.shell import choices, sidebar

LEADERBOARD, MISTAKES, DATA, TRY = (
    f"pages/{name}.py" for name in ("leaderboard", "mistakes", "data", "try_picture")
)
_COMPARE, _CARD = "pages/compare.py", "pages/model_card.py"


def to_page(
    page: str,
    label: str,
    icon: str,
    chosen: Mapping[str, str | Sequence[str] | None] | None = None,
    *,
    main: bool = False,
    disabled: bool = False,
) -> None:
    """A link to ``page``, where the viewer will have ``chosen`` that, by name; all other choices stay.

    ``main``: drawn as a primary button is.
    """
    texts = (
        {name: choices.as_text(value) for name, value in chosen.items()} if chosen and not disabled else {}
    )
    with st.container(key=f"way-main {page} {texts}" if main else None, width="content"):
        st.page_link(page, label=label, icon=icon, disabled=disabled, query_params=texts)


def to_comparison(
    label: str, ids: Sequence[str], baseline: str | None = None, *, main: bool = False, disabled: bool = False
) -> None:
    """A link to Compare with these models, the first ones if they are too many, and the baseline if one is given."""
    chosen = {sidebar.MODELS: ids[: sidebar.MOST]} | ({sidebar.BASELINE: baseline} if baseline else {})
    to_page(_COMPARE, label, ":material/compare_arrows:", chosen, main=main, disabled=disabled)


def to_card(variant_id: str | None, label: str = "Model card", *, disabled: bool = False) -> None:
    """A link to the card of a model."""
    to_page(_CARD, label, ":material/description:", {"variant": variant_id}, disabled=disabled)
