"""Every recipe with what it costs here."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shell import choices, downloads
from dashboard.shell.messages import show_errors
from dashboard.train.starts import CHOICE, Sources
from fer_core import formats
from fer_core.data.split import FER2013, FER2013_SIZES, SplitName
from fer_core.recipes.recipe import Recipe
from fer_core.training.pace import ELSEWHERE, ESTIMATED, MEASURED
from fer_core.variants.tested_on import is_of_fer2013

_TABLE = "costs"
_WORTH = {MEASURED: "measured here", ESTIMATED: "estimated from here", ELSEWHERE: "a guess: timed on {}"}

_COLUMNS = {
    "recipe": st.column_config.TextColumn("Recipe", pinned=True, width=215),
    "framework": st.column_config.TextColumn("Framework"),
    "epochs": st.column_config.NumberColumn("Epochs at most"),
    "epoch_s": st.column_config.Column("An epoch takes", alignment="right"),
    "total_s": st.column_config.Column(
        "All, about", help="Starting and finishing included, where that is known.", alignment="right"
    ),
    "accuracy": st.column_config.Column(
        "Right of 100", help="Of the variant trained with it, on FER2013's test faces.", alignment="right"
    ),
    "worth": st.column_config.TextColumn("Known from", width=320),
}


def show_costs(known: Sources) -> None:
    """A table: what is known of each recipe's time first, the quickest on top."""
    if known.manifest is None:
        faces = f"{FER2013_SIZES[SplitName.TRAINING]:,}"
        st.caption(f"For the {faces} training faces of {FER2013}, as no data is imported yet.")
    recipes: dict[str, Recipe] = {}
    for name in known.files:
        with show_errors():
            recipes[name] = known.recipe(name)
    frame = cost_frame(known, recipes)
    printed = {"epoch_s": formats.duration, "total_s": formats.duration, "accuracy": formats.of_100}
    st.dataframe(
        frame.style.format(printed, na_rep=formats.NOTHING),
        column_config=_COLUMNS,
        hide_index=True,
        height=330,
        placeholder=formats.NOTHING,
        on_select=lambda: _choose(frame),
        selection_mode="single-row",
        key=_TABLE,
        alt="Recipes with their cost",
    )
    downloads.table("Recipes and costs as CSV", frame, "recipes.csv")


def _choose(frame: pd.DataFrame) -> None:
    """The ticked recipe is the one that the form shows."""
    rows = st.session_state[_TABLE].selection.rows
    if rows:
        choices.set_choice(CHOICE, frame["recipe"].iloc[rows[0]])


def cost_frame(known: Sources, recipes: dict[str, Recipe]) -> pd.DataFrame:
    """Columns ``recipe, framework, epochs, epoch_s, total_s, accuracy, worth``; unknown seconds last."""
    rows = []
    for name, recipe in recipes.items():
        pace, variant = known.pace(recipe), known.trained.get(name)
        rows.append(
            {
                "recipe": name,
                "framework": recipe.framework,
                "epochs": recipe.epochs,
                "epoch_s": pace.epoch_s if pace else None,
                "total_s": pace.total_s(recipe.epochs) if pace else None,
                "accuracy": variant.metrics()["accuracy"] if variant and is_of_fer2013(variant) else None,
                "worth": _WORTH[pace.worth].format(pace.trace.device) if pace else "not timed yet",
            }
        )
    frame = pd.DataFrame(rows).astype({"epoch_s": float, "total_s": float, "accuracy": float})
    return frame.sort_values(["total_s", "recipe"], na_position="last", ignore_index=True)
