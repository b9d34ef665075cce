"""A viewer's own variants: renamed, annotated, promoted, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.reads import catalogue
from dashboard.shell import ways
from dashboard.shell.messages import act, show_result
from fer_core.curation import editing
from fer_core.errors import without_pictures
from fer_core.formats import of_100
from fer_core.roles.permissions import Identity
from fer_core.variants import tested_on
from fer_core.variants.card import Card
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, Variant

_RESULT = "own.result"
_QUESTION = "own.question"


def show_own(by: Identity, may: bool) -> None:
    """The local variants, and what can be done with the chosen one."""
    show_result(_RESULT)
    own = {each.id: each for each in catalogue.variants() if each.origin == Origin.LOCAL}
    if not own:
        st.caption("None yet. What you train or bring stands here.")
    else:
        name = st.selectbox("Model", list(own), key="own.chosen", format_func=lambda each: _label(own[each]))
        _show_changes(own[name], by, may)
    _show_bin(by, may)


def _label(variant: Variant) -> str:
    if variant.status == Status.BROKEN:
        return f"{variant.id} – broken"
    figures = variant.metrics()
    return (
        f"{variant.id} – right on {of_100(figures['accuracy'])} of 100{tested_on.apart(variant)}"
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
            lambda: f"{editing.rename_variant(variant.id, new_id.strip(), by).id} was {variant.id}.",
        )
        _asking_button("Delete", "own.delete", may, variant.id, icon=":material/delete:")
        _button(
            "Promote",
            "own.promote",
            may,
            lambda: f"{editing.promote_variant(variant.id, by).name} ships with the repository now.",
            icon=":material/upgrade:",
            help="Copies it to model_cards/, its recipe to experiments/.",
        )
        if variant.card is not None:
            ways.to_card(variant.id)
    if _is_open("own.delete", variant.id):
        _confirm(
            f"Delete **{variant.id}**? It can be restored from the bin.",
            f"Delete {variant.id}",
            lambda: f"{editing.delete_variant(variant.id, by).id} is in the bin; it can be restored.",
        )


def _show_note(variant: Variant, card: Card, by: Identity, may: bool) -> None:
    stored = str(card.faceoff.get("note", ""))
    note = st.text_area(
        "Note in its card",
        stored,
        key=f"own.note.{variant.id}",
        max_chars=editing.LONGEST_NOTE,
        disabled=not may,
    )
    changed = may and note.strip() != stored
    _button("Save the note", "own.annotate", changed, lambda: _annotate(variant.id, note, by))


def _annotate(variant_id: str, note: str, by: Identity) -> str:
    editing.annotate_variant(variant_id, note, by)
    return f"The card of {variant_id} holds the note."


def _show_bin(by: Identity, may: bool) -> None:
    binned = {each.name: each for each in editing.list_bin()}
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
            lambda: f"{editing.restore_variant(name, by).id} is back.",
            icon=":material/undo:",
        )
        _asking_button("Delete for good", "own.destroy", may, name)
    if _is_open("own.destroy", name):
        _confirm(
            f"Delete **{binned[name].id}** for good? Nothing brings it back.",
            f"Delete {binned[name].id} for good",
            lambda: editing.destroy_binned(name, by) or f"{binned[name].id} is gone.",
        )


def _asking_button(label: str, key: str, enabled: bool, name: str, **options: object) -> None:
    """A button that asks before anything is done to ``name``."""
    st.button(label, key=key, disabled=not enabled, on_click=_ask, args=(key, name), **options)


def _ask(key: str, name: str) -> None:
    st.session_state[_QUESTION] = (key, name)


def _is_open(key: str, name: str) -> bool:
    return st.session_state.get(_QUESTION) == (key, name)


def _answered() -> None:
    st.session_state.pop(_QUESTION, None)


@st.dialog("Are you sure?", on_dismiss=_answered)
def _confirm(question: str, label: str, change: Callable[[], str]) -> None:
    """Do it once, where the viewer says so; a second click finds nothing left to press."""
    st.markdown(question)
    with st.container(horizontal=True):
        if st.button(label, key="own.confirm", type="primary", icon=":material/delete:"):
            _answered()
            act(_RESULT, change)
        if st.button("Keep it", key="own.keep"):
            _answered()
            st.rerun()


def _button(label: str, key: str, enabled: bool, change: Callable[[], str], **options: object) -> None:
    if st.button(label, key=key, disabled=not enabled, **options):
        act(_RESULT, change)
