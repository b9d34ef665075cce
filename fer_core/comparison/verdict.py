"""Which of several variants is best, in one sentence a stakeholder can repeat."""

from __future__ import annotations

import pandas as pd

from fer_core.formats import give_or_take, listed, of_100
from fer_core.variants.length import Ended

_NAMED_RIVALS = 3


def verdict(frame: pd.DataFrame) -> str:
    """Which variant is best, whether its lead is real, and what of it is a matter of training, from ``id, accuracy, lo,
    hi, group, whole, ended`` of a leaderboard (Markdown).

    Only variants with a group are ranked: those without were measured on other faces. A lead is real where no
    other variant stands in the best one's group (:func:`fer_core.evaluation.significance.groups`).
    """
    measured = frame.dropna(subset=["accuracy"])
    ranked = measured.dropna(subset=["group"]).sort_values(["accuracy", "id"], ascending=[False, True])
    if ranked.empty:
        return "No model has been measured yet, so there is none to call best."
    best = ranked.iloc[0]
    right = (
        f"right on **{of_100(best['accuracy'], 0)} of 100 faces**, "
        f"give or take {give_or_take(best['lo'], best['hi'])}."
    )
    apart = _apart(len(measured) - len(ranked))
    if len(ranked) == 1:
        return f"**{best['id']}** is {right} No other model here was measured on the same faces.{apart}"
    return f"**{best['id']}** is the best: {right} {_lead(ranked)}{_trained(ranked)}{apart}"


def _lead(ranked: pd.DataFrame) -> str:
    others = ranked.iloc[1:]
    rivals = others[others["group"] == ranked["group"].iloc[0]]
    if rivals.empty:
        second = others.iloc[0]
        return (
            f"Its lead over the second, {second['id']} ({of_100(second['accuracy'], 0)}), is larger than "
            "chance would make it: **the difference is real**."
        )
    names = [f"{row.id} ({of_100(row.accuracy, 0)})" for row in rivals.itertuples()]
    return f"It **can't be told apart** from {listed(names, most=_NAMED_RIVALS)}: such a difference could be chance."


def _trained(ranked: pd.DataFrame) -> str:
    """Which is the best of those trained to their end, where others were not."""
    if not ranked["whole"].eq(False).any():
        return ""
    whole = ranked[ranked["whole"].eq(True)]
    known = ranked["whole"].notna().all()
    return f" {_best_whole(ranked.iloc[0], whole, known)}{_cut_short(ranked)}."


def _best_whole(first: pd.Series, whole: pd.DataFrame, known: bool) -> str:
    """``known``: of every one it is known whether it was trained to its end."""
    if whole.empty:
        return f"None of these {'was' if known else 'is known to have been'} trained to its end"
    best, only = whole.iloc[0], len(whole) == 1
    if best["id"] == first["id"]:
        return (
            f"It is the only one {'' if known else 'known to be '}trained to its end"
            if only
            else f"It is also the best of the {len(whole)} trained to their end"
        )
    named = f"**{best['id']}** ({of_100(best['accuracy'], 0)})"
    return (
        f"Only {named} {'was' if known else 'is known to have been'} trained to its end"
        if only
        else f"Of the {len(whole)} trained to their end the best is {named}"
    )


def _cut_short(ranked: pd.DataFrame) -> str:
    cut = ranked.loc[ranked["ended"].eq(Ended.CUT), "id"].tolist()
    if not cut:
        return ""
    first = ranked["id"].iloc[0]
    among = f", {first} among them" if cut[0] == first and len(cut) > 1 else ""
    return f"; {len(cut)} {'were' if len(cut) > 1 else 'was'} cut short and may improve{among}"


def _apart(count: int) -> str:
    if not count:
        return ""
    return (
        f" {count} models were measured on other faces and stand apart."
        if count > 1
        else " 1 model was measured on other faces and stands apart."
    )
