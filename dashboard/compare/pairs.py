"""Compare's section on pairs: which models really differ, and how many faces it takes to distinguish the others."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from dashboard.reads.paired_tests import pairs
from dashboard.shell import choices, downloads, measured
from dashboard.shell.charts import draw
from dashboard.shell.figures import right_aligned
from fer_core import charts
from fer_core.evaluation.bootstrap import DRAWS
from fer_core.evaluation.significance import ALPHA, POWER
from fer_core.formats import difference, listed, p_value, signed, whole
from fer_core.variants.registry import Variant

#: A pair's row in the table can be read; more pairs than this are for the download.
MOST_PAIRS = 66
MOST_NAMED = 5
_EXPLAINED = (
    "Both models of a pair answered the same faces, so only faces on which one is right and the other wrong count "
    "(exact McNemar test). Testing many pairs finds differences by chance: Holm's correction makes up for that, and "
    f"below {ALPHA} a difference is called real. The fewer models, the fewer pairs to make up for. Intervals: "
    f"paired bootstrap, {DRAWS:,} draws."
)


def show(models: list[Variant], clean: bool) -> None:
    """The matrix, the table, and what it would take to distinguish the others."""
    st.subheader("Which of them really differ?", anchor="pairs")
    everyone = choices.flag(
        "All measured models",
        "everyone",
        help="Every model of the leaderboard against every other, not only the chosen ones.",
    )
    table, panel, apart = pairs(measured.trained_variants() if everyone else models, clean)
    if apart:
        st.info(f"Measured on other faces, so not in any pair: {listed(apart, most=MOST_NAMED)}.")
    if panel is None or len(panel) < 2:
        st.info("Choose a second model, measured on the same faces, to see whether the two really differ.")
        return
    ranked = sorted(zip(-panel.accuracy, panel.ids, strict=True))
    ids = [name for _, name in ranked]
    draw(charts.pair_chart, table, ids, catalogue.styles(), "Differences between any two")
    st.caption(_EXPLAINED)
    for sentence in sentences(table, len(panel.label)):
        st.markdown(sentence)
    if len(table) <= MOST_PAIRS:
        with st.expander(f"The {len(table)} pairs as a table" if len(table) > 1 else "The pair as a table"):
            show_table(table)
    downloads.table("All pairs as CSV", table, "pairs.csv")


def sentences(table: pd.DataFrame, faces: int) -> list[str]:
    """How many pairs differ, and what the closest miss among the others would need (Markdown)."""
    real, rest = table[table["real"]], table[~table["real"]]
    if rest.empty:
        return [f"All {len(table)} pairs really differ." if len(table) > 1 else "The two **really differ**."]
    counted = f"{len(real)} of {len(table)} pairs really differ." if len(table) > 1 else ""
    pair = rest.loc[rest["faces_needed"].idxmin()]
    either = pair["only_first"] + pair["only_second"]
    closest = (
        f"**{pair['first']}** and **{pair['second']}** can't be told apart: on {either:,} of {faces:,} faces one is "
        f"right and the other wrong, {pair['only_first']:,} times the first and {pair['only_second']:,} times the "
        "second."
    )
    if pair["difference"] == 0:
        needed = "They are right equally often, so no number of faces would show a difference."
    else:
        needed = (
            f"If the true difference is as large as the measured one ({signed(100 * pair['difference'])} points), a "
            f"test set of about **{rounded(pair['faces_needed'])} faces** would show it {100 * POWER:.0f} times in 100."
        )
    return [f"{counted} {closest} {needed}".strip()]


def show_table(table: pd.DataFrame) -> None:
    """A row a pair, the surest difference on top."""
    rows = pd.DataFrame(
        {
            "Better": table["first"],
            "Other": table["second"],
            "Points": [signed(100 * value) for value in table["difference"]],
            "95 % interval": [difference(lo, hi) for lo, hi in zip(table["lo"], table["hi"], strict=True)],
            "Only the first right": table["only_first"],
            "Only the other right": table["only_second"],
            "p": [p_value(value) for value in table["p"]],
            "p (Holm)": [p_value(value) for value in table["p_holm"]],
            "Real": ["yes" if value else "no" for value in table["real"]],
            "Faces needed": [rounded(value) for value in table["faces_needed"]],
        }
    )
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config=right_aligned(("Points", "95 % interval", "p", "p (Holm)", "Faces needed")),
        alt="Every pair with its test",
    )


def rounded(faces: float) -> str:
    """Two figures of a number of faces: ``"21,000"``; ``"–"`` where no number would do."""
    if faces == float("inf"):
        return "–"
    return whole(float(f"{faces:.2g}"))
