"""Where do these models differ?"""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dashboard.compare import (
    calibration,
    handout,
    opening,
    pairs,
    slices,
)
from dashboard.reads import catalogue, literature
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    measured,
    share,
    ways,
)
from dashboard.shell.charts import draw
from dashboard.shell.messages import usable
from fer_core import charts
from fer_core.comparison.recipes import recipe_table
from fer_core.comparison.standings import read_outcomes
from fer_core.emotions import EMOTIONS
from fer_core.formats import listed
from fer_core.test_sets.store import TestSet
from fer_core.variants import tested_on
from fer_core.variants.registry import Variant

# How a choice is called on the page and in its link, and the core's name for it.
MEASURES = {"F1": "f1", "Precision": "precision", "Recall": "recall"}
CELLS = {"Rows": "row", "Columns": "column", "Counts": "count"}
HISTORIES = {"Accuracy": "accuracy", "Loss": "loss"}
AVERAGES = ("macro", "micro")
CURVES = (*AVERAGES, *EMOTIONS)

IN_WORDS = {
    "F1": "Precision and recall in one number (F1)",
    "Precision": "When it says so, how often of 100 it is right",
    "Recall": "Of 100 such faces, how many it finds",
}
CURVE_WORDS = {
    "macro": "macro average",
    "micro": "micro average",
}
CURVE_HELP = "Macro: the mean over the seven emotions as equals. Micro: all faces and emotions pooled."
CELL_HELP = "Rows: of 100 faces of an emotion. Columns: of 100 answers of an emotion. Counts: faces."
AUC_WORDS = [
    "Of 100 pairs of such a face and another, how often",
    "the model gives the first the higher probability",
]
SIDE_BY_SIDE = 3
ALL = "All of it"


def choose(label: str, name: str, options: list[str], **arguments: object) -> str:
    """One of a few short options; the first is the default."""
    return choices.one(st.segmented_control, label, name, options, options[0], required=True, **arguments)


def side_by_side(models: list[Variant]) -> Iterator[Variant]:
    """Each model in turn, with a place of its own: three in a row, below each other on a telephone."""
    wide = min(len(models), SIDE_BY_SIDE)
    for start in range(0, len(models), SIDE_BY_SIDE):
        for place, model in zip(st.columns(wide), models[start : start + wide], strict=False):
            with place:
                yield model


def show_per_class(models: list[Variant], clean: bool) -> None:
    """Precision, recall and F1 as a heat table."""
    st.subheader("Emotion by emotion", anchor="emotions")
    measure = choose("Measure", "measure", list(MEASURES))
    table = catalogue.per_class(models, clean)
    title = f"{measure} of each emotion (of 100)"
    draw(charts.heat_table, table, MEASURES[measure], title, catalogue.styles(), [IN_WORDS[measure]])
    columns = ["variant", "emotion", "precision", "recall", "f1", "support"]
    downloads.table("Precision, recall and F1 as CSV", table[columns], "per_class.csv")


def show_confusion(models: list[Variant], baseline: Variant | None, clean: bool) -> None:
    """Confusion matrices side by side, or their differences to the baseline's."""
    st.subheader("Confusion matrices", anchor="confusions")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = CELLS[choose("Cells", "cells", list(CELLS), help=CELL_HELP)]
        difference = choices.flag(
            "Difference to the baseline",
            "difference",
            disabled=baseline is None,
            help="Choose a baseline in the sidebar first." if baseline is None else None,
        )
    if difference and baseline is not None:
        others = [model for model in models if model.id != baseline.id]
        if not others:
            st.info(f"{baseline.id} is the baseline itself: choose another model to see a difference.")
        for model in side_by_side(others):
            matrix = catalogue.confusion_difference(model, baseline, clean, by)
            draw(charts.confusion_difference_chart, matrix, by, model.id)
    else:
        for model in side_by_side(models):
            draw(charts.confusion_chart, catalogue.confusion(model, clean, by), by, model.id)
    with st.container(horizontal=True):
        downloads.table("Counts as CSV", catalogue.confusion_table(models, clean), "confusion.csv")
        ways.to_page(ways.MISTAKES, "See the faces behind the cells", ":material/face:")


def with_certainty(models: list[Variant]) -> list[Variant]:
    """Those that answered with probabilities; the others are named."""
    silent = [model.id for model in models if not model.tells_certainty]
    if silent:
        st.caption(f"Labels alone are known of {listed(silent)}, so how sure it was can't be judged.")
    return [model for model in models if model.tells_certainty]


