"""What did the five reports print, and did it hold?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.compare import findings, printed
from dashboard.reads import catalogue, literature
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    sidebar,
)
from dashboard.shell.charts import draw
from dashboard.shell.figures import right_aligned
from fer_core import charts
from fer_core.formats import counted, interval, of_100, signed
from fer_core.literature.claims import list_claims
from fer_core.literature.reports import Report
from fer_core.variants.facts import Status

REPRODUCED, CONTRADICTIONS, CLAIMS = "Reported beside reproduced", "Contradictions", "Findings tested again"
ALL_REPORTS = "All reports"
_OF_100 = ("Reported", "Reproduced", "95 % interval", "On both test splits", "Ours − reported")
FIGURES = {
    "metric": "Figure",
    "reported": st.column_config.NumberColumn("Reported", format="%.6g"),
    "ours": st.column_config.NumberColumn("Ours", format="%.4g"),
    "where": "Where in the report",
    "protocol": "Reported under",
    "note": "Note",
}


def show_protocol(report: Report) -> None:
    """How the report measured, and why its figures are not ours."""
    st.markdown(
        f"**{report.title}** ({report.framework}). Split: {report.split}. Epoch chosen by: {report.chosen_by}."
    )
    st.caption("Why the figures differ: " + " ".join(report.differs))


def show_reproduced(report: Report) -> None:
    """The family's variants, each reported figure beside ours."""
    frame = literature.reproduced(report.family)
    if frame.empty:
        st.info("None of this report's variants has a card here.")
        return
    trained = frame[frame["status"] == Status.TRAINED]
    with look.answer():
        st.markdown(_reproduced_sentence(frame) + _corrected_sentence(trained) + _elsewhere_sentence(report))
    show_protocol(report)
    if not trained.empty:
        draw(
            charts.reproduced_chart,
            trained,
            f"{report.family}: reported and reproduced accuracy",
            literature.references(),
        )
        printed.show_sources()
    table = _readable(frame)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config=right_aligned(_OF_100),
        alt="Reported and reproduced accuracy",
    )
    downloads.table("This table as CSV", frame, f"{report.family}_reproduced.csv")
    with st.expander("Every figure that the report prints"):
        names = frame["id"].tolist()
        name = choices.one(st.selectbox, "Variant", "figures", names, names[0])
        figures = literature.figures(name)
        st.dataframe(
            figures[list(FIGURES)],
            column_config=FIGURES,
            hide_index=True,
            placeholder="–",
            alt=f"Printed figures of {name}",
        )
        with st.container(horizontal=True):
            downloads.table("These figures as CSV", figures, f"{name}_figures.csv")
            decimals = literature.decimals(report.family)
            downloads.table(
                f"All {len(decimals)} decimals of its text as CSV", decimals, f"{report.family}_decimals.csv"
            )
        printed.show_log(name)


def _reproduced_sentence(frame: pd.DataFrame) -> str:
    printed = frame.dropna(subset=["reported"])
    known = printed.dropna(subset=["difference"])
    of = f"the {counted(len(printed), 'variant')} whose accuracy it prints"
    if known.empty:
        return f"None of {of} has been trained here yet."
    is_short = known["whole"].eq(False)
    short, whole = known[is_short], known[~is_short]
    sentence = (
        f"{len(known)} of {of} {'has' if len(known) == 1 else 'have'} been trained here, "
        f"**{len(whole) or 'none'}** to the end"
    )
    if not whole.empty:
        near = int(((whole["reported"] >= whole["lo"]) & (whole["reported"] <= whole["hi"])).sum())
        sentence += (
            f": **{near}** of these reach what the report prints, within the margin of error; on average they differ "
            f"by {_points(whole)} of 100 faces"
        )
    if short.empty:
        return f"{sentence}."
    one = len(short) == 1
    others = ("It" if one else "These") if whole.empty else "The other" if one else f"The other {len(short)}"
    return f"{sentence}. {others} may improve: {_points(short)} of 100 faces so far is no answer to the report yet."


