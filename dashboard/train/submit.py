"""What is about to be ordered: the difference to the original, its cost, its name, and the button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.shell import missing, tasks
from dashboard.train.fields import checked_change
from dashboard.train.starts import Sources
from fer_core.curation.changes import demand_free_id
from fer_core.data.copies import imported_warning
from fer_core.errors import FerError, RecipeError
from fer_core.formats import duration
from fer_core.jobs import service
from fer_core.jobs.service import Wish
from fer_core.jobs.submission import free_ids
from fer_core.recipes.changes import recipe_differences, text_of
from fer_core.recipes.recipe import Recipe
from fer_core.roles import Identity
from fer_core.training.pace import ELSEWHERE, ESTIMATED, MEASURED, Pace
from fer_core.training.pace_trial import start_trial
from fer_core.variants.registry import RECIPE_ONLY

MOST_REPEATS = 20
TRIAL = "pace trial"
_SENT, _NAME = "train.sent", "train.name"


@dataclass(frozen=True)
class Wanted:
    """What the form holds: a recipe, its changes, the variant whose weights are the first ones or "",
    and one sentence where something in the form can't be read.
    """

    recipe: Recipe
    changes: dict[str, Any]
    start_from: str
    refused: str


def show_order(known: Sources, wanted: Wanted, by: Identity, may: bool) -> None:
    """The differences, the cost, the name, and the button that submits; nonsense is refused with its reason."""
    recipe, changes, start_from = wanted.recipe, wanted.changes, wanted.start_from
    try:
        if wanted.refused:
            raise RecipeError(wanted.refused)
        changed = checked_change(recipe, changes)
    except RecipeError as error:
        st.error(str(error), icon=":material/block:")
        st.button("Start training", disabled=True, type="primary", key="start")
        return
    _show_differences(recipe, changed, start_from)
    repeats = st.number_input(
        "Repeats", 1, MOST_REPEATS, 1, key="train.repeats",
        help="So many jobs, each with the next seed: how much is chance?",
    )  # fmt: skip
    _show_cost(known, changed, repeats, by, may)
    name, refused = _choose_name(known, recipe, changed, repeats)
    ready = may and known.manifest is not None and not refused
    if st.button(
        "Start training", type="primary", disabled=not ready, key="start", icon=":material/play_arrow:"
    ):
        _submit(recipe, Wish(changes=changes, variant_id=name, start_from=start_from), repeats, by)
    if sent := st.session_state.pop(_SENT, ""):
        st.success(sent, icon=":material/check:")


def _show_differences(recipe: Recipe, changed: Recipe, start_from: str) -> None:
    differences = recipe_differences(recipe, changed)
    if start_from:
        st.markdown(f"Goes on from the weights of **{start_from}**.")
    if not differences:
        st.caption("Nothing is changed: the recipe is trained as it is.")
        return
    rows = [(key, text_of(old), text_of(new)) for key, (old, new) in differences.items()]
    st.dataframe(
        pd.DataFrame(rows, columns=["What is changed", "from", "to"]),
        hide_index=True,
        height="content",
        alt="Differences to the original recipe",
    )


def _show_cost(known: Sources, changed: Recipe, repeats: int, by: Identity, may: bool) -> None:
    """How long it will take, and how that is known; where it is not, a way to find out."""
    if known.manifest is None:
        missing.offer("There is nothing to learn from yet.", drawn=True)
        return
    pace = known.pace(changed)
    st.markdown(cost_sentence(changed, pace, repeats))
    if warning := imported_warning(known.manifest, changed.data.protocol):
        st.caption(warning)
    if may and (pace is None or pace.worth != MEASURED or not pace.trace.epochs):
        tasks.show(TRIAL, "Time a few steps here", lambda: start_trial(changed, by), icon=":material/timer:")


def cost_sentence(recipe: Recipe, pace: Pace | None, repeats: int = 1) -> str:
    """Hours, and what they rest on (Markdown)."""
    if pace is None:
        return "**How long it takes is not known yet**: no training of this network has been timed."
    total = duration(pace.epoch_s * recipe.epochs * repeats)
    times = f"{recipe.epochs} epochs of {duration(pace.epoch_s)}" + (
        f", {repeats} times" if repeats > 1 else ""
    )
    basis = pace.trace.name if not pace.trace.epochs else f"{pace.trace.epochs} epochs of {pace.trace.name}"
    how = {
        MEASURED: f"Measured on this machine: {basis}.",
        ESTIMATED: f"An estimate from {basis} on this machine, which had other faces or batches.",
        ELSEWHERE: f"Not timed on this machine yet: judged by {basis} on {pace.trace.device}.",
    }[pace.worth]
    sure = "At most" if pace.worth == MEASURED else "Perhaps"
    return f"**{sure} {total}**: {times}. {how}"


def _choose_name(known: Sources, recipe: Recipe, changed: Recipe, repeats: int) -> tuple[str, str]:
    """The wanted name ("" leaves it to the service), and why it is refused, if it is."""
    taken = {each.id for each in known.variants if each.status != RECIPE_ONLY}
    taken |= {job.variant_id for job in service.list_jobs()}
    suggested = next(free_ids(recipe, changed, None, taken))
    if _SENT in st.session_state:
        st.session_state[_NAME] = ""  # it has been given away
    name = st.text_input(
        "Name of the new variant",
        key=_NAME,
        placeholder=suggested,
        disabled=repeats > 1,
        help="family.variant in a-z, 0-9 and _. Left empty, it tells what is changed.",
    ).strip()
    if repeats > 1 or not name:
        return "", ""
    try:
        demand_free_id(name)
    except FerError as error:
        st.error(str(error), icon=":material/block:")
        return name, str(error)
    return name, ""


def _submit(recipe: Recipe, wish: Wish, repeats: int, by: Identity) -> None:
    try:
        if repeats > 1:
            jobs = service.sweep([recipe], wish, repeats=repeats, by=by)
        else:
            jobs = [service.submit(recipe, wish, by=by)]
    except FerError as error:
        st.error(str(error), icon=":material/error:")
        return
    made = jobs[0].variant_id + (f" and {len(jobs) - 1} more" if len(jobs) > 1 else "")
    st.session_state[_SENT] = f"Queued: {made}. It goes on if you close this page."
    st.rerun()
