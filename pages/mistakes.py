"""Which faces fool the models?"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.faces import cards as face_cards
from dashboard.faces import mistakes
from dashboard.faces.mistakes import Question
from dashboard.reads import catalogue, dataset
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    measured,
    missing,
)
from dashboard.shell.charts import draw_clickable
from fer_core import charts
from fer_core.charts.palette import emotion_label
from fer_core.data.split import Split, SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation import metrics
from fer_core.evaluation.mistakes import KINDS
from fer_core.evaluation.sheet import AnswerSheet
from fer_core.formats import whole
from fer_core.machine.csv_text import csv_text
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

A_PAGE = 12
CELL_KIND = "cell"
PAIR_WORDS = {
    "one_right_one_wrong": [
        "Faces that the row's model gets right and",
        "the column's wrong; click a pair",
    ],
    "both_wrong_alike": ["Faces on which both give the same wrong answer;", "click a pair to see them"],
}
CARD_WORDS = (
    "Each line is a model and each column an emotion, in percent; the framed cell is the model's answer, the "
    "underlined emotion is the label."
)
HEAT_HELP = "Grad-CAM of what each model answers, on its last layer with places; the page Explain says more."


def choose_kind(models: list[Variant]) -> tuple[str, str, str | None]:
    """What to look for, and about which one or two models."""
    ids, kinds = [model.id for model in models], mistakes.kinds_for(models)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = choices.one(
            st.selectbox, "Look for", "kind", kinds, kinds[0], width=250,
            format_func=lambda name: KINDS[name].title, help="Choose two models in the sidebar to ask about a pair.",
        )  # fmt: skip
        needed = KINDS[kind].models
        first = choices.one(
            st.selectbox, "Model" if needed < 2 else "First model", "first", ids, ids[0], width=250,
            help="Whose confusion matrix is shown below, and whose mistakes are looked for.",
        )  # fmt: skip
        second = None
        if needed == 2:
            others = [name for name in ids if name != first]
            second = choices.one(st.selectbox, "Second model", "second", others, others[0], width=250)
    st.caption(KINDS[kind].meaning)
    return kind, first, second


def choose_faces(test_set: TestSet | None) -> tuple[str, bool]:
    """Which test split, where there are two, and whether leaked faces are left out."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = SplitName.PRIVATE_TEST
        if test_set is None:
            split = choices.one(
                st.segmented_control,
                "Test faces",
                "split",
                [SplitName.PRIVATE_TEST, SplitName.PUBLIC_TEST],
                SplitName.PRIVATE_TEST,
                required=True,
            )
        clean = choices.flag(
            "Leave out faces that are also in the training data (clean)",
            "clean",
            help=look.CLEAN_HELP,
        )
    return split, clean


def choose_cell(answers: AnswerSheet, question: Question) -> Question:
    """The question with the cell of the confusion matrix that was clicked, or chosen by name below it."""
    first, kind = question.first, question.kind
    counts = metrics.confusion(answers.label, answers.predicted[answers.place(first)])
    true, answered = commonest(counts)
    chart = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pick = partial(choose_emotion, in_cells=kind == CELL_KIND)
        true = pick("True emotion", "true", true)
        answered = pick("Answered", "answered", answered)
    framed = (true, answered) if kind == CELL_KIND else None
    with chart:
        key = "confusion " + " ".join(map(str, (first, answers.split_name, len(answers), framed)))
        draw_clickable(key, take_click, charts.confusion_picker, counts, first, framed)
    return replace(question, true=true, answered=answered)


def choose_emotion(label: str, name: str, commonest: str, in_cells: bool) -> str:
    """One side of a cell, the ``commonest`` mistake's at first; while other faces are listed none is chosen."""
    if not in_cells:
        choices.set_choice(name, None)
    chosen = choices.one(
        st.selectbox, label, name, list(EMOTIONS), commonest if in_cells else None, width=130,
        format_func=emotion_label, on_change=look_into_cells, always_in_link=in_cells, index=None, placeholder="Any",
    )  # fmt: skip
    return chosen or commonest


def choose_pair(answers: AnswerSheet, question: Question) -> None:
    """How many faces each pair has, to click; the two models are also chosen by name above."""
    title = KINDS[question.kind].title
    pair = (question.first, question.second)
    key = "pairs " + " ".join((question.kind, answers.split_name, str(len(answers)), *answers.ids, *pair))
    counts = mistakes.pair_counts(answers, question.kind)
    draw_clickable(
        key,
        take_pair,
        charts.pair_picker,
        counts,
        answers.ids,
        catalogue.styles(),
        title,
        PAIR_WORDS[question.kind],
        pair,
    )


