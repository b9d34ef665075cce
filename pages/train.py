"""Can I make a better one?"""

from __future__ import annotations

import streamlit as st

from dashboard.shell import (
    choices,
    entrance,
    identity,
    look,
)
from dashboard.shell.messages import show_errors
from dashboard.train import costs, form, jobs, own_models, register, submit
from dashboard.train.starts import CHOICE, Sources, read_sources
from fer_core.roles.permissions import Identity

SCRATCH, ONWARDS = "From scratch", "Go on from its weights"


def choose_source(known: Sources) -> str:
    """A recipe or a variant; the best trained one that has a recipe unless the viewer says otherwise."""
    return choices.one(
        st.selectbox,
        "Begin with the recipe of",
        CHOICE,
        list(known.files),
        known.best(),
        always_in_link=True,
        format_func=known.label,
    )


def choose_weights(known: Sources, source: str) -> str:
    """The variant whose weights are the first ones, or "" for fresh ones."""
    if not known.has_weights(source):
        return ""
    start = choices.one(
        st.segmented_control, "First weights", "start", [SCRATCH, ONWARDS], SCRATCH, required=True
    )
    return source if start == ONWARDS else ""


def show_training(known: Sources, by: Identity, may: bool) -> None:
    """The form, and beside it what it amounts to."""
    st.subheader("Train a model", anchor=False)
    left, right = st.columns([3, 2], gap="large")
    with left, show_errors():
        source = choose_source(known)
        recipe = known.recipe(source)
        if recipe.summary:
            st.caption(recipe.summary)
        start_from = choose_weights(known, source)
        changes, refused = form.show_form(source, recipe)
        if changes:
            st.button("Undo all changes", on_click=form.forget, args=(source,), icon=":material/undo:")
        with right:
            submit.show_order(known, submit.Wanted(recipe, changes, start_from, refused), by, may)


def main() -> None:
    """The page."""
    look.opening("Train", "Can I make a better one?")
    by = identity.visitor()
    may = identity.show_role(by)
    with show_errors():
        jobs.show_jobs(by, may)
    known = read_sources()
    show_training(known, by, may)
    st.subheader("What the recipes cost", anchor=False)
    costs.show_costs(known)
    with st.expander("Your own models", icon=":material/folder_managed:"), show_errors():
        own_models.show_own(by, may)
    with st.expander("Bring your own model or recipe", icon=":material/upload_file:"), show_errors():
        register.show_bringing(by, may)


entrance.show(main)
