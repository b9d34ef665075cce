"""May I use this model, and for what?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue, literature
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    sidebar,
    ways,
)
from dashboard.shell.charts import draw
from dashboard.shell.figures import right_aligned
from dashboard.shell.messages import usable
from fer_core import charts, paths
from fer_core.data.split import FER2013, Measured
from fer_core.errors import without_pictures
from fer_core.formats import (
    duration,
    give_or_take,
    listed,
    megabytes,
    millions,
    milliseconds,
    nats,
    of_100,
    signed,
    whole,
)
from fer_core.variants import tested_on
from fer_core.variants.corrections import recipe_corrections
from fer_core.variants.facts import BROUGHT, Status
from fer_core.variants.latency import read_latencies
from fer_core.variants.registry import Variant
from fer_core.variants.repeats import repeats_of, spread
from fer_core.variants.texts import BROUGHT_LICENCE, DATA_TERMS, LICENCE, RECIPE_LICENCE

FIGURE_WIDTH = 165

#: Files to download: name in the folder, label, media type.
FILES = (
    (paths.MODEL, "Model (ONNX)", "application/octet-stream"),
    (paths.WEIGHTS, "Native weights", "application/octet-stream"),
    (paths.CARD, "Card", "text/markdown"),
    (paths.PREDICTIONS, "Predictions", "application/vnd.apache.parquet"),
    (paths.HISTORY, "History", "text/csv"),
    (paths.ROBUSTNESS, "Robustness", "text/csv"),
    (paths.HEAT_MAPS, "Heat maps of many faces", "application/octet-stream"),
    (paths.RECIPE, "Recipe", "application/yaml"),
)


def choose_variant() -> Variant:
    """Any variant, a recipe or a broken one too; the first chosen model unless the viewer says otherwise."""
    variants = {variant.id: variant for variant in catalogue.variants()}
    chosen = sidebar.chosen()
    first = next((each.id for each in chosen), None) or next(iter([*catalogue.best_ids(1), *variants]))
    name = choices.one(st.selectbox, "Model", "variant", list(variants), first, always_in_link=True)
    return variants[name]


def show_answer(variant: Variant) -> None:
    """How good it is in words, or why there is nothing to say."""
    if variant.status == Status.BROKEN:
        st.error(without_pictures(variant.reason), icon=":material/folder_off:")
        return
    if sentence := catalogue.contradiction_of(variant):
        st.error(without_pictures(sentence), icon=":material/error:")
    sidebar.show_chips([variant], {variant.id: variant.framework})
    figures, clean = variant.metrics(), variant.metrics(Measured.CLEAN)
    with look.answer():
        if figures is None:
            st.markdown(
                "**A recipe only**: it has not been trained here, so there is no model and no figure yet."
            )
        else:
            shares = [
                (of_100(block["accuracy"], 0), give_or_take(*block["accuracy_ci95"]))
                for block in (figures, clean)
            ]
            st.markdown(
                "Right on **{} of 100 faces**, give or take {}. On the faces that are not also in the "
                "training data, on **{} of 100**, give or take {}.".format(*shares[0], *shares[1])
                + length_sentence(variant)
            )


def show_terms(variant: Variant) -> None:
    """Under which terms it may be used."""
    facts = variant.card.faceoff
    given = facts.get("licence")
    of_others = f"Its owner gives the model under this licence: {given}." if given else BROUGHT_LICENCE
    ours = RECIPE_LICENCE if variant.status == Status.RECIPE_ONLY else LICENCE
    terms = [of_others if variant.framework in BROUGHT else ours]
    if facts.get("dataset", FER2013) == FER2013:
        terms.append(DATA_TERMS)
    st.markdown(f":material/balance: **May I use it?** {' '.join(terms)}")


def show_ways(variant: Variant) -> None:
    """To the pages where it is seen at work, with it among the chosen models."""
    if variant.status != Status.TRAINED:
        return
    with st.container(horizontal=True):
        ids = [variant.id, *(each.id for each in sidebar.chosen() if each.id != variant.id)][: sidebar.MOST]
        ways.to_comparison("Compare it", ids)
        if variant.can_predict:
            chosen = {sidebar.MODELS: ids}
            ways.to_page(ways.TRY, "Try it on a picture", ":material/add_a_photo:", chosen)


def show_emotions(variant: Variant) -> None:
    """How good it is at each emotion."""
    if not usable([variant], catalogue.predictions):
        return
    table = catalogue.per_class([variant], False)
    title = "F1 of each emotion (of 100)"
    draw(
        charts.heat_table,
        table,
        "f1",
        title,
        catalogue.styles_with(variant.id),
        ["Precision and recall in one"],
    )
    shown = pd.DataFrame(
        {
            "Emotion": table["emotion"],
            "Faces": [whole(count) for count in table["support"]],
            **{
                name: [of_100(value) for value in table[name.lower()]]
                for name in ("Recall", "Precision", "F1")
            },
        }
    )
    right = right_aligned(list(shown)[1:])
    with st.expander("Recall and precision of each emotion"):
        st.dataframe(
            shown, hide_index=True, column_config=right, height="content", alt="Figures of each emotion"
        )
        st.caption(
            "Of 100. Recall: of such faces, how many it finds. Precision: when it says so, how often it is right."
        )
        downloads.table("These figures as CSV", table, f"{variant.id}.emotions.csv")


def show_corrections(variant: Variant) -> None:
    """That its recipe is another one now, where it has been corrected since it was trained."""
    corrections = recipe_corrections(variant)
    if corrections:
        st.warning(
            f"**Its recipe has been corrected since this training**, in {len(corrections)} "
            f"{'value' if len(corrections) == 1 else 'values'}: until it is trained again, its figures are those of "
            "the recipe below, not of the corrected one.",
            icon=":material/history:",
        )
        with st.expander("What has been corrected"):
            st.markdown("\n".join(f"- `{one}`" for one in corrections))


def length_sentence(variant: Variant) -> str:
    """How far it was trained, as a sentence with a space before it; nothing for what has no epochs of its own."""
    length = variant.training_length
    if length is None:
        return ""
    mind = "; longer training may improve it" if length.whole is False else ""
    return f" Trained for **{length.text}**{length.how}{mind}."


def show_figures(variant: Variant) -> None:
    """The figures that decide whether to use it."""
    figures = variant.metrics()
    latency = read_latencies([variant]).get(variant.id)
    reported = variant.reported_accuracy
    with st.container(horizontal=True):
        if figures:
            low, high = figures["accuracy_ci95"]
            figure(
                "Right of 100",
                of_100(figures["accuracy"]),
                f"Accuracy; 95 % interval {of_100(low)}–{of_100(high)}",
            )
            figure("Macro F1, of 100", of_100(figures["macro_f1"]), "All seven emotions as equals.")
            figure("Log loss", nats(figures["log_loss"]), "In nats; lower is better.")
            figure("Calibration error", of_100(figures["ece"]), "Of 100 (ECE); lower is better.")
        if reported:
            figure(
                "Reported, of 100",
                of_100(reported["value"]),
                f"Under its own protocol: {reported.get('protocol')}",
            )
        if reported and figures:
            difference = signed(100 * (figures["accuracy"] - reported["value"]))
            figure("Ours − reported", difference, "Points of 100. The protocols differ: not a ranking.")
        adjusted = f"How many numbers training adjusted: {whole(variant.parameters)}."
        figure("Parameters, million", millions(variant.parameters), adjusted)
        if variant.size_bytes:
            figure("Model file, MB", megabytes(variant.size_bytes / 1e6), "Megabytes of the ONNX file.")
        if latency is not None:
            figure("ms per face", milliseconds(latency), "Median, one face, one processor core.")


def show_repeats(variant: Variant) -> None:
    """What other seeds made of the same recipe, where it was repeated."""
    repeats = repeats_of(variant.id, catalogue.variants())
    if repeats is None:
        return
    table = spread(repeats, catalogue.variants())
    accuracy = table.loc["accuracy"]
    st.markdown(
        f"One of **{len(repeats)} runs** of this recipe with different seeds: right on "
        f"**{of_100(accuracy['mean'])} ± {of_100(accuracy['sd'])} of 100 faces** "
        f"(mean ± standard deviation; {of_100(accuracy['least'])} to {of_100(accuracy['most'])})."
    )
    with st.expander("All figures over the repeats"):
        st.dataframe(table, alt="Mean, standard deviation, least and greatest of each figure")
        st.caption(
            f"Runs: {listed([f'{name} (seed {seed})' for name, seed in zip(repeats.ids, repeats.seeds, strict=True)])}."
        )
        downloads.table("These figures as CSV", table.reset_index(), f"{variant.id}.repeats.csv")


def figure(label: str, value: str, explanation: str) -> None:
    """One number with its name; two of them fit beside each other on a telephone."""
    st.metric(label, value, help=explanation, width=FIGURE_WIDTH, border=True)


def show_training(variant: Variant) -> None:
    """How it learned, and its recipe."""
    histories = catalogue.histories(usable([variant], catalogue.history))
    printed = literature.epoch_logs([variant.id])
    if not histories.empty or not printed.empty:
        for measure in ("accuracy", "loss"):
            draw(charts.learning_chart, histories, measure, catalogue.styles_with(variant.id), printed)
        took = variant.card.faceoff.get("duration_s") if variant.card else None
        if took is not None and variant.training_length is not None:
            st.caption(f"{variant.training_length.text} in {duration(took)}.")
        if not histories.empty and (faces := tested_on.curves_of(variant)):
            st.caption(faces)
    if variant.recipe_path is not None:
        with st.expander("Recipe", icon=":material/receipt_long:"):
            st.code(variant.recipe_path.read_text(encoding="utf-8", errors="replace"), language="yaml")


def show_downloads(variant: Variant) -> None:
    """Every file of the variant that is there."""
    if not any((variant.folder / name).is_file() for name, _, _ in FILES):
        return
    st.subheader("Downloads", anchor=False)
    with st.container(horizontal=True):
        for name, label, mime in FILES:
            path = variant.folder / name
            if path.is_file():
                downloads.file(label, path, f"{variant.id}.{name}", mime)


def main() -> None:
    """The page."""
    look.opening("Model card", "May I use this model, and for what?")
    if not catalogue.variants():
        sidebar.no_variants()
        return
    variant = choose_variant()
    show_answer(variant)
    if variant.status != Status.BROKEN:
        show_corrections(variant)
        show_ways(variant)
        show_figures(variant)
        show_terms(variant)
        show_repeats(variant)
        if variant.status == Status.TRAINED:
            show_emotions(variant)
        prose, training = st.columns([3, 2], gap="large")
        with training:
            show_training(variant)
        with prose:
            st.markdown(without_pictures(variant.card.body.removeprefix(f"# {variant.id}").strip()))
    show_downloads(variant)


entrance.show(main)
