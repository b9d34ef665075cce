"""Which model is best, and is the difference real?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.compare import printed, table
from dashboard.reads import catalogue, literature, paired_tests
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    identity,
    look,
    measured,
    sidebar,
    ways,
)
from dashboard.shell.charts import draw
from dashboard.shell.messages import usable
from fer_core import charts
from fer_core.comparison.leaderboard import pareto_front
from fer_core.errors import without_pictures
from fer_core.formats import listed
from fer_core.test_sets.store import TestSet
from fer_core.variants.facts import Status
from fer_core.variants.latency import measure_latency_ms
from fer_core.variants.length import SHORT_MARK
from fer_core.variants.repeats import further_runs

SIZES_MB = {"Any size": None, "1 MB": 1, "2 MB": 2, "5 MB": 5, "10 MB": 10, "25 MB": 25}
COSTS = {"Speed": "latency_ms", "Size": "size_mb", "Parameters": "parameters"}
FILTERS = ("family", "framework", "size", "once")
MOST_ROWS_AT_ONCE = 16
TABLE_HEIGHT = 620
MOST_NAMED = 3
MOST_WHISKERS = 30


def controls(frame: pd.DataFrame, baseline_id: str | None) -> tuple[pd.DataFrame, str]:
    """The rows that the viewer's filters keep, and the wished order."""
    in_use = sum(bool(choices.recall(name)) and choices.recall(name) != "Any size" for name in FILTERS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sort = choices.one(st.selectbox, "Sort by", "sort", list(table.SORTS), "Right of 100", width=180)
        with st.popover(f"Filter ({in_use} in use)" if in_use else "Filter", icon=":material/filter_list:"):
            families = sorted(set(frame["family"]))
            family = choices.many(st.multiselect, "Family", "family", families, [], placeholder="All")
            frameworks = sorted(set(frame["framework"].dropna()))
            framework = choices.many(
                st.multiselect, "Framework", "framework", frameworks, [], placeholder="All"
            )
            size = choices.one(st.selectbox, "Model file no larger than", "size", list(SIZES_MB), "Any size")
            once = choices.flag(
                "One run of each recipe",
                "once",
                help="Of runs that differ in nothing but their seed, the one of the lowest seed.",
            )
        whole, recipes = choose_kinds(frame)
    keep = (frame["status"] == Status.TRAINED) | ((frame["status"] != Status.BROKEN) & recipes)
    keep &= frame["family"].isin(family) | (not family)
    keep &= frame["framework"].isin(framework) | (not framework)
    if whole:
        keep &= (frame["status"] == Status.TRAINED) & frame["whole"].ne(False)
    if once:
        keep &= ~frame["id"].isin(further_runs(catalogue.variants()))
    if SIZES_MB[size] is not None:
        keep &= frame["size_mb"] <= SIZES_MB[size]
    return frame[keep | (frame["id"] == baseline_id)], sort


def choose_kinds(frame: pd.DataFrame) -> tuple[bool, bool]:
    """Whether only models trained to their end are wanted, and whether recipes that are not trained here are.

    Where nothing is trained, recipes are all that there is to show.
    """
    trained, untrained = ((frame["status"] == kind).sum() for kind in (Status.TRAINED, Status.RECIPE_ONLY))
    if not trained:
        return False, True
    whole = choices.flag(
        "Trained to the end",
        "to_end",
        help="Only models that ran all epochs of their recipe or were stopped by its rule, and did not begin with "
        "another model's weights; ensembles of such models; and models trained elsewhere, of which that is not known.",
    )
    if not untrained:
        return whole, False
    noun = "recipe" if untrained == 1 else "recipes"
    return whole, choices.flag(f"Also show {untrained} {noun} not trained yet", "recipes", disabled=whole)


def show_table(rows: pd.DataFrame, baseline_id: str | None) -> None:
    """The table, and what can be done with the rows ticked in it."""
    picked = st.dataframe(
        table.styled(rows, baseline_id),
        column_config=table.column_config(),
        hide_index=True,
        height="content" if len(rows) <= MOST_ROWS_AT_ONCE else TABLE_HEIGHT,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        key="leaderboard",
        alt="Every variant with its figures",
    )
    ticked = rows.iloc[[index for index in picked.selection.rows if index < len(rows)]]
    offer_ticked(ticked)
    if rows["whole"].eq(False).any():
        st.caption(f"{SHORT_MARK} Not trained to its end: longer training may improve it.")


def offer_ticked(ticked: pd.DataFrame) -> None:
    """Where ticked rows can be taken."""
    comparable = ticked.loc[ticked["status"] == Status.TRAINED, "id"].tolist()
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Compare {len(comparable)} ticked" if comparable else "Compare ticked rows"
        ways.to_comparison(label, comparable, main=True, disabled=not comparable)
        only = ticked["id"].iloc[0] if len(ticked) == 1 else None
        ways.to_card(only, "Open the model card", disabled=only is None)
        st.caption(
            "Tick rows at their left edge; click a heading to sort. A dash: not trained here, or not known."
        )


def show_pictures(rows: pd.DataFrame, baseline_id: str | None) -> None:
    """How sure the figures are, and what they cost."""
    left, right = st.columns(2, gap="large")
    with left:
        first = rows.head(MOST_WHISKERS)
        references = literature.references() if measured.chosen() is None else None
        draw(charts.interval_chart, first, catalogue.styles(), baseline_id, references)
        more = (
            f" The first {len(first)} of {len(rows)} models in the table's order."
            if len(first) < len(rows)
            else ""
        )
        st.caption(
            "Where bars overlap, models may still differ: all answered the same faces, and the paired test "
            f"behind Group and Place sees more than two bars do.{more}"
        )
    with right:
        picture = st.empty()
        cost = COSTS[
            choices.one(st.segmented_control, "Against", "cost", list(COSTS), "Speed", required=True)
        ]
        priced = rows.dropna(subset=[cost])
        if priced.empty:
            picture.info("This is not known yet for these models.")
        else:
            with picture.container():
                draw(charts.tradeoff_chart, priced, cost, pareto_front(priced, cost), catalogue.styles())
            unpriced = rows.loc[rows[cost].isna(), "id"].tolist()
            if unpriced:
                st.caption(f"Not known, so not drawn: {listed(unpriced, most=MOST_NAMED)}.")
        offer_measuring(rows)
    if measured.chosen() is None:
        printed.show_sources()


def offer_measuring(rows: pd.DataFrame) -> None:
    """A button that times the models whose speed is not known, on this machine."""
    unknown = set(rows.loc[rows["latency_ms"].isna(), "id"])
    silent = [variant for variant in catalogue.variants() if variant.id in unknown and variant.can_predict]
    if silent:
        identity.trainers_button(
            f"Measure the speed of {len(silent)} here",
            identity.visitor(),
            on_click=lambda: usable(silent, lambda model: measure_latency_ms(model, by=identity.visitor())),
            icon=":material/speed:",
            help="Milliseconds for one face on one processor core; takes a second or two.",
        )


def show_broken(frame: pd.DataFrame) -> None:
    """Folders that can't be used, each with its reason."""
    broken = frame[frame["status"] == Status.BROKEN]
    if not broken.empty:
        count = f"{len(broken)} folders" if len(broken) > 1 else "1 folder"
        with st.expander(f"{count} can't be shown", icon=":material/folder_off:"):
            for row in broken.itertuples():
                st.markdown(without_pictures(f"- **{row.id}** ({row.origin}): {row.reason}"))


def main() -> None:
    """The page."""
    look.opening("Leaderboard", "Which model is best, and is the difference real?")
    with measured.kept_apart() as test_set:
        show(test_set)


def show(test_set: TestSet | None) -> None:
    """Everything below the title, of a test set or of FER2013."""
    baseline = measured.baseline()
    baseline_id = baseline.id if baseline else None
    variants = measured.as_measured(catalogue.variants())
    if test_set is not None and not variants:
        st.info(f"No model has answered {test_set.name} yet.")
        measured.offer_answers(test_set, catalogue.trained_variants())
        return
    if not variants:
        sidebar.no_variants()
        return
    board = paired_tests.board(variants, baseline)
    frame = board.frame
    for sentence in board.errors:
        st.error(without_pictures(sentence), icon=":material/error:")
    with look.answer():
        st.markdown(board.verdict)
    if test_set is not None:
        measured.say(test_set, paired_tests.panel(variants))
        measured.offer_answers(test_set, catalogue.trained_variants())
    rows, sort = controls(frame, baseline_id)
    rows = table.arranged(rows, sort, baseline_id)
    if rows.empty:
        st.info("No model passes these filters; take one away.")
    else:
        if baseline_id:
            st.caption(
                f"Pinned on top: the baseline **{baseline_id}**. ▲ better than it, ▼ worse; of losses, errors, time "
                "and size, less is better. Blue and orange: the difference is real, or needs no test "
                "(time, size). Plain: it could be chance, or was not tested (calibration error)."
            )
        show_table(rows, baseline_id)
    apart = table.measured_apart(rows)
    if apart.any():
        st.caption(
            "Measured on other faces than most, so not ranked, and not in the pictures: "
            f"{listed(rows.loc[apart, 'id'].tolist())}. The protocol stands at the end of the row."
        )
    ranked = rows[~apart].dropna(subset=["accuracy"])
    if not ranked.empty:
        show_pictures(ranked, baseline_id)
    show_broken(frame)
    downloads.table("These rows as CSV", table.without_texts(rows), "leaderboard.csv")


entrance.show(main)
