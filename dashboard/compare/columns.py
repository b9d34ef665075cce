"""The leaderboard's measured columns: what each is called, explained by, and printed as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fer_core import formats
from fer_core.variants.length import SHORT_MARK


@dataclass(frozen=True)
class Column:
    """A measured column: its heading, what a tooltip adds, and how a value and a difference are printed."""

    heading: str
    explanation: str
    show: Callable[[float], str]
    show_difference: Callable[[float], str] | None = None
    alignment: Literal["left", "right"] = "right"


def _points(value: float) -> str:
    return formats.signed(100 * value)


#: By frame column, in table order.
NUMBERS: dict[str, Column] = {
    "accuracy": Column(
        "Right of 100",
        "Accuracy on PrivateTest, the faces kept for the end, or on the test set that is chosen.",
        formats.of_100,
        _points,
    ),
    "interval": Column("95 % interval", "Where the share would fall in 95 of 100 such tests (Wilson).", str),
    "training": Column(
        "Trained",
        f"The epochs that were run, of those that its recipe plans; at most so many where its own rule stopped it. "
        f"{SHORT_MARK} beside a name: not trained to its end, so longer training may improve it. Elsewhere: a model of "
        "others. As another model, or several models as one: made of these, without epochs of its own.",
        str,
        alignment="left",
    ),
    "latency_ms": Column(
        "ms per face ↓",
        "Median milliseconds for one face on one processor core.",
        formats.milliseconds,
        formats.signed,
    ),
    "size_mb": Column("Size, MB ↓", "Megabytes of the model file.", formats.megabytes, formats.signed),
    "group": Column(
        "Group",
        "Group 1: the most accurate model and all that can't be told apart from it on these faces; group 2: the best "
        "of the rest and all of the rest that can't be told apart from that one; and so on. Exact McNemar tests of "
        "all pairs, with Holm's correction, at 5 %.",
        formats.whole,
    ),
    "place": Column(
        "Place",
        "The best and the worst place it may deserve: only real differences to other models count.",
        str,
    ),
    "difference": Column(
        "To the baseline",
        "The 95 % interval of its difference to the baseline in points of 100, the same faces answered by both "
        "(paired bootstrap).",
        str,
    ),
    "p_accuracy": Column(
        "p ↓",
        "How often chance alone would make a difference as large, were the two equally good (exact McNemar test, "
        "Holm's correction for all models). Below 0.05 the difference is called real.",
        formats.p_value,
    ),
    "clean_accuracy": Column(
        "Clean",
        "Right of 100 without the test faces of which an exact copy stands in the training data.",
        formats.of_100,
        _points,
    ),
    "inflation": Column(
        "Copies add",
        "Right of 100 on all faces minus that without copied ones: what remembering copies adds, and that such faces "
        "may be easier.",
        _points,
    ),
    "macro_f1": Column(
        "Macro F1",
        "F1, precision and recall in one number, averaged over the seven emotions as equals; of 100.",
        formats.of_100,
        _points,
    ),
    "log_loss": Column(
        "Log loss ↓",
        "How surprised it is by the truth, in nats: lower is better, sure mistakes cost most.",
        formats.nats,
        lambda value: formats.signed(value, 3),
    ),
    "ece": Column(
        "Calibration error ↓",
        "How far its certainty lies from how often it is right (ECE), of 100: lower is better.",
        formats.of_100,
        _points,
    ),
    "parameters": Column("Parameters", "How many numbers training adjusted.", formats.whole),
    "reported_accuracy": Column(
        "Reported",
        "Right of 100 as the source report says, under its own protocol: not to be ranked with our figures.",
        formats.of_100,
    ),
    "reported_difference": Column(
        "Ours − reported", "In points of 100; the protocols differ, so read it with care.", _points
    ),
}
