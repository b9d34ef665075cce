"""What a confidence has been worth."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.evidence import Evidence, evidence
from fer_core.evaluation.metrics import wilson_interval
from fer_core.evaluation.predictions import Predictions

HAPPY, SAD = EMOTIONS.index("happy"), EMOTIONS.index("sad")


def say(emotion: int, confidence: float) -> np.ndarray:
    row = np.full(7, (1 - confidence) / 6, np.float32)
    row[emotion] = confidence
    return row


@pytest.fixture
def predictions():
    """Happy at .85 four times (three right), happy at .95 once (right), sad at .85 once (wrong)."""
    rows = [(HAPPY, 0.85, HAPPY)] * 3 + [(HAPPY, 0.85, SAD), (HAPPY, 0.95, HAPPY), (SAD, 0.85, HAPPY)]
    count = len(rows)
    return Predictions(
        split=np.full(count, "PrivateTest"),
        image=np.arange(count).astype(str),
        label=np.array([label for _, _, label in rows]),
        leaked=np.zeros(count, bool),
        probs=np.stack([say(emotion, confidence) for emotion, confidence, _ in rows]),
    )


def test_only_answers_of_that_emotion_about_as_sure_count(predictions):
    found = evidence(predictions, HAPPY, 0.83)
    assert (found.right, found.n) == (3, 4)
    assert (found.confidence_from, found.confidence_to) == (0.8, 0.9)
    assert (found.lo, found.hi) == pytest.approx(wilson_interval(3, 4))
    assert found.sentence() == "When this model says happy at 80–90 %, it is right 75 times in 100 (n = 4)."


def test_never_having_said_so_is_told_and_not_a_share(predictions):
    found = evidence(predictions, SAD, 0.35)
    assert found.share is None
    assert (found.n, found.lo, found.hi) == (0, 0.0, 1.0)
    assert "nothing is known" in found.sentence()


def test_full_confidence_falls_into_the_highest_tenth(predictions):
    assert evidence(predictions, HAPPY, 1.0).n == evidence(predictions, HAPPY, 0.9).n == 1


@pytest.mark.parametrize("tenth", range(10))
def test_a_confidence_on_an_edge_meets_its_own_float32_self(predictions, tenth):
    exact, stored = (
        evidence(predictions, HAPPY, tenth / 10),
        evidence(predictions, HAPPY, np.float32(tenth / 10)),
    )
    assert exact == stored
    assert exact.confidence_from == tenth / 10


def test_once_in_a_hundred_is_said_as_one():
    assert "right 1 time in 100 (n = 100)" in Evidence("sad", 0.3, 0.4, 1, 100, 0, 0.05).sentence()
