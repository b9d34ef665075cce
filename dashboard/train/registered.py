"""What came of a registration: the figure of the new model, and where to look at it."""

from __future__ import annotations

import streamlit as st

from dashboard.reads import catalogue
from dashboard.shell import ways
from dashboard.train import outcome
from fer_core.errors import without_pictures
from fer_core.variants.registry import Variant
from fer_core.variants.tested_on import faces_of

# The order that is out, and the order that was met last with the id of its model and what was found of it.
_ORDERED, _MADE = "bring.ordered", "bring.made"
_NOTHING = (None, "", [])


def begun(order: object) -> None:
    """Note what is being registered: the file and what is said of it."""
    st.session_state[_ORDERED] = order


def done(variant_id: str, findings: list[str]) -> None:
    """It has been, under this id; ``findings`` are sentences on what was found and what is doubtful."""
    st.session_state[_MADE] = (st.session_state.pop(_ORDERED, None), variant_id, findings)


def is_made(order: object) -> bool:
    """Whether the very same was registered last, so that there is nothing left to do."""
    return st.session_state.get(_MADE, _NOTHING)[0] == order


def show() -> None:
    """The figure, and buttons to the card and to Compare with the best that was measured on the same faces."""
    _, variant_id, findings = st.session_state.get(_MADE, _NOTHING)
    made = next((each for each in catalogue.trained_variants() if each.id == variant_id), None)
    if made is None:
        return
    st.success(f"Registered: {outcome.figure_sentence(made)}.", icon=":material/check:")
    if findings:
        st.info("\n".join(f"- {without_pictures(sentence)}" for sentence in findings))
    rival = _rival(made)
    with st.container(horizontal=True):
        if rival is not None:
            outcome.offer_comparison(f"Compare with {rival.id}", made, rival)
        ways.to_card(made.id)


def _rival(made: Variant) -> Variant | None:
    others = {each.id: each for each in catalogue.trained_variants() if each.id != made.id}
    ranked = [others[name] for name in catalogue.best_ids(len(others) + 1) if name in others]
    return next((each for each in ranked if faces_of(each) == faces_of(made)), None)