def take_pair(selected: dict[str, Any]) -> None:
    """A click on a pair chooses its two models."""
    pairs = selected.get(charts.PAIR) or []
    first, second = (pairs[0][name] for name in charts.PAIR_FIELDS) if pairs else ("", "")
    if first != second:
        choices.set_choice("first", first)
        choices.set_choice("second", second)


def commonest(counts: np.ndarray) -> tuple[str, str]:
    """The true and the answered emotion of the mistake made most often."""
    off = counts - np.diag(counts.diagonal())
    true, answered = np.unravel_index(off.argmax(), off.shape)
    return EMOTIONS[true], EMOTIONS[answered]


def take_click(selected: dict[str, Any]) -> None:
    """A click on a cell chooses it."""
    cells = selected.get(charts.CELL) or []
    if cells:
        true, answered = (cells[0][name] for name in charts.CELL_FIELDS)
        choices.set_choice("true", true)
        choices.set_choice("answered", answered)
        look_into_cells()


def look_into_cells() -> None:
    """Whoever picks an emotion wants to see the cell."""
    choices.set_choice("kind", CELL_KIND)


def show_list(
    answers: AnswerSheet,
    question: Question,
    pictures: Split | None,
    models: list[Variant],
    test_set: TestSet | None,
) -> None:
    """The faces found, a page of them at a time, and all of them to download."""
    found = mistakes.find(answers, question)
    with look.answer():
        st.markdown(mistakes.answer_sentence(answers, question, len(found)))
    if not len(found):
        st.info("No face is like that.")
        return
    pages = math.ceil(len(found) / A_PAGE)
    here = st.container()
    number = choices.page(
        "faces", pages, (question, answers.split_name, len(answers), answers.ids, test_set and test_set.name)
    )
    shown = found[(number - 1) * A_PAGE : number * A_PAGE]
    with here:
        first = (number - 1) * A_PAGE + 1
        st.caption(f"Faces {whole(first)} to {whole(first + len(shown) - 1)} of {whole(len(found))}.")
        if pictures is not None:
            heat = choices.flag("Show where the models looked", "heat", help=HEAT_HELP)
            st.caption(CARD_WORDS)
            cards = mistakes.faces(answers, shown, question, pictures, test_set)
            cards = mistakes.with_maps(cards, models) if heat else cards
            face_cards.draw_grid(cards, catalogue.styles())
        else:
            say_why_without_pictures()
            st.dataframe(
                mistakes.list_table(answers, shown), hide_index=True, height="content", alt="The faces found"
            )
    downloads.text(
        f"All {whole(len(found))} as CSV",
        lambda: csv_text(mistakes.download_table(answers, found, pictures, test_set)),
        f"mistakes_{question.kind}.csv",
    )


def say_why_without_pictures() -> None:
    """One sentence on how to see the faces."""
    if dataset.stamp() is None:
        missing.offer(
            "Each row is a test face by its name in FER2013, with what the models said about it. The pictures can't be "
            "shipped with Faceoff."
        )
    else:
        st.info("These models were measured on other faces than are imported here, so none can be shown.")


def main() -> None:
    """The page."""
    look.opening("Mistakes", "Which faces fool the models?")
    with measured.kept_apart() as test_set:
        show(test_set)
    st.caption(
        "An expression is not a feeling: labels of these pictures are opinions, and people agree with them on roughly "
        "two faces in three."
    )


def show(test_set: TestSet | None) -> None:
    """Everything below the title, of a test set or of FER2013."""
    models = mistakes.comparable(measured.show_chosen())
    if not models:
        return
    if test_set is not None:
        measured.say(test_set, None)
        if test_set.faces_of:
            mistakes.show_sides(test_set, models)
    kind, first, second = choose_kind(models)
    split, clean = choose_faces(test_set)
    answers = mistakes.sheet(models, split, clean)
    left, right = st.columns([2, 3], gap="large")
    question = Question(kind, first, second)
    with left:
        if second:
            choose_pair(answers, question)
        else:
            question = choose_cell(answers, question)
    with right:
        show_list(answers, question, mistakes.pictures_for(answers, test_set), models, test_set)


entrance.show(main)
