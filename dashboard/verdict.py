"""The leaderboard's answer in one sentence a stakeholder can repeat."""

from __future__ import annotations

import pandas as pd

from dashboard.formats import give_or_take, listed, of_100

_NAMED_RIVALS = 3


def verdict(frame: pd.DataFrame) -> str:
    """Which variant is best and whether its lead is real, from ``id, accuracy, lo, hi`` (Markdown).

    A lead is called real only where the 95 % intervals do not overlap, which is a careful rule: models
    whose intervals overlap a little may still differ. Without figures the sentence says so.
    """
    ranked = frame.dropna(subset=["accuracy"]).sort_values("accuracy", ascending=False)
    if ranked.empty:
        return "No model has been measured yet, so there is none to call best."
    best = ranked.iloc[0]
    first = (
        f"**{best['id']}** is the best: right on **{of_100(best['accuracy'], 0)} of 100 faces**, "
        f"give or take {give_or_take(best['lo'], best['hi'])}."
    )
    return f"{first} {_lead(best, ranked.iloc[1:])}"


def _lead(best: pd.Series, others: pd.DataFrame) -> str:
    if others.empty:
        return "No other model has been measured on the same faces yet."
    rivals = others[others["hi"] >= best["lo"]]
    if rivals.empty:
        second = others.iloc[0]
        return (
            f"Its lead over the second, {second['id']} ({of_100(second['accuracy'], 0)}), is larger than "
            "the margin of error: **the difference is real**."
        )
    names = [f"{row.id} ({of_100(row.accuracy, 0)})" for row in rivals.head(_NAMED_RIVALS).itertuples()]
    left = len(rivals) - len(names)
    if left:
        names.append(f"{left} more")
    return f"Its lead over {listed(names)} lies **within the margin of error**: they could be equally good."