def _elsewhere_sentence(report: Report) -> str:
    """How many findings are tried on a network other than the report's; nothing where none is."""
    count = sum(claim.family == report.family and bool(claim.network) for claim in list_claims())
    if not count:
        return ""
    what = "One of its findings is" if count == 1 else f"{count} of its findings are"
    return f" {what} tried on another network, which can be trained here: **{CLAIMS}** says with what result."


def _corrected_sentence(trained: pd.DataFrame) -> str:
    """How many of those were trained by a recipe that has been corrected since; nothing where none was."""
    known = trained.dropna(subset=["difference"])
    count = int((known["corrections"] != "").sum())
    if not count:
        return ""
    return (
        f" **{count} of the {len(known)}** learnt by a recipe that has been corrected since (column Corrected): what "
        "the corrected one gives is not known yet."
    )


def _points(rows: pd.DataFrame) -> str:
    return signed(100 * rows["difference"].mean())


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    both = frame["both_accuracy"].notna().any()
    table = pd.DataFrame(
        {
            "Variant": frame["id"],
            "Reported": [of_100(value) for value in frame["reported"]],
            "Reproduced": [of_100(value) for value in frame["accuracy"]],
            "95 % interval": [interval(row.lo, row.hi) for row in frame.itertuples()],
        }
    )
    if both:
        table["On both test splits"] = [of_100(value) for value in frame["both_accuracy"]]
    table["Ours − reported"] = [signed(100 * value) for value in frame["difference"]]
    table.insert(3, "Trained", frame["training"].fillna("not yet"))
    if frame["corrections"].any():
        table["Corrected"] = frame["corrections"]
    table["Deviations"] = frame["deviations"]
    if frame["accuracy"].isna().all():  # nothing to set beside
        table = table.drop(columns=["Reproduced", "95 % interval", "Ours − reported"])
    return table.assign(Note=frame["note"])


def show_contradictions(report: Report) -> None:
    """Where the report's own figures can't all be true."""
    checks = literature.checks(report.family)
    wrong = [check for check in checks if not check.holds]
    with look.answer():
        if not checks:
            st.markdown("The report prints nothing that could be checked against itself.")
        elif wrong:
            count = f"**{len(wrong)}** of {len(checks)} checks"
            st.markdown(f"{count} of its own figures against each other **fail**.")
        else:
            st.markdown(f"All {len(checks)} checks of its own figures against each other hold.")
    st.caption("Computed from what the report prints, rounding of the printed digits allowed for.")
    for check in wrong:
        with st.container(border=True):
            st.markdown(f"**{check.variant}**: {check.sentence}")
            st.code(check.arithmetic, language=None, wrap_lines=True)
    frame = pd.DataFrame([vars(check) for check in checks])
    if checks:
        with st.expander(f"All {len(checks)} checks"):
            st.dataframe(frame, hide_index=True, alt="Every check with its arithmetic")
        downloads.table("All checks as CSV", frame, f"{report.family}_checks.csv")
    printed.show_matrices(report)


def main() -> None:
    """The page."""
    look.opening("Reported / reproduced", "What did the five reports print, and did it hold?")
    known = literature.known()
    report_place = st.container()
    part = choices.one(
        st.segmented_control, "Show", "part", [REPRODUCED, CONTRADICTIONS, CLAIMS], REPRODUCED, required=True
    )
    families = [*known, ALL_REPORTS] if part == CLAIMS else list(known)
    with report_place:
        family = choices.one(
            st.segmented_control, "Report", "report", families, next(iter(known)), required=True
        )
    if part == CLAIMS:
        findings.show(None if family == ALL_REPORTS else family)
    else:
        {REPRODUCED: show_reproduced, CONTRADICTIONS: show_contradictions}[part](known[family])
    if not catalogue.trained_variants():
        sidebar.no_variants()


entrance.show(main)
