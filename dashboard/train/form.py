"""The form that changes a recipe: its fields, what of them differs, and how both are remembered.

Changes stand in the link (``changes=epochs=8;loss.name="focal"``), so a link reproduces the form; within a
session they are remembered for each recipe. When another recipe is chosen they stay, as far as it knows them, until
the viewer says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.reads import catalogue, test_sets
from dashboard.shell import choices
from dashboard.shell.messages import show_errors
from dashboard.train.fields import (
    GROUPS,
    TEACHERS,
    Field,
    changes_from,
    is_meant,
    list_fields,
    value_of,
)
from dashboard.train.kept_changes import Carried, carry
from fer_core.errors import RecipeError
from fer_core.recipes.changes import parse_change
from fer_core.recipes.recipe import Recipe

CHANGES, MORE = "changes", "more keys"
_MEMORY = "train.changes"
#: The recipe that the form showed last, and what was carried over from the one before.
_SHOWN, _CARRIED = "train.shown", "train.carried"
_COLUMNS = 3
_EMPTY = {None: "none"}
#: Sections that a change may take away whole.
_EMPTIED = ("early_stopping", "distill")


def show_form(source: str, recipe: Recipe) -> tuple[dict[str, Any], str]:
    """The fields of ``recipe``, by groups; returns the changes that they hold, by dotted key.

    Beside them, one sentence where something written can't be read as a change, else "".
    """
    remembered = _remembered(source, recipe)
    _tell_carried(source)
    teachers = [each.id for each in catalogue.trained_variants() if each.model_path]
    fields = list_fields(recipe, teachers, test_sets.names_to_learn_from())
    start = {field.key: value_of(recipe, field.key) for field in fields}
    if remembered.get("early_stopping", start) is None:
        start["early_stopping.patience"] = None
    values = start | {key: value for key, value in remembered.items() if key in start}
    shown: dict[str, Any] = {}
    for group, tab in zip(GROUPS, st.tabs(GROUPS), strict=True):
        with tab:
            shown |= _show_group(source, [each for each in fields if each.group == group], values)
    if remembered.get("distill", start) is None:
        start[TEACHERS] = []
    rest = {key: value for key, value in remembered.items() if key not in start and key not in _EMPTIED}
    more, refused = _show_more(source, rest)
    changes = changes_from(recipe, shown) | more
    _keep(source, changes)
    return changes, refused


def forget(source: str) -> None:
    """Take all changes back; for a callback."""
    st.session_state.pop(_CARRIED, None)
    st.session_state.get(_MEMORY, {}).pop(source, None)
    _drop_widgets(source)


def written(changes: Mapping[str, Any], joint: str = ";") -> str:
    """``key=value`` of each, values as JSON, which the command line reads as well."""
    return joint.join(f"{key}={json.dumps(value)}" for key, value in changes.items())


def _show_group(source: str, fields: list[Field], values: dict[str, Any]) -> dict[str, Any]:
    """The group's fields that mean anything; a field that another one needs comes before it."""
    shown: dict[str, Any] = {}
    places: list[DeltaGenerator] = []
    for field in fields:
        if is_meant(field, values | shown):
            places = places or st.columns(_COLUMNS)  # row by row, so that a telephone keeps the order
            with places.pop(0):
                shown[field.key] = _show_field(source, field, values[field.key])
    if not fields:
        st.caption("This network has nothing of the kind to change; other keys can be set below.")
    return shown


def _show_field(source: str, field: Field, value: Any) -> Any:
    key = _widget_key(source, field.key)
    if key not in st.session_state:
        st.session_state[key] = float(value) if field.kind == "number" and value is not None else value
    if field.kind == "several":
        return st.multiselect(field.label, field.choices, key=key, help=field.help, placeholder="none")
    if field.kind == "switch":
        return st.checkbox(field.label, key=key, help=field.help)
    if field.kind == "choice":
        return st.selectbox(
            field.label,
            field.choices,
            key=key,
            help=field.help,
            format_func=lambda each: _EMPTY.get(each, each),
        )
    empty = "none" if field.optional else "a number"
    if field.kind == "whole":
        return st.number_input(field.label, value=None, step=1, key=key, help=field.help, placeholder=empty)
    return st.number_input(field.label, value=None, format="%g", key=key, help=field.help, placeholder=empty)


def _show_more(source: str, rest: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Any other key of the recipe, as on the command line, and what of it can't be read."""
    key = _widget_key(source, MORE)
    if key not in st.session_state:
        st.session_state[key] = written(rest, "\n")
    with st.expander("Any other key", expanded=bool(st.session_state[key])):
        text = st.text_area(
            "One KEY=VALUE a line",
            key=key,
            placeholder="architecture.filters=[32, 64, 128]\noptimizer.ema_decay=0.998",
            help="As `python -m fer_core jobs submit --set` takes them.",
        )
    changes: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            changes |= dict([parse_change(line)])
        except RecipeError as error:
            return changes, str(error)
    return changes, ""


def _remembered(source: str, recipe: Recipe) -> dict[str, Any]:
    """The changes of this recipe: those of a link that was just followed, else the session's, else what was typed for
    the one that was shown before."""
    memory = st.session_state.setdefault(_MEMORY, {})
    text = choices.taken(CHANGES)
    if text is not None:
        memory[source] = {}
        for part in filter(None, text.split(";")):
            with show_errors():
                memory[source] |= dict([parse_change(part)])
        _drop_widgets(source)
    before = st.session_state.get(_SHOWN, source)
    if before != source:
        st.session_state.pop(_CARRIED, None)
        if memory.get(before) and not memory.get(source):
            carried = st.session_state[_CARRIED] = carry(memory[before], before, recipe)
            memory[source] = carried.kept
            _drop_widgets(source)
    st.session_state[_SHOWN] = source
    return dict(memory.get(source, {}))


def _tell_carried(source: str) -> None:
    """That what was typed for another recipe stays, and the way to this one's own values."""
    carried: Carried | None = st.session_state.get(_CARRIED)
    if carried is None:
        return
    st.info(carried.sentence(), icon=":material/edit_note:")
    if carried.kept:
        st.button(
            "Take this recipe's own values",
            key="train.own",
            on_click=forget,
            args=(source,),
            icon=":material/undo:",
        )


def _keep(source: str, changes: dict[str, Any]) -> None:
    st.session_state[_MEMORY][source] = changes
    choices.keep_text(CHANGES, written(changes))


def _drop_widgets(source: str) -> None:
    for key in [key for key in st.session_state if str(key).startswith(_widget_key(source, ""))]:
        del st.session_state[key]


def _widget_key(source: str, name: str) -> str:
    return f"train.{source}:{name}"
