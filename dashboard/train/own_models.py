"""A viewer's own variants: renamed, annotated, promoted, deleted and brought back; and models brought along."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.reads import catalogue
from dashboard.shell import choices, missing, tasks
from fer_core.curation import changes
from fer_core.curation.onnx_checks import LARGEST_MODEL_BYTES
from fer_core.curation.registration import (
    Brought,
    is_recipe,
    register_recipe,
    start_registration,
)
from fer_core.data.store import is_imported
from fer_core.errors import FerError
from fer_core.formats import of_100
from fer_core.plain_text import without_pictures
from fer_core.roles import Identity
from fer_core.variants.card import Card
from fer_core.variants.registry import BROKEN, LOCAL, Variant

_TOLD = "own.told"
REGISTERING = "registering"
CONTRACT = """
- **A model** is one ONNX file that takes `faces`, uint8 `(N, 48, 48)`, raw grey pixels with N free, and answers
  `probs`, float32 `(N, 7)`, rows that sum to 1, in the order angry, disgust, fear, happy, neutral, sad, surprise.
  Scaling, softmax and order belong into the graph; weights into the file; operators are the standard ones.
- **A recipe** is a YAML file like those in `experiments/`; it can be trained as soon as it is registered.
- Pickles and their kin (`.pt`, `.pth`, `.pkl`, `.h5`, `.keras`) are refused unopened: opening one can run its
  maker's code.
"""


def show_own(by: Identity, may: bool) -> None:
    """The local variants, and what can be done with the chosen one."""
    if told := st.session_state.pop(_TOLD, None):
        (st.success if told[0] else st.error)(told[1])
    own = {each.id: each for each in catalogue.variants() if each.origin == LOCAL}
    if not own:
        st.caption("None yet. What you train or bring stands here.")
    else:
        name = st.selectbox("Model", list(own), key="own.chosen", format_func=lambda each: _label(own[each]))
        _show_changes(own[name], by, may)
    _show_bin(by, may)


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
    if given is None or not may:
        return
    if recipe:
        if st.button("Register the recipe", type="primary", key="bring.recipe"):
            _do(
                lambda: (
                    f"{register_recipe(given.getvalue(), given.name, variant_id.strip(), by)} can be trained now."
                )
            )
        return
    if not is_imported():
        missing.offer(
            "To be listed, a model is measured first, and there are no faces here to do so.",
            drawn=True,
        )
        return
    brought = Brought(variant_id.strip(), summary, source, architecture)
    tasks.show(
        REGISTERING,
        "Check, measure and register",
        lambda: start_registration(given.getvalue(), given.name, brought, by),
        type="primary",
    )


def _label(variant: Variant) -> str:
    if variant.status == BROKEN:
        return f"{variant.id} – broken"
    figures = variant.metrics()
    return (
        f"{variant.id} – right on {of_100(figures['accuracy'])} of 100"
        if figures
        else f"{variant.id} – a recipe only"
    )


def _show_changes(variant: Variant, by: Identity, may: bool) -> None:
    if variant.reason:
        st.error(without_pictures(variant.reason), icon=":material/folder_off:")
    if variant.card is not None:
        _show_note(variant, variant.card, by, may)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        new_id = st.text_input(
            "New name", key=f"own.name.{variant.id}", placeholder=variant.id, disabled=not may
        )
        _button(
            "Rename",
            "own.rename",
            may and bool(new_id.strip()) and new_id.strip() != variant.id,
            lambda: f"{changes.rename_variant(variant.id, new_id.strip(), by).id} was {variant.id}.",
        )
        _button(
            "Delete",
            "own.delete",
            may,
            lambda: f"{changes.delete_variant(variant.id, by).id} lies in the bin.",
            icon=":material/delete:",
        )
        _button(
            "Promote",
            "own.promote",
            may,
            lambda: f"{changes.promote_variant(variant.id, by).name} ships with the repository now.",
            icon=":material/upgrade:",
            help="Copies it to model_cards/, its recipe to experiments/.",
        )
        if variant.card is not None and st.button(
            "Model card", key="own.card", on_click=choices.set_choice, args=("variant", variant.id)
        ):
            st.switch_page("pages/model_card.py")  # fmt: skip


def _show_note(variant: Variant, card: Card, by: Identity, may: bool) -> None:
    stored = str(card.faceoff.get("note", ""))
    note = st.text_area(
        "Note in its card",
        stored,
        key=f"own.note.{variant.id}",
        max_chars=changes.LONGEST_NOTE,
        disabled=not may,
    )
    changed = may and note.strip() != stored
    _button("Save the note", "own.annotate", changed, lambda: _annotate(variant.id, note, by))


def _annotate(variant_id: str, note: str, by: Identity) -> str:
    changes.annotate_variant(variant_id, note, by)
    return f"The card of {variant_id} holds the note."


def _show_bin(by: Identity, may: bool) -> None:
    binned = {each.name: each for each in changes.list_bin()}
    if not binned:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Bin",
            list(binned),
            key="own.bin",
            # a time that stands still: Streamlit knows a choice by its label
            format_func=lambda each: (
                f"{binned[each].id}, deleted {binned[each].deleted_at.astimezone():%d %B %Y, %H:%M:%S}"
            ),
        )
        _button(
            "Restore",
            "own.restore",
            may,
            lambda: f"{changes.restore_variant(name, by).id} is back.",
            icon=":material/undo:",
        )
        _button("Delete for good", "own.destroy", may,
                lambda: changes.destroy_binned(name, by) or f"{binned[name].id} is gone.")  # fmt: skip


def _button(label: str, key: str, enabled: bool, act: Callable[[], str], **options: object) -> None:
    if st.button(label, key=key, disabled=not enabled, **options):
        _do(act)


def _do(act: Callable[[], str]) -> None:
    """Do it, tell what came of it at the top of the section, and draw the page anew."""
    try:
        st.session_state[_TOLD] = (True, act())
    except FerError as error:
        st.session_state[_TOLD] = (False, str(error))
    st.rerun()
