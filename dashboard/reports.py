"""The reports, read once: their tables, checks and findings, each as the page draws it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import catalogue
from fer_core.experiments import list_recipes
from fer_core.formats import listed, signed
from fer_core.recipes import read_recipe
from fer_core.registry import get_variant
from fer_core.reports.claims import Claim, Evidence, list_claims, weigh
from fer_core.reports.contradictions import Check, check_recipe
from fer_core.reports.reproduced import reported_figures, reproduced_frame
from fer_core.reports.sources import Report, list_reports

#: What each figure is called and measured in; losses are in nats, all others shares.
UNITS = {
    "accuracy": "faces of 100 (accuracy)",
    "macro_f1": "points of 100 (macro F1)",
    "recall": "faces of 100 (recall)",
    "log_loss": "nats (log loss)",
    "distorted_log_loss": "nats (log loss of distorted faces)",
}


def known() -> dict[str, Report]:
    """The reports by family."""
    return list_reports()


def reproduced(family: str) -> pd.DataFrame:
    """Reported beside reproduced; see :func:`fer_core.reports.reproduced.reproduced_frame`."""
    return _reproduced(_state(), family)


def figures(variant_id: str) -> pd.DataFrame:
    """Every printed figure of one variant, beside ours."""
    return reported_figures(get_variant(variant_id))


@st.cache_data(show_spinner=False)
def checks(family: str) -> list[Check]:
    """What the report's figures say about each other; the recipes don't change while the server runs."""
    recipes = [read_recipe(path) for name, path in list_recipes().items() if name.startswith(f"{family}.")]
    return [check for recipe in recipes for check in check_recipe(recipe)]


def claims(family: str) -> list[tuple[Claim, str, list[Evidence]]]:
    """The report's findings, each with its verdict and evidence."""
    return _claims(_state(), family)


def evidence_frame(evidence: list[Evidence]) -> pd.DataFrame:
    """The comparisons that could be made: columns ``label, advantage, lo, hi, text, verdict, unit``."""
    rows = [_evidence_row(one) for one in evidence if not one.missing]
    return pd.DataFrame(rows, columns=["label", "advantage", "lo", "hi", "text", "verdict", "unit"])


def claims_table(weighed: list[tuple[Claim, str, list[Evidence]]]) -> pd.DataFrame:
    """All findings and comparisons, to download."""
    return pd.DataFrame(
        [
            {"claim": claim.claim, "reported": claim.reported, "claim_verdict": verdict}
            | _evidence_row(one)
            | {
                "waits_for": ", ".join(one.missing),
                "length": one.length,
                "seen": one.seen,
                "unequal": " and ".join(one.unequal),
            }
            for claim, verdict, evidence in weighed
            for one in evidence
        ]
    )


def _evidence_row(evidence: Evidence) -> dict[str, str | float]:
    comparison = evidence.comparison
    of_emotions = f" of {listed(list(comparison.emotions))}" if comparison.emotions else ""
    names = (comparison.better.partition(".")[2], comparison.worse.partition(".")[2])
    in_nats = "loss" in comparison.figure
    scale = 1 if in_nats else 100
    return {
        "label": f"{names[0]} over {names[1]}",
        "advantage": scale * evidence.advantage,
        "lo": scale * evidence.lo,
        "hi": scale * evidence.hi,
        "text": signed(scale * evidence.advantage, 3 if in_nats else 1),
        "verdict": evidence.verdict,
        "unit": UNITS[comparison.figure] + of_emotions,
    }


def _state() -> tuple:
    """What all of it depends on: the trained variants' predictions."""
    return tuple(catalogue.stamp(variant.predictions_path) for variant in catalogue.trained_variants())


@st.cache_data(max_entries=50, show_spinner=False)
def _reproduced(state: tuple, family: str) -> pd.DataFrame:
    return reproduced_frame(catalogue.variants(), family)


@st.cache_data(max_entries=50, show_spinner="Holding the variants against each other")
def _claims(state: tuple, family: str) -> list[tuple[Claim, str, list[Evidence]]]:
    variants = catalogue.variants()
    return [(claim, *weigh(claim, variants)) for claim in list_claims() if claim.family == family]
