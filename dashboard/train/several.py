"""Several trainings from one form: every combination of values, each as often as wished with other seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.shell import choices
from dashboard.train.fields import Field, checked_change
from fer_core.errors import RecipeError, near_names
from fer_core.jobs.service import Wish
from fer_core.jobs.sweeps import MOST_JOBS, sweep_wishes
from fer_core.recipes.changes import parse_choices
from fer_core.recipes.recipe import Recipe

MOST_REPEATS = 20
GRID, REPEATS = "train.grid", "train.repeats"
#: The recipe's key of how much is learnt from, and what a smoke run takes.
SHARE, SMOKE = "data.share", 0.1

#: Dotted recipe keys, and the values that are to be tried.
Grid = dict[str, list[Any]]


def choose(recipe: Recipe) -> tuple[int, str]:
    """How often, and the text that names values, for :func:`read_grid`."""
    repeats = st.number_input(
        "Repeats", 1, MOST_REPEATS, 1, key=REPEATS,
        help="So many jobs, each with the next seed: how much is chance?",
    )  # fmt: skip
    own = "\n".join(f"{key}: {', '.join(map(str, values))}" for key, values in (recipe.grid or {}).items())
    text = st.text_area(
        "Several values of a field",
        key=GRID,
        placeholder=own or "learning rate: 0.01, 0.001\nbatch size: 32, 64",
        height=90,
        help="A line for each field, by its name in the form or its key in the recipe. Every combination becomes a job "
        f"of its own, as with `python -m fer_core sweep --grid`; at most {MOST_JOBS} jobs.",
    )
    return int(repeats), text


def choose_smoke(recipe: Recipe, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, and that of a smoke run where it is wanted."""
    said = SHARE in changes
    smoke = choices.flag(
        "Smoke run on a tenth of the faces",
        "smoke",
        disabled=said,
        help=f"{SHARE} is set among the other keys already."
        if said
        else "Of each emotion every tenth training face, drawn with the seed: does it learn at all, and how long "
        "will it take? Its figures say that they are of a tenth, and never count as those of a whole training.",
    )
    share = SMOKE if smoke else 1.0
    return dict(changes) if said or share == recipe.data.share else {**changes, SHARE: share}


def read_grid(text: str, fields: Sequence[Field]) -> Grid:
    """``learning rate: 0.01, 0.001`` a line, as values by dotted key.

    Raises:
        RecipeError: a line is none of the kind, or says again what another one said.
    """
    grid: Grid = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        colon, equals = line.find(":"), line.find("=")
        at = min((place for place in (colon, equals) if place > 0), default=-1)
        if at < 0:
            raise RecipeError(
                f"{line!r} names no values: write a field and its values, as learning rate: 0.01, 0.001."
            )
        key = _key(line[:at].strip(), fields)
        if key in grid:
            raise RecipeError(f"{line[:at].strip()} stands there twice: write all its values in one line.")
        key, values = parse_choices(f"{key}={line[at + 1 :].strip()}")
        if not values:
            raise RecipeError(f"{line!r} has no values: write them behind the colon, as 0.01, 0.001.")
        grid[key] = values
    return grid


def planned(recipe: Recipe, changes: Mapping[str, Any], repeats: int, grid: Grid) -> list[Recipe]:
    """The changed recipe of every job, checked as its network needs it.

    Raises:
        RecipeError, JobError: a value is wrong, or there are too many jobs.
    """
    wishes = sweep_wishes([recipe], Wish(changes=changes), repeats, grid)
    return [checked_change(original, each.changes) for original, each in wishes]


def _key(name: str, fields: Sequence[Field]) -> str:
    """The dotted key of a field that is named by its label, its key, or the last part of that."""
    wanted = _plain(name)
    for name_of in (
        lambda field: field.label,
        lambda field: field.key,
        lambda field: field.key.split(".")[-1],
    ):
        found = [field.key for field in fields if _plain(name_of(field)) == wanted]
        if len(found) == 1:
            return found[0]
    if " " in name or "." not in name:
        known = [field.label for field in fields]
        raise RecipeError(f"The form has no field {name!r}{near_names(name, known)}")
    return name


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").strip()
