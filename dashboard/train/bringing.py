"""Models and recipes of one's own, brought as files: checked, measured, and led on from."""

from __future__ import annotations

import streamlit as st

from dashboard.reads import catalogue
from dashboard.shell import missing, tasks
from dashboard.train import outcome
from fer_core.curation.onnx_checks import LARGEST_MODEL_BYTES
from fer_core.curation.registration import (
    Brought,
    is_recipe,
    register_recipe,
    start_registration,
)
from fer_core.data.store import is_imported
from fer_core.errors import FerError
from fer_core.machine.tasks import Errand
from fer_core.roles import Identity
from fer_core.variants.registry import Variant
from fer_core.variants.tested_on import faces_of

#: The file and words that were registered, and the id of the model that came of them.
_ASKED, _MADE, _TOLD = "bring.asked", "bring.made", "bring.told"
REGISTERING = "registering"
CONTRACT = """
- **A model** is one ONNX file that takes `faces`, uint8 `(N, 48, 48)`, raw grey pixels with N free, and answers
  `probs`, float32 `(N, 7)`, rows that sum to 1, in the order angry, disgust, fear, happy, neutral, sad, surprise.
  Scaling, softmax and order belong into the graph; weights into the file; operators are the standard ones.
- **A recipe** is a YAML file like those in `experiments/`; it can be trained as soon as it is registered.
- Pickles and their kin (`.pt`, `.pth`, `.pkl`, `.h5`, `.keras`) are refused unopened: opening one can run its
  maker's code.
"""


def show_bringing(by: Identity, may: bool) -> None:
    """A model or a recipe of one's own, from a file."""
    st.markdown(CONTRACT)
    given = st.file_uploader(
        "ONNX model or YAML recipe",
        key="bring.file",
        max_upload_size=LARGEST_MODEL_BYTES // 1_000_000,
        disabled=not may,
    )
    recipe = given is not None and is_recipe(given.name)
    left, right = st.columns(2)
    variant_id = left.text_input(
        "Its id here",
        key="bring.id",
        placeholder="the recipe's own" if recipe else "mine.resnet",
        disabled=not may,
    )
    architecture = right.text_input("Network, if known", key="bring.architecture", disabled=not may or recipe)
    summary = left.text_input("What it is, in a sentence", key="bring.summary", disabled=not may or recipe)
    source = right.text_input(
        "Where it comes from",
        key="bring.source",
        placeholder="who trained it, on what",
        disabled=not may or recipe,
    )
    if given is not None and may:
        brought = Brought(variant_id.strip(), summary, source, architecture)
        if recipe:
            _offer_recipe(given.getvalue(), given.name, brought.id, by)
        else:
            _offer_model(given.getvalue(), given.name, (given.file_id, brought), by)
    _show_made()


def _offer_recipe(data: bytes, file_name: str, variant_id: str, by: Identity) -> None:
    if st.button("Register the recipe", type="primary", key="bring.recipe"):
        try:
            st.session_state[_TOLD] = (
                f"{register_recipe(data, file_name, variant_id, by)} can be trained now."
            )
        except FerError as error:
            st.error(str(error))
            return
        st.rerun()
    if told := st.session_state.pop(_TOLD, ""):
        st.success(told)


def _offer_model(data: bytes, file_name: str, asked: tuple[str, Brought], by: Identity) -> None:
    """The button that registers it; idle once it has, until another file or other words are chosen."""
    if not is_imported():
        missing.offer(
            "To be listed, a model is measured first, and there are no faces here to do so.",
            drawn=True,
        )
        return

    def start() -> Errand:
        errand = start_registration(data, file_name, asked[1], by)
        st.session_state[_ASKED] = asked
        return errand

    tasks.show(
        REGISTERING,
        "Check, measure and register",
        start,
        done=_remember,
        type="primary",
        disabled=asked == st.session_state.get(_MADE, (None, ""))[0],
    )


def _remember(variant_id: str) -> str:
    """Keep which model was made, which says more than that the errand is done."""
    st.session_state[_MADE] = (st.session_state.pop(_ASKED, None), variant_id)
    return ""


def _show_made() -> None:
    """What came of the last registration: its figure, and where to look at it."""
    _, variant_id = st.session_state.get(_MADE, (None, ""))
    made = next((each for each in catalogue.trained_variants() if each.id == variant_id), None)
    if made is None:
        return
    st.success(f"Registered: {outcome.figure_sentence(made)}.", icon=":material/check:")
    rival = _rival(made)
    with st.container(horizontal=True):
        outcome.offer_card(made, "bring.card")
        if rival is not None:
            outcome.offer_comparison(f"Compare with {rival.id}", made, rival, "bring.compare")


def _rival(made: Variant) -> Variant | None:
    """The most accurate other model that was measured on the same faces."""
    others = {each.id: each for each in catalogue.trained_variants() if each.id != made.id}
    alike = [name for name in catalogue.best_ids(len(others) + 1) if name in others]
    return next((others[name] for name in alike if faces_of(others[name]) == faces_of(made)), None)
