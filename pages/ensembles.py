"""Are these models better together?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.compare import ensembles
from dashboard.reads import catalogue
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    identity,
    look,
    measured,
    ways,
)
from dashboard.shell.charts import draw
from dashboard.shell.figures import right_aligned
from dashboard.shell.messages import show_errors, usable
from fer_core import charts
from fer_core.data.store import is_imported
from fer_core.evaluation.blends import CHOSEN, EQUAL, FITTED, GREEDY, ROUNDS, Blend
from fer_core.evaluation.ensembles import LOG_MEAN, MEAN
from fer_core.evaluation.significance import ALPHA
from fer_core.formats import NOTHING, counted, give_or_take, listed, nats, of_100, p_in_text, p_value, signed
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import ENSEMBLE_SIZE_LIMIT_BYTES, Variant

# How a choice is called on the page and in its link, and the core's name for it.
WEIGHTS = {"Fitted": FITTED, "Greedy": GREEDY, "Equal": EQUAL}
AVERAGES = {"Probabilities": MEAN, "Logarithms": LOG_MEAN}
MEASURES = {
    "One right, one wrong": "disagreement",
    "Both wrong": "double_fault",
    "Same answer": "same_answer",
}
ROUNDS_OFFERED = ["5", "10", "20", "50"]
DIVERSITY_WORDS = (
    "Models that fail on different faces help each other most: many faces that one alone gets right, few that both "
    "get wrong. The download also has Q: 1 where two are right on the same faces, 0 where independent, below 0 where "
    "one fills the other's gaps (Kuncheva and Whitaker 2003)."
)


def controls() -> tuple[str, str, int]:
    """The core's names of the wished weights and average, and the rounds of the greedy choice."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        weights = choices.one(
            st.segmented_control, "Weights", "weights", list(WEIGHTS), "Fitted", required=True,
            help="Fitted: the smallest log loss on PublicTest. Greedy: one by one the model that helps most there. "
            "PrivateTest, where the figures come from, has no say.",
        )  # fmt: skip
        average = choices.one(
            st.segmented_control, "Average of", "average", list(AVERAGES), "Probabilities", required=True
        )
        rounds = str(ROUNDS)
        if weights == "Greedy":
            rounds = choices.one(st.selectbox, "Rounds", "rounds", ROUNDS_OFFERED, rounds, width=110)
    return WEIGHTS[weights], AVERAGES[average], int(rounds)


def show_answer(table: pd.DataFrame, name: str, members: list[str]) -> None:
    """What they are worth together, and whether that is more than the best of them alone."""
    rows = table.set_index("id")
    together = rows.loc[name]
    best = rows.loc[members, "accuracy"].idxmax()
    real = together["p"] < ALPHA
    worth = (
        f"Together they are right on **{of_100(together['accuracy'], 1)} of 100 faces**, "
        f"give or take {give_or_take(together['lo'], together['hi'])}: "
    )
    if together["gain"] == 0:
        comparison = f"as often as {best} alone."
    else:
        word = "more" if together["gain"] > 0 else "less"
        verdict = "**really {}**" if real else "which **could be chance**"
        verdict = verdict.format("better" if together["gain"] > 0 else "worse") if real else verdict
        comparison = (
            f"{signed(100 * together['gain']).lstrip('+−')} {word} than {best} alone, {verdict} "
            f"({p_in_text(together['p'])})."
        )
    with look.answer():
        st.markdown(worth + comparison)


