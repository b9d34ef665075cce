"""Mistakes worth looking at, against a sheet of answers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, UnknownVariantError
from fer_core.evaluation.metrics import confusion
from fer_core.evaluation.mistakes import (
    KINDS,
    all_wrong,
    both_wrong_alike,
    cell,
    find,
    hardest_for_all,
    mistake_table,
    one_right_one_wrong,
    pair_counts,
    surest_wrong,
)
from fer_core.evaluation.sheet import AnswerSheet, answer_sheet, demand_split
from tests.fixtures_variants import make_predictions

ANGRY, DISGUST, FEAR, HAPPY, NEUTRAL, SAD, SURPRISE = range(7)

#: Six faces: the label, and what a.one and a.two say how surely.
WORKED = [
    (HAPPY, (HAPPY, 0.9), (SAD, 0.6)),  # 0: one right
    (SAD, (HAPPY, 0.8), (HAPPY, 0.5)),  # 1: both wrong alike
    (FEAR, (SURPRISE, 0.7), (SAD, 0.9)),  # 2: both wrong, each in its way
    (SAD, (HAPPY, 0.95), (HAPPY, 0.7)),  # 3: both wrong alike, and surer
    (ANGRY, (ANGRY, 0.6), (ANGRY, 0.99)),  # 4: both right
    (SAD, (HAPPY, 0.8), (SAD, 0.4)),  # 5: one right, the other as sure as on face 1
]


def worked_sheet() -> AnswerSheet:
    """WORKED; what an answer leaves is spread evenly over the other emotions."""
    probs = np.empty((2, len(WORKED), 7), np.float32)
    for face, (_, *answers) in enumerate(WORKED):
        for model, (answer, confidence) in enumerate(answers):
            probs[model, face] = (1 - confidence) / 6
            probs[model, face, answer] = confidence
    count = len(WORKED)
    label = np.array([face[0] for face in WORKED], np.int64)
    image = np.array([f"picture_{face}" for face in range(count)])
    leaked = np.arange(count) == 3
    split = np.full(count, "PrivateTest")
    return AnswerSheet(("a.one", "a.two"), split, np.arange(count), image, label, leaked, probs)


@pytest.fixture
def sheet() -> AnswerSheet:
    return worked_sheet()


@pytest.fixture(scope="module")
def many() -> AnswerSheet:
    """Three variants of rising skill on 700 faces."""
    made = {f"m.m{seed}": make_predictions(700, seed, skill=seed) for seed in (1, 2, 3)}
    return answer_sheet(made).of("PrivateTest")


def test_surest_wrong_lists_wrong_answers_by_certainty_and_ties_in_the_order_of_the_split(sheet):
    assert surest_wrong(sheet, "a.one").tolist() == [3, 1, 5, 2]
    assert surest_wrong(sheet, "a.two").tolist() == [2, 3, 0, 1]


def test_all_wrong_lists_what_nobody_knows_by_the_mean_certainty(sheet):
    assert all_wrong(sheet).tolist() == [3, 2, 1]  # means 0.825, 0.8, 0.65


def test_hardest_for_all_lists_labels_that_guessing_would_give_more(sheet):
    # means: 0.483, 0.058, 0.033, 0.029, 0.795, 0.217; guessing gives 0.143
    assert hardest_for_all(sheet).tolist() == [3, 2, 1]


def test_both_wrong_alike_wants_the_same_wrong_answer(sheet):
    assert both_wrong_alike(sheet, "a.one", "a.two").tolist() == [3, 1]
    assert both_wrong_alike(sheet, "a.two", "a.one").tolist() == [3, 1]


def test_one_right_one_wrong_has_a_direction(sheet):
    assert one_right_one_wrong(sheet, "a.one", "a.two").tolist() == [0]
    assert one_right_one_wrong(sheet, "a.two", "a.one").tolist() == [5]


def test_a_cell_holds_the_faces_of_one_emotion_taken_for_another(sheet):
    assert cell(sheet, "a.one", "sad", "happy").tolist() == [3, 1, 5]
    assert cell(sheet, "a.one", "angry", "angry").tolist() == [4]
    assert cell(sheet, "a.one", "disgust", "happy").tolist() == []


def test_cells_are_as_large_as_the_confusion_matrix_says(many):
    counts = confusion(many.label, many.predicted[1])
    for true, predicted in [(0, 3), (3, 3), (6, 1)]:
        found = cell(many, "m.m2", EMOTIONS[true], EMOTIONS[predicted])
        assert len(found) == counts[true, predicted]


def test_right_wrong_and_alike_add_up_to_all_faces(many):
    first, second = "m.m1", "m.m3"
    wrong = set(surest_wrong(many, first)) & set(surest_wrong(many, second))
    only = len(one_right_one_wrong(many, first, second)), len(one_right_one_wrong(many, second, first))
    both_right = (many.predicted[[0, 2]] == many.label).all(axis=0).sum()
    assert both_right + sum(only) + len(wrong) == len(many)
    assert set(both_wrong_alike(many, first, second)) <= wrong


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.models == 2])
def test_pairs_are_counted_as_the_search_finds_them(many, kind):
    counts = pair_counts(many, kind)
    for row, first in enumerate(many.ids):
        for column, second in enumerate(many.ids):
            if row != column:
                assert counts[row, column] == len(find(many, kind, first, second))
    with pytest.raises(ValueError, match="no search about two variants"):
        pair_counts(many, "all_wrong")


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_gives_the_same_list_again_and_no_face_twice(many, kind):
    arguments = ("m.m1", "m.m2", "sad", "fear")
    found = find(many, kind, *arguments)
    assert len(found)
    assert len(set(found.tolist())) == len(found)
    assert found.tolist() == find(many, kind, *arguments).tolist()


def test_without_leaked_faces_the_others_keep_their_place_in_the_split(sheet):
    clean = sheet.of("PrivateTest", clean=True)
    assert clean.row.tolist() == [0, 1, 2, 4, 5]
    assert clean.row[surest_wrong(clean, "a.one")].tolist() == [1, 5, 2]


def test_a_sheet_is_one_split_of_what_variants_answered(many):
    answers = make_predictions(70, 4)
    sheet = answer_sheet({"a.one": answers}).of("PublicTest")
    public = answers.of("PublicTest")
    assert sheet.image.tolist() == public.image.tolist()
    assert np.array_equal(sheet.probs[0], public.probs)
    with pytest.raises(CardError, match="a.one has no answers for PublicTest"):
        demand_split(answer_sheet({"a.one": answers.of("PrivateTest")}), "PublicTest")


def test_the_table_tells_every_probability_of_every_variant(sheet):
    table = mistake_table(sheet, np.array([3, 0]))
    assert table["rank"].tolist() == [1, 1, 2, 2]
    assert table["image"].tolist() == ["picture_3"] * 2 + ["picture_0"] * 2
    assert table["variant"].tolist() == ["a.one", "a.two"] * 2
    assert table["label"].tolist() == ["sad", "sad", "happy", "happy"]
    assert table["answer"].tolist() == ["happy", "happy", "happy", "sad"]
    assert table["leaked"].tolist() == [True, True, False, False]
    assert np.allclose(table[list(EMOTIONS)].sum(axis=1), 1)
    assert table["confidence"].tolist() == pytest.approx([0.95, 0.7, 0.9, 0.6])
    assert mistake_table(sheet, np.array([], np.int64)).empty


def test_what_is_not_there_is_said(sheet):
    with pytest.raises(UnknownVariantError, match="a.three"):
        surest_wrong(sheet, "a.three")
    with pytest.raises(ValueError, match="no search 'worst'"):
        find(sheet, "worst", "a.one")
    with pytest.raises(ValueError, match="second variant"):
        find(sheet, "both_wrong_alike", "a.one")
    with pytest.raises(ValueError, match="true and a predicted"):
        find(sheet, "cell", "a.one")