def show_curves(models: list[Variant], clean: bool) -> None:
    """ROC and precision-recall curves of one emotion or average, and the areas of all."""
    st.subheader("ROC and precision-recall curves", anchor="curves")
    models = with_certainty(models)
    if not models:
        return
    curve = choices.one(
        st.selectbox, "Curve of", "curve", list(CURVES), CURVES[0], width=240, help=CURVE_HELP
    )
    words, styles = CURVE_WORDS.get(curve, curve), catalogue.styles()
    roc, precision_recall = catalogue.roc(models, clean), catalogue.precision_recall(models, clean)
    left, right = st.columns(2, gap="large")
    with left:
        draw(charts.roc_chart, roc[roc["curve"] == curve], styles, f"ROC: {words}")
        downloads.table("ROC curves as CSV", roc, "roc.csv")
    with right:
        rows = precision_recall[precision_recall["curve"] == curve]
        draw(charts.precision_recall_chart, rows, styles, f"Precision-recall: {words}")
        downloads.table("Precision-recall curves as CSV", precision_recall, "precision_recall.csv")
    areas = roc.drop_duplicates(["variant", "curve"])
    layout = {"columns": (*EMOTIONS, *AVERAGES), "column": "curve", "low": 0.5, "digits": 1}
    draw(
        charts.heat_table, areas, "auc", "Area under the ROC curve (AUC), of 100", styles, AUC_WORDS, **layout
    )


def show_reliability(models: list[Variant], clean: bool) -> None:
    """How far each model's certainty can be believed."""
    st.subheader("Is it as sure as it should be?", anchor="certainty")
    models = with_certainty(models)
    if not models:
        return
    st.caption("On the dashed line, certainty is honest; below it, the model is too sure of itself.")
    calibrated = calibration.choose(models)
    for model in side_by_side(models):
        calibration.show_reliability(model, clean, model.id in calibrated)
    calibration.show_table(models, clean)
    downloads.table("Reliability as CSV", catalogue.reliability_table(models, clean), "reliability.csv")


def show_learning(models: list[Variant]) -> None:
    """Training and validation, epoch by epoch."""
    st.subheader("How they learned", anchor="learning")
    histories = catalogue.histories(usable(models, catalogue.history))
    if histories.empty:
        st.info("None of these models kept a history of its training.")
        return
    measure = choose("Learning curve of", "learning", list(HISTORIES))
    printed = literature.epoch_logs(model.id for model in models)
    if not printed.empty and not choices.flag(
        "Also draw the epochs that their reports print",
        "printed",
        help="Faint lines. Their networks learnt from other faces, and often for longer than here.",
    ):
        printed = None
    draw(charts.learning_chart, histories, HISTORIES[measure], catalogue.styles(), printed)
    sentences = {
        model.id: tested_on.curves_of(model) for model in models if model.id in set(histories["variant"])
    }
    for text in tested_on.grouped(sentences):
        st.caption(text)
    downloads.table("Histories as CSV", histories, "history.csv")


def show_recipes(models: list[Variant]) -> None:
    """Only what differs between the recipes."""
    st.subheader("Where their recipes differ", anchor="recipes")
    if len(models) < 2:
        st.info("Choose a second model to see where the recipes differ.")
        return
    differences = recipe_table(models)
    if differences.empty:
        st.info("Their recipes do not differ.")
        return
    st.dataframe(
        differences.reset_index(),
        column_config={"key": st.column_config.TextColumn("Recipe key", pinned=True, width=210)},
        hide_index=True,
        height="content",
        alt="Recipe keys that differ",
    )
    downloads.table("Differences as CSV", differences, "recipes.csv", index=True)


def main() -> None:
    """The page."""
    look.opening("Compare", "Where do these models differ?")
    with measured.kept_apart() as test_set:
        show(test_set)


def show(test_set: TestSet | None) -> None:
    """Everything below the title, of a test set or of FER2013."""
    models = usable(measured.show_chosen(), catalogue.ranked)
    if not models:
        return
    if test_set is not None:
        measured.say(test_set, read_outcomes(models).panels[0])
    baseline = measured.baseline()
    if baseline is not None and baseline.id not in [model.id for model in models]:
        baseline = next(iter(usable([baseline], catalogue.ranked)), None)
    head = opening.show(models, baseline)
    clean = choices.flag(
        "Leave out test faces that are also in the training data (clean)",
        "clean",
        help=look.CLEAN_HELP,
    )
    show_parts(models, baseline, clean)
    with head:
        handout.show(models, baseline, clean, test_set)
        share.show_link("compare")


def show_parts(models: list[Variant], baseline: Variant | None, clean: bool) -> None:
    """One part of the comparison, or all of them below each other."""
    parts = {
        "Emotions": (show_per_class, lambda models, clean: show_confusion(models, baseline, clean)),
        "Pairs and faces": (pairs.show, slices.show),
        "Curves": (show_curves,),
        "Certainty": (show_reliability,),
        "Training": (lambda models, _: show_learning(models), lambda models, _: show_recipes(models)),
    }
    part = choices.one(
        st.segmented_control, "Look closer at", "section", [*parts, ALL], next(iter(parts)), required=True
    )
    for show in [show for shows in parts.values() for show in shows] if part == ALL else parts[part]:
        show(models, clean)


entrance.show(main)
