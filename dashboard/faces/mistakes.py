"""The chosen models' mistakes: the question, what is found, and the faces as cards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.faces.cards import FaceCard
from dashboard.pictures import heat_maps
from dashboard.reads import catalogue, dataset, test_sets
from dashboard.shell import downloads
from dashboard.shell.messages import usable
from fer_core.charts.palette import emotion_label
from fer_core.data.copies import Copy
from fer_core.data.split import Split, SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation import mistakes
from fer_core.evaluation.mistakes import KINDS
from fer_core.evaluation.predictions import read_predictions
from fer_core.evaluation.sheet import AnswerSheet, answer_sheet, demand_split
from fer_core.faces.cuts import Squares
from fer_core.formats import listed, of_100, whole
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

#: Heat maps are drawn so large, twice as large as they are shown.
MAP_SIDE = 132
_Files = tuple[tuple[str, tuple[str, int]], ...]


@dataclass(frozen=True)
class Question:
    """A viewer's question: a search of KINDS about ``first``, perhaps ``second``, perhaps one cell."""

    kind: str
    first: str
    second: str | None = None
    true: str | None = None
    answered: str | None = None


def comparable(models: list[Variant]) -> list[Variant]:
    """Those of the models that were measured on the same faces as the first; of each other one it is said why not."""
    readable = usable(models, lambda model: _answers(_files([model])))
    return usable(readable, lambda model: _answers(_files([readable[0], model])))


def sheet(models: list[Variant], split: str, clean: bool) -> AnswerSheet:
    """The models' answers for one split, without leaked faces if ``clean``."""
    return demand_split(_answers(_files(models)), split).of(split, clean)


def find(answers: AnswerSheet, question: Question) -> np.ndarray:
    """The places of the faces that answer the question, the clearest first."""
    return mistakes.find(
        answers, question.kind, question.first, question.second, question.true, question.answered
    )


def pair_counts(answers: AnswerSheet, kind: str) -> np.ndarray:
    """How many faces each pair of models has, int64 (V, V)."""
    return mistakes.pair_counts(answers, kind)


def answer_sentence(answers: AnswerSheet, question: Question, count: int) -> str:
    """How many faces that is, in words (Markdown)."""
    of_all = f"**{whole(count)} of {whole(len(answers))} faces**"
    every = f"All {len(answers.ids)} models are" if len(answers.ids) > 1 else f"**{answers.ids[0]}** is"
    if question.kind == "surest_wrong":
        return f"**{question.first}** is wrong on {of_all}."
    if question.kind == "all_wrong":
        return f"{every} wrong on {of_all}."
    if question.kind == "hardest_for_all":
        who = (
            f"the {len(answers.ids)} models together give"
            if len(answers.ids) > 1
            else f"{answers.ids[0]} gives"
        )
        return f"On {of_all} {who} the label less than guessing would."
    if question.kind == "both_wrong_alike":
        return f"**{question.first}** and **{question.second}** give the same wrong answer on {of_all}."
    if question.kind == "one_right_one_wrong":
        return f"**{question.first}** is right and **{question.second}** is wrong on {of_all}."
    labelled = int((answers.label == EMOTIONS.index(question.true)).sum())
    return (
        f"**{question.first}** says {emotion_label(question.answered)} on **{whole(count)} of {whole(labelled)} "
        f"faces** labelled {emotion_label(question.true)}."
    )


def faces(
    answers: AnswerSheet,
    places: np.ndarray,
    question: Question,
    pictures: Split | None,
    test_set: TestSet | None = None,
) -> list[FaceCard]:
    """The faces at ``places`` as cards; ``pictures`` is their split where it is imported, or the test set's."""
    copies = dataset.copies_of(answers.split_name) if pictures is not None and test_set is None else {}
    stands_in = test_sets.copies(test_set) if test_set else None
    before = test_sets.first_labels(test_set) if test_set and test_set.faces_of else None
    model = answers.place(question.second if question.kind == "one_right_one_wrong" else question.first)
    rows = rows_in(pictures, answers, places)
    kept = _kept(pictures, rows.tolist(), test_set)
    cards = []
    for at, (place, row) in enumerate(zip(places.tolist(), rows.tolist(), strict=True)):
        label = EMOTIONS[answers.label[place]]
        top = int(answers.predicted[model, place])
        cards.append(
            FaceCard(
                pixels=kept[at] if kept else None,
                name=str(answers.image[place]),
                place=int(answers.row[place]) + 1,
                label=label,
                answers=dict(zip(answers.ids, answers.probs[:, place], strict=True)),
                said=f"called {EMOTIONS[top]}, {of_100(float(answers.confidence[model, place]))}\u00a0%"
                if KINDS[question.kind].models
                else "",
                doubt=doubt_words(copies.get(row, ()), label)
                if before is None
                else relabelled_words(int(before[row]), label),
                leak=own_leak_words(str(stands_in[row]))
                if stands_in is not None
                else leak_words(copies.get(row, ()), bool(answers.leaked[place])),
            )
        )
    return cards


def _kept(pictures: Split | None, rows: list[int], test_set: TestSet | None) -> list[np.ndarray]:
    """The pictures of these rows, a test set's as large as they were kept; nothing where they are not here."""
    if test_set is not None:
        return test_sets.pictures(test_set, rows)
    return list(pictures.faces[rows]) if pictures is not None else []


