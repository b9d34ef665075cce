"""Which of several variants stands up best to distortions, in sentences a stakeholder can repeat."""

from __future__ import annotations

import pandas as pd

from fer_core.comparison.robustness import distortion_frame, summary_frame
from fer_core.data.distortions import SUITE
from fer_core.evaluation.significance import ALPHA, holm, mcnemar_p
from fer_core.formats import give_or_take, listed, of_100, span, whole

#: How models are told apart here, for a reader.
METHOD = (
    "No answers to single distorted faces are kept, so two models are told apart by how many distortions one is "
    "ahead under: an exact sign test with Holm's correction (Demšar 2006)."
)
_NAMED_RIVALS = 3


def firmest(tables: dict[str, pd.DataFrame]) -> str:
    """Which of one variant or more stands up best, and which others can't be told apart from it (Markdown).

    ``tables``: by id, as :func:`fer_core.comparison.robustness.read_tables` gives them. They hold no answers to single
    faces, so the first is tested against each other by sign: under how many of the suite's distortions it is ahead and
    under how many behind, exact and two-sided, with Holm's correction (Demšar 2006, section 3.1.4: his data sets are
    distortions here).
    """
    table = summary_frame(tables)
    first, others = table.iloc[0], table.iloc[1:]
    sentence = _stands(first)
    return sentence if others.empty else f"{sentence} {_lead(first['variant'], others, tables)}"


def firmest_on(frame: pd.DataFrame) -> str:
    """The same of variants measured on a test set, whose answers to single faces are at hand (Markdown).

    ``frame``: :func:`fer_core.test_sets.distorted.robustness_frame` of one variant or more.
    """
    first, others = frame.iloc[0], frame.iloc[1:]
    alike = others.loc[others["behind_hi"] >= 0, "variant"].tolist()
    sentence = _stands(first, f", give or take {give_or_take(first['mean_lo'], first['mean_hi'])}")
    return sentence + (f" {whole(first['faces'])} faces can't tell it from {listed(alike)}." if alike else "")


def _stands(first: pd.Series, how_sure: str = "") -> str:
    kept = (
        f", {of_100(first['kept'], 0)} % of the {of_100(first['clean'], 0)} that it names rightly when nothing is in "
        "the way"
        if first["clean"]
        else ""
    )
    return (
        f"**{first['variant']}** stands up best: over all distortions right on **{of_100(first['mean'], 0)} of 100 "
        f"faces**{how_sure}{kept}."
    )


def _lead(first: str, others: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> str:
    means = distortion_frame(tables).pivot(index="distortion", columns="variant", values="accuracy")
    suite = means.loc[[distortion.title for distortion in SUITE.values()]]
    theirs = suite[others["variant"]]
    ahead, behind = theirs.lt(suite[first], axis=0).sum(), theirs.gt(suite[first], axis=0).sum()
    alike = holm(mcnemar_p(ahead, behind)) >= ALPHA
    named = others[alike] if alike.any() else others
    under = ahead[named["variant"]]
    count = f"under {_of_all(under.min(), under.max(), len(suite))} distortions"
    if not alike.any():
        whom = others["variant"].iloc[0] if len(others) == 1 else "each of the others"
        return f"It is ahead of {whom} {count}: **the difference is real**."
    rivals = [f"{row.variant} ({of_100(row.mean, 0)})" for row in named.itertuples()]
    them = "it" if len(rivals) == 1 else "them"
    return (
        f"It **can't be told apart** from {listed(rivals, most=_NAMED_RIVALS)}: it is ahead of {them} {count}, which "
        "could be chance."
    )


def _of_all(fewest: int, most: int, total: int) -> str:
    return f"all {total}" if fewest == total else f"{span(fewest, most)} of the {total}"
