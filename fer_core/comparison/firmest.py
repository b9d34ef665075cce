"""Which of several variants stands up best to distortions, in sentences a stakeholder can repeat."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer_core.comparison.robustness import distortion_frame, summary_frame
from fer_core.data.distortions import SUITE
from fer_core.evaluation.significance import ALPHA, holm, signed_rank_p
from fer_core.formats import give_or_take, listed, of_100, span, whole

#: How models are told apart here, for a reader.
METHOD = (
    "No answers to single distorted faces are kept, so two models are told apart by how far the one is ahead or behind "
    "under each distortion: Wilcoxon's exact signed-rank test with Holm's correction (Demšar 2006)."
)
_NAMED_RIVALS = 3
_DIGITS = 7  # of what a table keeps


def firmest(tables: dict[str, pd.DataFrame]) -> str:
    """Which of one variant or more stands up best, and which others can't be told apart from it (Markdown).

    ``tables``: by id, as :func:`fer_core.comparison.robustness.read_tables` gives them. They hold no answers to single
    faces, so the first is tested against each other by how far it is ahead or behind under each of the suite's
    distortions: Wilcoxon's signed-rank test, exact and two-sided, with Holm's correction (Demšar 2006, section 3.1.3:
    his data sets are distortions here).
    """
    table = summary_frame(tables)
    first, others = table.iloc[0], table.iloc[1:]
    if others.empty:
        return f"Over all distortions **{first['variant']}** is {_right(first)}."
    return f"{_stands_best(first)} {_lead(first['variant'], others, tables)}"


def firmest_on(frame: pd.DataFrame) -> str:
    """The same of variants measured on a test set, whose answers to single faces are at hand (Markdown).

    ``frame``: :func:`fer_core.test_sets.distorted.robustness_frame` of one variant or more.
    """
    first, others = frame.iloc[0], frame.iloc[1:]
    alike = others.loc[others["behind_hi"] >= 0, "variant"].tolist()
    how_sure = f", give or take {give_or_take(first['mean_lo'], first['mean_hi'])}"
    if others.empty:
        return f"Over all distortions **{first['variant']}** is {_right(first, how_sure)}."
    told = f" {whole(first['faces'])} faces can't tell it from {listed(alike)}." if alike else ""
    return _stands_best(first, how_sure) + told


def _stands_best(first: pd.Series, how_sure: str = "") -> str:
    return f"**{first['variant']}** stands up best: over all distortions {_right(first, how_sure)}."


def _right(row: pd.Series, how_sure: str = "") -> str:
    """How often it is right, and what that is of what it can do."""
    clean = of_100(row["clean"], 0)
    kept = f", {of_100(row['kept'], 0)} % of the {clean} that it names rightly when nothing is in the way"
    return f"right on **{of_100(row['mean'], 0)} of 100 faces**{how_sure}{kept if row['clean'] else ''}"


def _lead(first: str, others: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> str:
    means = distortion_frame(tables).pivot(index="distortion", columns="variant", values="accuracy")
    suite = means.loc[[distortion.title for distortion in SUITE.values()]]
    theirs = suite[others["variant"]]
    leads = theirs.rsub(suite[first], axis=0).round(_DIGITS)
    ahead = (leads > 0).sum()
    alike = holm(np.array([signed_rank_p(leads[name]) for name in leads])) >= ALPHA
    named = others[alike] if alike.any() else others
    under = ahead[named["variant"]]
    count = f"under {_of_all(under.min(), under.max(), len(suite))} distortions"
    if not alike.any():
        whom = others["variant"].iloc[0] if len(others) == 1 else "each of the others"
        return f"It is ahead of {whom} {count}: **the difference is real**."
    rivals = [f"{row.variant} ({of_100(row.mean, 0)})" for row in named.itertuples()]
    them = "it" if len(rivals) == 1 else "them"
    return (
        f"It **can't be told apart** from {listed(rivals, most=_NAMED_RIVALS)}: it is ahead of {them} {count}, and "
        "such leads could be chance."
    )


def _of_all(fewest: int, most: int, total: int) -> str:
    return f"all {total}" if fewest == total else f"{span(fewest, most)} of the {total}"
