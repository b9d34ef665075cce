"""What is odd about a model's answers: each doubt is one sentence with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import best_assignment, confusion, wilson_interval
from fer_core.evaluation.predictions import Predictions

#: So much more often right with its labels in another order: far beyond chance on thousands of faces.
_PERMUTED = 0.05
#: What an order that has a name may lack of the best one.
_NEAR_BEST = 0.02
_ONE_ANSWER = 0.99
_TWIN = 0.995
#: So much more often right on exact copies of training faces. Of the variants that are trained here none is above.
_COPIES = 0.2
_FEWEST = 30


def doubts_of(predictions: Predictions, orders: Mapping[str, Sequence[str]]) -> list[str]:
    """Sentences on a model's answers, the gravest first; ``orders`` are known orders of the seven emotions by name.

    Labels are judged on PublicTest where it was answered; all else on PrivateTest.
    """
    private = predictions.of(SplitName.PRIVATE_TEST)
    public = predictions.of(SplitName.PUBLIC_TEST)
    found = [
        _one_answer(private),
        _permuted(public if len(public) else private, orders),
        _majority(private),
        _copies(private),
    ]
    if found[0]:  # of one answer for all, the rest says nothing more
        return found[:1]
    return [sentence for sentence in found if sentence]


def twin_sentence(predicted: np.ndarray, others: Mapping[str, np.ndarray]) -> str:
    """Whose answers are these, if they are another's; ``others`` are answers to the same faces by variant, each like
    ``predicted`` int (N,), places in EMOTIONS."""
    same = {name: int((predicted == answers).sum()) for name, answers in others.items()}
    name = max(same, key=same.get, default="")
    if not name or same[name] < _TWIN * len(predicted):
        return ""
    return (
        f"It answers {same[name]:,} of {len(predicted):,} faces of PrivateTest as {name} does: it may be "
        "the same model."
    )


def _one_answer(answers: Predictions) -> str:
    counts = np.bincount(answers.predicted, minlength=len(EMOTIONS))
    if counts.max() < _ONE_ANSWER * len(answers):
        return ""
    return (
        f"It answers {EMOTIONS[counts.argmax()]} to {counts.max():,} of {len(answers):,} faces of PrivateTest: what it "
        "is shown or how its answers are read may be wrong."
    )


def _permuted(answers: Predictions, orders: Mapping[str, Sequence[str]]) -> str:
    together = confusion(answers.label, answers.predicted).T / len(answers)
    own = float(together.trace())
    columns, emotions = best_assignment(together)
    best = float(together[columns, emotions].sum())
    always = np.bincount(answers.label).max() / len(answers)
    if best - max(own, always) < _PERMUTED:
        return ""
    named = {
        name: float(together[columns, [EMOTIONS.index(emotion) for emotion in order]].sum())
        for name, order in orders.items()
    }
    name = max(named, key=named.get, default="")
    if name and named[name] >= best - _NEAR_BEST:
        order, reached = f"in the order {name} ({', '.join(orders[name])})", named[name]
    else:
        order, reached = f"as {', '.join(EMOTIONS[emotion] for emotion in emotions)}", best
    return (
        f"With its labels taken {order} it would be right on {100 * reached:.1f} of 100 faces of {answers.split[0]} "
        f"instead of {100 * own:.1f}: are they in that order?"
    )


def _majority(answers: Predictions) -> str:
    counts = np.bincount(answers.label, minlength=len(EMOTIONS))
    right = int((answers.predicted == answers.label).sum())
    if wilson_interval(right, len(answers))[0] > counts.max() / len(answers):
        return ""
    return (
        f"It is right on {100 * right / len(answers):.1f} of 100 faces of PrivateTest, no better than always saying "
        f"{EMOTIONS[counts.argmax()]}, which is right on {100 * counts.max() / len(answers):.1f}."
    )


def _copies(answers: Predictions) -> str:
    right, leaked = answers.predicted == answers.label, answers.leaked
    if leaked.sum() < _FEWEST or (~leaked).sum() < _FEWEST:
        return ""
    copies, clean = float(right[leaked].mean()), float(right[~leaked].mean())
    if copies - clean < _COPIES:
        return ""
    return (
        f"It is right on {100 * copies:.1f} of 100 of the {int(leaked.sum())} faces that are exact copies of training "
        f"faces, and on {100 * clean:.1f} of the others: it has learnt these by heart."
    )
