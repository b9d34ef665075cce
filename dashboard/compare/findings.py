"""What the reports found, weighed by our own runs: a table of findings, and one of them with its evidence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.reads import literature
from dashboard.shell import choices, downloads, look
from dashboard.shell.charts import draw
from fer_core import charts
from fer_core.formats import listed
from fer_core.literature.claims import (
    AT_EQUAL_LENGTH,
    FAILS,
    HOLDS,
    NEEDS_WEIGHTS,
    NOT_COMPARABLE,
    UNDECIDED,
    UNKNOWN,
    Weighed,
    claims_frame,
    comparisons_frame,
    evidence_frame,
)

ALL_VERDICTS = "All verdicts"
SIGNS = {
    HOLDS: ":material/check_circle:",
    FAILS: ":material/cancel:",
    UNDECIDED: ":material/help:",
    AT_EQUAL_LENGTH: ":material/timelapse:",
    NOT_COMPARABLE: ":material/hourglass_bottom:",
    UNKNOWN: ":material/hourglass_empty:",
    NEEDS_WEIGHTS: ":material/block:",
}
WORDS = {
    HOLDS: ("holds", "hold"),
    FAILS: ("does not hold", "do not hold"),
    UNDECIDED: ("is undecided", "are undecided"),
    AT_EQUAL_LENGTH: ("can be seen in short runs only",) * 2,
    NOT_COMPARABLE: ("is not comparable yet", "are not comparable yet"),
    UNKNOWN: ("waits for a training", "wait for trainings"),
    NEEDS_WEIGHTS: ("can't be decided here, without ImageNet weights",) * 2,
}


def show(family: str | None) -> None:
    """The findings of one report, or of all, weighed by our own runs."""
    weighed = [each for each in literature.claims() if family in (None, each.claim.family)]
    weighed.sort(key=lambda each: list(SIGNS).index(each.verdict))
    with look.answer():
        st.markdown(_sentence(weighed))
    st.caption(
        "Both variants answer the same PrivateTest faces; the interval is a paired bootstrap's unless another test is "
        "named. A finding holds or fails only by runs that were trained to their end, however long each is. Short runs "
        "show no more than how things stand at that length, and unequally short ones can't be compared yet."
    )
    there = [verdict for verdict in SIGNS if any(each.verdict == verdict for each in weighed)]
    wanted = choices.one(st.selectbox, "Verdict", "verdict", [ALL_VERDICTS, *there], ALL_VERDICTS)
    shown = [each for each in weighed if wanted in (ALL_VERDICTS, each.verdict)]
    frame = claims_frame(shown)
    st.dataframe(
        _table(frame, with_report=family is None),
        hide_index=True,
        column_config={
            "Verdict": st.column_config.TextColumn(width=200),
            "Finding": st.column_config.TextColumn(width=430),
            "Here": st.column_config.TextColumn(width=270),
            "Would decide it": st.column_config.TextColumn(width=270),
            "Reported": st.column_config.TextColumn(width="medium"),
            "Section": st.column_config.TextColumn(width="medium"),
        },
        alt="The reports' findings with their verdicts",
    )
    name = family or "all"
    with st.container(horizontal=True):
        downloads.table("This table as CSV", frame, f"{name}_findings.csv")
        downloads.table("The evidence as CSV", comparisons_frame(shown), f"{name}_evidence.csv")
    by_id = {each.claim.id: each for each in shown}
    chosen = choices.one(
        st.selectbox, "Finding", "finding", list(by_id), shown[0].claim.id,
        format_func=lambda name: by_id[name].claim.claim if name in by_id else name,
    )  # fmt: skip
    _show_one(by_id[chosen])


def _sentence(weighed: list[Weighed]) -> str:
    counts = pd.Series([each.verdict for each in weighed]).value_counts()
    parts = [f"**{counts[name]}** {WORDS[name][int(counts[name] > 1)]}" for name in SIGNS if name in counts]
    return f"Of {len(weighed)} findings, {listed(parts)}."


def _table(frame: pd.DataFrame, with_report: bool) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "Verdict": frame["words"].str.partition(",")[0],
            "Report": frame["report"],
            "Finding": frame["claim"],
            "Here": frame["shown"],
            "Would decide it": frame["to_decide"],
            "Reported": frame["reported"],
            "Section": frame["section"],
        }
    )
    return table if with_report else table.drop(columns="Report")


def _show_one(weighed: Weighed) -> None:
    """One finding: its verdict, the comparisons that could be made as pictures, and what it waits for."""
    claim, evidence = weighed.claim, weighed.evidence
    with st.container(border=True):
        st.markdown(f"{SIGNS[weighed.verdict]} **{claim.claim}** – {_verdict_words(weighed)}")
        st.caption(f"Reported ({claim.family}, {claim.section}): {claim.reported}.")
        for _, frame in evidence_frame(evidence).groupby("unit", sort=False):
            draw(charts.claim_chart, frame, "How far ahead it is here")
        tests = list(dict.fromkeys(one.test for one in evidence if one.test))
        if tests:
            st.caption(f"Test: {listed(tests)}.")
        missing = sorted({name for one in evidence for name in one.missing})
        if missing:
            st.caption(f"Waits for {listed(missing)}.")
        unequal = list(dict.fromkeys(reason for one in evidence for reason in one.unequal))
        if unequal:
            st.caption(f"Trained for unequal lengths: {listed(unequal)}.")
        if claim.network:
            st.caption(f"Tried on another network than the report's: {claim.network}.")
        if claim.unlike:
            st.caption(f"Not comparable: {claim.unlike}.")
        if weighed.needed:
            st.caption(f"Would decide it: {weighed.needed.text} ({listed(_ids(weighed))}).")


def _verdict_words(weighed: Weighed) -> str:
    short = weighed.verdict in (UNKNOWN, NEEDS_WEIGHTS)
    return WORDS[weighed.verdict][0] if short else weighed.words


def _ids(weighed: Weighed) -> list[str]:
    return list(weighed.needed.names)
