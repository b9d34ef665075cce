"""The reports, read once: their tables, checks and findings, each as the page draws it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from fer_core.literature.checks import Check
from fer_core.literature.claims import Weighed, weigh_all
from fer_core.literature.contradictions import check_report
from fer_core.literature.lines import printed_history
from fer_core.literature.matrices import printed_matrices
from fer_core.literature.references import references_frame
from fer_core.literature.report_texts import listed_decimals
from fer_core.literature.reports import Report, list_reports
from fer_core.literature.reproduced import reported_figures, reproduced_frame
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe
from fer_core.variants.registry import get_variant


def known() -> dict[str, Report]:
    """The reports by family."""
    return list_reports()


def reproduced(family: str) -> pd.DataFrame:
    """Reported beside reproduced; see :func:`fer_core.literature.reproduced.reproduced_frame`."""
    return _reproduced(_state(), family)


def figures(variant_id: str) -> pd.DataFrame:
    """Every printed figure of one variant, beside ours."""
    return reported_figures(get_variant(variant_id), catalogue.variants())


@st.cache_data(show_spinner=False)
def decimals(family: str) -> pd.DataFrame:
    """Every decimal of a report's text: ``line, printed, state, stands``."""
    return pd.DataFrame([vars(each) for each in listed_decimals(family)])


def references() -> pd.DataFrame:
    """Human level and the best known networks, as the reports quote them."""
    return references_frame()


def epoch_logs(variant_ids: Iterable[str]) -> pd.DataFrame:
    """The epochs that reports print of these variants, as :func:`catalogue.histories` gives ours; may be empty."""
    logs = [printed_history(name).assign(variant=name) for name in variant_ids]
    return pd.concat([log for log in logs if len(log)] or [pd.DataFrame()], ignore_index=True)


@st.cache_data(show_spinner=False)
def matrices(family: str) -> dict[str, np.ndarray]:
    """The confusion matrices that a report prints by variant, int (7, 7), rows true."""
    recipes = [read_recipe(path) for name, path in list_recipes().items() if name.startswith(f"{family}.")]
    return {recipe.id: matrix for recipe in recipes for matrix in printed_matrices(recipe)}


@st.cache_data(show_spinner=False)
def checks(family: str) -> list[Check]:
    """What the report's figures say about each other; the recipes don't change while the server runs."""
    return check_report(family)


def claims() -> list[Weighed]:
    """All findings of all reports, each with its verdict, evidence and what would decide it."""
    files = tuple(
        catalogue.stamp(path)
        for variant in catalogue.trained_variants()
        for path in (
            variant.predictions_path,
            variant.robustness_path,
            variant.heat_maps_path,
            variant.history_path,
        )
        if path
    )
    return _claims(files)


def _state() -> tuple:
    """What all of it depends on: the trained variants' predictions."""
    return tuple(catalogue.stamp(variant.predictions_path) for variant in catalogue.trained_variants())


@st.cache_data(max_entries=50, show_spinner=False)
def _reproduced(state: tuple, family: str) -> pd.DataFrame:
    return reproduced_frame(catalogue.variants(), family)


@st.cache_data(max_entries=5, show_spinner="Holding the variants against each other")
def _claims(files: tuple) -> list[Weighed]:
    return weigh_all(catalogue.variants())
