"""Which model to take, when accuracy has a price: one sentence."""

from __future__ import annotations

import pandas as pd

from fer_core.formats import milliseconds, of_100, times

#: Less than this many times as fast is no reason to take another model.
_WORTH_IT = 1.25


def decision(frame: pd.DataFrame) -> str:
    """What the most accurate model costs beside the quickest, and whether a quicker one is as good (Markdown).

    Of several that are about as quick, the most accurate counts as the quickest.

    ``frame`` is a leaderboard's: ``id, accuracy, group, latency_ms, size_mb``. Only models with a group (measured on
    the same faces) and a latency are weighed; an empty text where there are fewer than two. A model is as good as the
    best where both stand in one group (:func:`fer_core.evaluation.significance.groups`).
    """
    priced = frame.dropna(subset=["accuracy", "group", "latency_ms"])
    if len(priced) < 2:
        return ""
    ranked = priced.sort_values(["accuracy", "latency_ms"], ascending=[False, True])
    best, least = ranked.iloc[0], ranked["latency_ms"].min()
    quickest = ranked[ranked["latency_ms"] <= _WORTH_IT * least].iloc[0]
    equals = ranked[ranked["group"] == best["group"]]
    bargain = equals.loc[equals["latency_ms"].idxmin()]
    if not _is_quicker(bargain, best):
        bargain = best
    sentences = [] if bargain is best else [_bargain(bargain, best)]
    if _is_quicker(quickest, bargain):
        dear = bargain if bargain["accuracy"] > quickest["accuracy"] else best
        sentences.append(_price(dear, quickest))
    elif bargain is best:
        sentences.append(f"No other is much quicker than **{best['id']}**: its accuracy costs no time.")
    return " ".join(sentences)


def _is_quicker(one: pd.Series, other: pd.Series) -> bool:
    return other["latency_ms"] > _WORTH_IT * one["latency_ms"]


def _bargain(bargain: pd.Series, best: pd.Series) -> str:
    return (
        f"**{bargain['id']}** can't be told apart from {best['id']} and is {_ratio(best, bargain, 'latency_ms')} as "
        f"fast ({milliseconds(bargain['latency_ms'])} instead of {milliseconds(best['latency_ms'])} ms a face)."
    )


def _price(dear: pd.Series, cheap: pd.Series) -> str:
    size = ""
    if pd.notna(dear["size_mb"]) and pd.notna(cheap["size_mb"]) and dear["size_mb"] > cheap["size_mb"]:
        size = f" and {_ratio(dear, cheap, 'size_mb')} the size"
    return (
        f"**{dear['id']}** is right on {of_100(dear['accuracy'] - cheap['accuracy'])} of 100 faces more than "
        f"**{cheap['id']}**, for {_ratio(dear, cheap, 'latency_ms')} the time ({milliseconds(dear['latency_ms'])} "
        f"against {milliseconds(cheap['latency_ms'])} ms a face){size}."
    )


def _ratio(larger: pd.Series, smaller: pd.Series, name: str) -> str:
    return times(larger[name] / smaller[name])
