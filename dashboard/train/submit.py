"""What is about to be ordered: the difference to the original, its cost, its name, and the button."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.shell import missing, tasks
from dashboard.train import several, words
from dashboard.train.fields import checked_change, list_fields
from dashboard.train.several import Grid
from dashboard.train.starts import Sources
from fer_core.curation.editing import demand_free_id
from fer_core.data.copies import imported_warning
from fer_core.errors import FerError, RecipeError
from fer_core.jobs import service
from fer_core.jobs.service import Wish
from fer_core.recipes.changes import Change, recipe_differences, text_of
from fer_core.recipes.recipe import Recipe
from fer_core.roles.permissions import Identity
from fer_core.training.naming import free_ids
from fer_core.training.pace import MEASURED
from fer_core.training.pace_trial import start_trial
from fer_core.variants.facts import Status

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
    recipe = replace(wanted.recipe, grid=None)  # a search of its own is only for who writes it into the form
    sent = st.session_state.pop(_SENT, "")
    if sent:
        st.session_state[_NAME] = st.session_state[several.GRID] = ""  # they have been given away
    wanted = replace(wanted, changes=several.choose_smoke(recipe, wanted.changes))
    with _problems_shown() as problems:
        changed = _changed(wanted)
        _show_differences(recipe, changed, wanted.start_from)
    repeats, text = several.choose(wanted.recipe)
    name = ""
    if not problems:
        with _problems_shown() as problems:
            grid = several.read_grid(text, list_fields(recipe))
            jobs = several.planned(recipe, wanted.changes, repeats, grid)
            _show_cost(known, jobs, by, may)
            name = _choose_name(known, recipe, changed, len(jobs))
    ready = may and known.manifest is not None and not problems
    if st.button(
        "Start training", type="primary", disabled=not ready, key="start", icon=":material/play_arrow:"
    ):
        wish = Wish(changes=wanted.changes, variant_id=name, start_from=wanted.start_from)
        _submit(recipe, wish, repeats, grid, by)
    if sent:
        st.success(sent, icon=":material/check:")


def _changed(wanted: Wanted) -> Recipe:
    if wanted.refused:
        raise RecipeError(wanted.refused)
    return checked_change(wanted.recipe, wanted.changes)


@contextmanager
def _problems_shown() -> Iterator[list[FerError]]:
    """Say in a sentence why the order can't be given; the list holds it then."""
    problems: list[FerError] = []
    try:
        yield problems
    except FerError as error:
        problems.append(error)
        st.error(str(error), icon=":material/block:")


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


def _show_cost(known: Sources, jobs: list[Recipe], by: Identity, may: bool) -> None:
    """How long it will take, and how that is known; where it is not, a way to find out."""
    if known.manifest is None:
        missing.offer("There is nothing to learn from yet.", drawn=True)
        return
    paces = known.paces(jobs)
    st.markdown(words.cost_sentence(jobs, paces))
    if warning := imported_warning(known.manifest, jobs[0].data.protocol):
        st.caption(warning)
    unsure = [
        job
        for job, pace in zip(jobs, paces, strict=True)
        if pace is None or pace.worth != MEASURED or not pace.trace.epochs
    ]
    if may and unsure:
        tasks.show(
            TRIAL, "Time a few steps here", lambda: start_trial(unsure[0], by), icon=":material/timer:"
        )


def _choose_name(known: Sources, recipe: Recipe, changed: Recipe, jobs: int) -> str:
    """The wanted name, "" to leave it to the service; CardError where it can't be given."""
    taken = {each.id for each in known.variants if each.status != Status.RECIPE_ONLY}
    taken |= {job.variant_id for job in service.list_jobs()}
    name = st.text_input(
        "Name of the new variant",
        key=_NAME,
        placeholder=next(free_ids(Change(recipe, changed), None, taken))
        if jobs == 1
        else "each is named by its values",
        disabled=jobs > 1,
        help="family.variant in a-z, 0-9 and _. Left empty, it tells what is changed.",
    ).strip()
    if jobs > 1 or not name:
        return ""
    demand_free_id(name)
    return name


def _submit(recipe: Recipe, wish: Wish, repeats: int, grid: Grid, by: Identity) -> None:
    try:
        if repeats > 1 or grid:
            jobs = service.sweep([recipe], replace(wish, variant_id=""), repeats=repeats, grid=grid, by=by)
        else:
            jobs = [service.submit(recipe, wish, by=by)]
    except FerError as error:
        st.error(str(error), icon=":material/error:")
        return
    made = jobs[0].variant_id + (f" and {len(jobs) - 1} more" if len(jobs) > 1 else "")
    st.session_state[_SENT] = f"Queued: {made}. It goes on if you close this page."
    st.rerun()
