"""Which faces fool the models: stored answers searched for the mistakes worth looking at.

Every search gives places in an :class:`AnswerSheet`, int64 (n,), the clearest case first; ties
keep the order of the split, so the same answers always give the same list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.sheet import AnswerSheet


@dataclass(frozen=True)
class MistakeKind:
    """One search: its name for viewers, what it lists in which order, and how many models it is about (0: all)."""

    title: str
    meaning: str
    models: int


#: Every search by the name that :func:`find` knows it by.
KINDS: dict[str, MistakeKind] = {
    "surest_wrong": MistakeKind("Surest wrong answers", "Where a model is wrong; the surest answer first.", 1),
    "all_wrong": MistakeKind(
        "All wrong", "Where every model is wrong; first where they are surest on average.", 0
    ),
    "hardest_for_all": MistakeKind(
        "Hardest for all",
        "Where the models on average give the label less than guessing would (1 in 7); the least first.",
        0,
    ),
    "both_wrong_alike": MistakeKind(
        "Both wrong alike", "Where two models give the same wrong answer; first where the less sure is surest.", 2
    ),
    "one_right_one_wrong": MistakeKind(
        "One right, one wrong", "Where the first model is right and the second is not; its surest answer first.", 2
    ),
    "cell": MistakeKind(
        "A cell of the confusion matrix", "Faces of one emotion that a model takes for another; the surest first.", 1
    ),
}  # fmt: skip


def surest_wrong(sheet: AnswerSheet, variant_id: str) -> np.ndarray:
    """Where the variant is wrong, by its confidence."""
    model = sheet.place(variant_id)
    return _ordered(sheet.wrong[model], -sheet.confidence[model])


def all_wrong(sheet: AnswerSheet) -> np.ndarray:
    """Where every variant is wrong, by their mean confidence."""
    return _ordered(sheet.wrong.all(axis=0), -sheet.confidence.mean(axis=0, dtype=np.float64))


def hardest_for_all(sheet: AnswerSheet) -> np.ndarray:
    """Where the variants' mean probability of the label is below 1/7, as guessing would give it; the lowest first."""
    given = sheet.probs[:, np.arange(len(sheet)), sheet.label].mean(axis=0, dtype=np.float64)
    return _ordered(given < 1 / len(EMOTIONS), given)


def both_wrong_alike(sheet: AnswerSheet, first: str, second: str) -> np.ndarray:
    """Where two variants give the same wrong answer, by the lower of their confidences."""
    pair = [sheet.place(first), sheet.place(second)]
    predicted = sheet.predicted[pair]
    keep = sheet.wrong[pair[0]] & (predicted[0] == predicted[1])
    return _ordered(keep, -sheet.confidence[pair].min(axis=0))


def one_right_one_wrong(sheet: AnswerSheet, right: str, wrong: str) -> np.ndarray:
    """Where ``right`` is right and ``wrong`` is wrong, by the confidence of the wrong one."""
    winner, loser = sheet.place(right), sheet.place(wrong)
    return _ordered(~sheet.wrong[winner] & sheet.wrong[loser], -sheet.confidence[loser])


def cell(sheet: AnswerSheet, variant_id: str, true: str, predicted: str) -> np.ndarray:
    """Faces labelled ``true`` that the variant calls ``predicted``, by its confidence; ValueError: no such emotion."""
    model = sheet.place(variant_id)
    keep = (sheet.label == EMOTIONS.index(true)) & (sheet.predicted[model] == EMOTIONS.index(predicted))
    return _ordered(keep, -sheet.confidence[model])


def pair_counts(sheet: AnswerSheet, kind: str) -> np.ndarray:
    """How many faces a search about two variants finds: int64 (V, V), the first by row, the second by column.

    ValueError for another search. The diagonal of ``both_wrong_alike`` counts a variant's own mistakes.
    """
    wrong = sheet.wrong
    if kind == "one_right_one_wrong":
        return (~wrong).astype(np.int64) @ wrong.T.astype(np.int64)
    if kind != "both_wrong_alike":
        raise ValueError(f"{kind!r} is no search about two variants.")
    predicted = sheet.predicted
    same = predicted[:, None, :] == predicted[None, :, :]
    return (same & wrong[:, None, :]).sum(axis=2)


def find(
    sheet: AnswerSheet,
    kind: str,
    first: str,
    second: str | None = None,
    true: str | None = None,
    predicted: str | None = None,
) -> np.ndarray:
    """The search of KINDS with that name; what it has no use for is passed over.

    ValueError for another name, or where the second variant or the emotions it needs are missing.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no search {kind!r}: choose {', '.join(KINDS)}.")
    if kind in ("all_wrong", "hardest_for_all"):
        return all_wrong(sheet) if kind == "all_wrong" else hardest_for_all(sheet)
    if kind == "surest_wrong":
        return surest_wrong(sheet, first)
    if kind == "cell":
        if true is None or predicted is None:
            raise ValueError("A cell has a true and a predicted emotion.")
        return cell(sheet, first, true, predicted)
    if second is None:
        raise ValueError(f"{KINDS[kind].title} needs a second variant.")
    return (both_wrong_alike if kind == "both_wrong_alike" else one_right_one_wrong)(sheet, first, second)


def mistake_table(sheet: AnswerSheet, places: np.ndarray) -> pd.DataFrame:
    """The faces at ``places``, one row a face and variant, in that order.

    Columns: ``rank`` from 1, ``split, row, image, label`` (its name), ``leaked, variant, answer`` (its name),
    ``confidence`` and the seven probabilities by the emotions' names, 0-1.
    """
    variants, names = len(sheet.ids), np.array(EMOTIONS, object)
    repeated = np.repeat(places, variants)
    probs = sheet.probs[:, places].swapaxes(0, 1).reshape(-1, len(EMOTIONS))
    columns = {
        "rank": np.repeat(np.arange(1, len(places) + 1), variants),
        "split": sheet.split[repeated],
        "row": sheet.row[repeated],
        "image": sheet.image[repeated],
        "label": names[sheet.label[repeated]],
        "leaked": sheet.leaked[repeated],
        "variant": np.tile(np.array(sheet.ids, object), len(places)),
        "answer": names[probs.argmax(axis=1)],
        "confidence": probs.max(axis=1),
    }
    return pd.DataFrame(columns | dict(zip(EMOTIONS, probs.T, strict=True)))


def _ordered(keep: np.ndarray, by: np.ndarray) -> np.ndarray:
    """The places that ``keep`` bool (N,) marks, the smallest of ``by`` (N,) first."""
    places = np.flatnonzero(keep)
    return places[np.argsort(by[places], kind="stable")]