def with_maps(cards: list[FaceCard], models: list[Variant]) -> list[FaceCard]:
    """The cards with a heat map of each model that can be run; their pictures must be at hand."""
    able = [model for model in models if model.can_predict]
    found = heat_maps.overlays(Squares([card.pixels for card in cards]), able, MAP_SIDE)
    return [
        replace(card, maps={name: maps[place] for name, maps in found.items()})
        for place, card in enumerate(cards)
    ]


def doubt_words(copies: tuple[Copy, ...], label: str) -> str:
    """Said where copies of the picture carry other labels; else ""."""
    others = list(dict.fromkeys(copy.emotion for copy in copies if copy.emotion != label))
    return f"Label in doubt: copies of this picture carry other labels ({listed(others)})." if others else ""


def leak_words(copies: tuple[Copy, ...], leaked: bool) -> str:
    """Said where training or model choice has seen the picture; else ""."""
    if not leaked:
        return ""
    if not copies:
        return "A copy stands in the training data."
    where = (
        SplitName.TRAINING
        if any(copy.split == SplitName.TRAINING for copy in copies)
        else SplitName.PUBLIC_TEST
    )
    return f"A copy stands in {where}."


def relabelled_words(before: int, label: str) -> str:
    """Said of a picture that had another label before; else ""."""
    return f"Labelled {EMOTIONS[before]} in FER2013." if EMOTIONS[before] != label else ""


def show_sides(test_set: TestSet, models: list[Variant]) -> None:
    """Which of the models' mistakes by FER2013's labels the new ones side with, a row a model."""
    table = test_sets.sides(test_set, models)
    shown = pd.DataFrame(
        {
            "Model": table["variant"],
            "Wrong by FER2013's labels": table["wrong"],
            "of these right by the new": table["sided"],
            "Right by FER2013's": table["right"],
            "of these wrong by the new": table["lost"],
        }
    )
    st.caption(f"Whom do the new labels side with? {whole(test_set.count)} faces have both labels.")
    st.dataframe(shown, hide_index=True, height="content", alt="Mistakes by both labellings")
    downloads.table("Both labellings as CSV", table, "sides.csv")


def own_leak_words(stands_in: str) -> str:
    """Said of a picture of a test set that is a picture of the imported data too."""
    return f"The same picture stands in {stands_in} of the imported data." if stands_in else ""


def pictures_for(answers: AnswerSheet, test_set: TestSet | None = None) -> Split | None:
    """The split that these answers are about: the imported one, or the test set's; None where it is not here."""
    if test_set is not None:
        return test_sets.faces(test_set)
    if dataset.stamp() is None or not len(answers):
        return None
    found = dataset.split(answers.split_name)
    return found if (found.rows_of(answers.image, answers.label) >= 0).all() else None


def rows_in(pictures: Split | None, answers: AnswerSheet, places: np.ndarray) -> np.ndarray:
    """The rows of the faces at ``places`` in their split."""
    if pictures is None:
        return answers.row[places]
    return pictures.rows_of(answers.image[places], answers.label[places])


def list_table(answers: AnswerSheet, places: np.ndarray) -> pd.DataFrame:
    """One row a face, each model's answer and its certainty in words."""
    names = np.array(EMOTIONS, object)
    columns = {
        "No.": answers.row[places] + 1,
        "Picture": answers.image[places],
        "Labelled": names[answers.label[places]],
    }
    for model, name in enumerate(answers.ids):
        said = names[answers.predicted[model, places]]
        sure = answers.confidence[model, places].tolist()
        columns[name] = [f"{word} {of_100(value)} %" for word, value in zip(said, sure, strict=True)]
    columns["Copy in training data"] = np.where(answers.leaked[places], "yes", "")
    return pd.DataFrame(columns)


def download_table(
    answers: AnswerSheet, places: np.ndarray, pictures: Split | None, test_set: TestSet | None = None
) -> pd.DataFrame:
    """The list with every probability; ``label_in_doubt`` where the pictures are here to show it."""
    table = mistakes.mistake_table(answers, places)
    if test_set is not None:
        return table.assign(split=test_set.name)
    if pictures is None:
        return table
    copies = dataset.copies_of(answers.split_name)
    rows = rows_in(pictures, answers, places).tolist()
    labels = [EMOTIONS[label] for label in answers.label[places]]
    doubts = [bool(doubt_words(copies.get(row, ()), label)) for row, label in zip(rows, labels, strict=True)]
    return table.assign(label_in_doubt=np.repeat(np.array(doubts, bool), len(answers.ids)))


def kinds_for(models: list[Variant]) -> list[str]:
    """The searches that so many models allow."""
    return [name for name, kind in KINDS.items() if kind.models <= len(models)]


def _files(models: list[Variant]) -> _Files:
    return tuple((model.id, catalogue.stamp(model.predictions_path)) for model in dict.fromkeys(models))


@st.cache_resource(max_entries=40, show_spinner=False)
def _answers(files: _Files) -> AnswerSheet:
    return answer_sheet({name: read_predictions(Path(file)) for name, (file, _) in files})
