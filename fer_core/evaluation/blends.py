"""Ensembles ready to be judged and saved: who is in, with what weight, and what they are worth together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.split import SplitName
from fer_core.evaluation.ensembles import MEAN, equal_weights, fit_weights, pooled, select_greedily
from fer_core.evaluation.metrics import compute_metrics
from fer_core.evaluation.predictions import Predictions
from fer_core.evaluation.sheet import AnswerSheet
from fer_core.evaluation.significance import mcnemar_p

FITTED, EQUAL, GREEDY = "fitted", "equal", "greedy"
#: How the weights can come about, in words.
CHOSEN: dict[str, str] = {
    FITTED: "weights fitted on PublicTest (smallest log loss)",
    EQUAL: "the same weight for every member",
    GREEDY: "members chosen one by one on PublicTest, again and again the one that helps most",
}
ROUNDS = 20


@dataclass(frozen=True)
class Blend:
    """An ensemble: ``weights`` by member id, above 0, sum 1; ``how`` it averages; ``chosen``, a key of CHOSEN."""

    weights: dict[str, float]
    how: str
    chosen: str

    def answers(self, members: AnswerSheet) -> Predictions:
        """What it answers for the members' faces."""
        rows = [members.ids.index(name) for name in self.weights]
        probs = pooled(members.probs[rows], np.array(list(self.weights.values())), self.how)
        return members.with_probs(probs)


def make_blend(members: AnswerSheet, chosen: str = FITTED, how: str = MEAN, rounds: int = ROUNDS) -> Blend:
    """Choose the weights; ``rounds`` is for GREEDY alone. Members that get none are left out."""
    if chosen == EQUAL:
        weights = equal_weights(members)
    elif chosen == GREEDY:
        weights = select_greedily(members, rounds, how)
    else:
        weights = fit_weights(members, how)
    return Blend(
        {name: float(weight) for name, weight in zip(members.ids, weights, strict=True) if weight > 0},
        how,
        chosen,
    )


def blend_frame(members: AnswerSheet, blends: dict[str, Blend], clean: bool = False) -> pd.DataFrame:
    """Every member and every blend on PrivateTest, the most accurate first.

    ``id`` (the blends under their given names), ``accuracy`` with Wilson's ``lo, hi``, ``clean_accuracy``,
    ``macro_f1, log_loss, ece``, ``gain`` (accuracy minus that of the most accurate member, on the same faces) and
    ``p`` (exact McNemar test against that member). With ``clean``, all are of the faces that are not leaked.
    """
    answers = {name: members.with_probs(members.probs[row]) for row, name in enumerate(members.ids)}
    answers |= {name: blend.answers(members) for name, blend in blends.items()}
    split = {name: each.of(SplitName.PRIVATE_TEST, clean) for name, each in answers.items()}
    right = {name: each.predicted == each.label for name, each in split.items()}
    best = max(members.ids, key=lambda name: right[name].mean())
    rows = [_row(name, answers[name], split[name], right[name], right[best]) for name in answers]
    return pd.DataFrame(rows).sort_values(["accuracy", "id"], ascending=[False, True], ignore_index=True)


def _row(
    name: str, whole: Predictions, rows: Predictions, right: np.ndarray, best_right: np.ndarray
) -> dict[str, Any]:
    figures = compute_metrics(rows.label, rows.probs)
    private = whole.of(SplitName.PRIVATE_TEST, clean=True)
    lo, hi = figures["accuracy_ci95"]
    return {
        "id": name,
        "accuracy": figures["accuracy"],
        "lo": lo,
        "hi": hi,
        "clean_accuracy": float((private.predicted == private.label).mean()) if len(private) else np.nan,
        "macro_f1": figures["macro_f1"],
        "log_loss": figures["log_loss"],
        "ece": figures["ece"],
        "gain": float(right.mean() - best_right.mean()),
        "p": float(mcnemar_p((right & ~best_right).sum(), (best_right & ~right).sum())),
    }