def show_figures(table: pd.DataFrame, blend: Blend) -> None:
    """Members and ensembles beside each other, and who has how much to say."""
    styles = ensembles.styles()
    left, right = st.columns(2, gap="large")
    with left:
        draw(charts.interval_chart, table, styles)
    with right:
        draw(charts.weight_chart, blend.weights, styles, "The weight of each model")
        st.caption(f"{CHOSEN[blend.chosen][:1].upper()}{CHOSEN[blend.chosen][1:]}.")
    shown = pd.DataFrame(
        {
            "Model": table["id"],
            "Right of 100": [of_100(value) for value in table["accuracy"]],
            "Trained": table["training"].where(~table["brought"], "elsewhere").fillna(NOTHING),
            "Clean": [of_100(value) for value in table["clean_accuracy"]],
            "To the best member": [signed(100 * value) for value in table["gain"]],
            "p": [p_value(value) for value in table["p"]],
            "Macro F1": [of_100(value) for value in table["macro_f1"]],
            "Log loss ↓": [nats(value) for value in table["log_loss"]],
            "Calibration error ↓": [of_100(value) for value in table["ece"]],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        column_config=right_aligned(shown.columns[1:])
        | {
            "Model": st.column_config.TextColumn(pinned=True, width=250),
            "Trained": st.column_config.TextColumn(width=190),  # "32 of at most 200 epochs"
        },
        alt="Members and ensembles with their figures",
    )
    downloads.table("These rows as CSV", table, "ensembles.csv")


def show_diversity(models: list[Variant], clean: bool) -> None:
    """How differently they fail."""
    st.subheader("How differently do they fail?", anchor=False)
    pairs = ensembles.pairs(models, clean)
    measure = choices.one(
        st.segmented_control,
        "Of 100 faces",
        "diversity",
        list(MEASURES),
        "One right, one wrong",
        required=True,
    )
    number = {model.id: index for index, model in enumerate(models, start=1)}
    both = pd.concat([pairs, pairs.rename(columns={"first": "second", "second": "first"})])
    cells = pd.DataFrame(
        {
            "variant": both["first"],
            "other": both["second"].map(lambda name: f"with {number[name]}"),
            "value": both[MEASURES[measure]],
            "note": both["first"].map(lambda name: f"number {number[name]}"),
        }
    ).sort_values("variant", key=lambda names: names.map(number))
    columns = [f"with {index}" for index in number.values()]
    draw(
        charts.heat_table, cells, "value", f"{measure}, of 100 faces", catalogue.styles(),
        columns=columns, column="other",
    )  # fmt: skip
    st.caption(DIVERSITY_WORDS)
    downloads.table("Every pair as CSV", pairs, "diversity.csv")


def offer_saving(models: list[Variant], blend: Blend, how: str, rounds: int) -> None:
    """Name it, save it, and say what came of it."""
    st.subheader("Keep it as a model", anchor=False)
    known = {model.id: model for model in models}
    members = [known[name] for name in blend.weights]
    silent = [member.id for member in members if not member.can_predict]
    if silent:
        st.info(f"Kept without the model file, so no ensemble with it can be saved: {listed(silent)}.")
        return
    job = ensembles.saving()
    int8 = st.checkbox(
        "In int8",
        key=ensembles.INT8,
        disabled=not is_imported(),
        help="About half as large and two to three times as fast, for a few answers that change. Ranges come from "
        "training faces, so the data set has to be imported (Data page).",
    )
    size_mb = ensembles.size_bytes(members, int8) / 1e6
    note = (
        f"One ONNX file of about {size_mb:.1f} MB that runs {counted(len(members), 'network')} for each face; it then "
        "stands on every page. Where the data set is imported, the file answers all test faces again, which takes "
        "minutes."
    )
    if 1e6 * size_mb > ENSEMBLE_SIZE_LIMIT_BYTES:
        note += f" Too large to ship with the repository ({ENSEMBLE_SIZE_LIMIT_BYTES / 1e6:.0f} MB at most)."
    st.caption(note)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name", "ensemble.mine", key=ensembles.NAME, help="family.variant in a-z, 0-9 and _", width=260
        )
        identity.trainers_button(
            "Save as a model",
            identity.visitor(),
            type="primary",
            disabled=job is not None and job.runs,
            on_click=ensembles.start_saving,
            args=([model.id for model in models], blend.chosen, how, rounds),
            icon=":material/save:",
        )
    if job is not None and job.runs:
        wait_for(job)
    elif job is not None:
        show_saved(job, models)


@st.fragment(run_every=1.0)
def wait_for(job: ensembles.Saving) -> None:
    """Look again every second; the whole page is drawn anew at the end."""
    if not job.runs:
        st.rerun()
    st.info(
        f"Saving {job.name}: merging, proving, answering the test faces …", icon=":material/hourglass_top:"
    )


def show_saved(job: ensembles.Saving, models: list[Variant]) -> None:
    """What came of it, and where to go from there."""
    if job.error():
        st.error(job.error(), icon=":material/error:")
        return
    older = (
        " The older one of that name went to the bin, from where Train brings it back."
        if job.in_stead
        else ""
    )
    st.success(f"**{job.name}** is a model like any other now.{older}", icon=":material/check:")
    ways.to_comparison("Compare it with its members", [job.name, *(model.id for model in models)])


def main() -> None:
    """The page."""
    look.opening("Ensembles", "Are these models better together?")
    with measured.kept_apart() as test_set:
        show(test_set)


def show(test_set: TestSet | None) -> None:
    """Everything below the title, of a test set or of FER2013."""
    models = usable(measured.show_chosen(), catalogue.predictions)
    if test_set is not None and models:
        measured.say(test_set, None)
    if not models:
        return
    if len(models) < 2:
        st.info("Choose a second model in the sidebar: one alone has nobody to answer with.")
        return
    clean = choices.flag(
        "Leave out test faces that are also in the training data (clean)",
        "clean",
        help=look.CLEAN_HELP,
    )
    chosen, how, rounds = controls()
    with show_errors():
        name = ensembles.TOGETHER[chosen]
        blend = ensembles.blends(models, how, rounds)[name]
        table = ensembles.table(models, how, rounds, clean)
        show_answer(table, name, [model.id for model in models])
        show_figures(table, blend)
        show_diversity(models, clean)
        offer_saving(models, blend, how, rounds)


entrance.show(main)
