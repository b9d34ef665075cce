"""The headline about a face: how far the models agree, and who only just does."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.pictures.model_answers import agreement_words
from fer_core.emotions import EMOTIONS, GLYPHS


def saying(emotion: str, first: float, second: float) -> np.ndarray:
    """Probabilities (7,) with ``second`` on the emotion after it."""
    at = EMOTIONS.index(emotion)
    probs = np.full(7, (1 - first - second) / 5)
    probs[at], probs[(at + 1) % 7] = first, second
    return probs


SURE, NARROW, SAD = saying("happy", 0.9, 0.02), saying("happy", 0.36, 0.34), saying("sad", 0.36, 0.34)
HAPPY = f"{GLYPHS['happy']} **happy**"


@pytest.mark.parametrize(
    ("probs", "said"),
    [
        ([SURE], f"The model says {HAPPY}."),
        ([NARROW], f"The model says {HAPPY}, but only just."),
        ([SURE, SURE], f"Both models say {HAPPY}."),
        ([SURE, SAD], "The two models disagree."),
        ([SURE, SURE, SURE], f"All 3 models say {HAPPY}."),
        ([NARROW, SURE, SURE], f"All 3 models say {HAPPY}, the best one only just."),
        ([NARROW, SURE, NARROW], f"All 3 models say {HAPPY}, the best one and c only just."),
        ([NARROW, NARROW, NARROW], f"All 3 models say {HAPPY}, but only just."),
        ([SURE, NARROW, SAD], f"2 of 3 models say {HAPPY}, b only just; c says sad only just."),
    ],
)
def test_a_narrow_lead_is_told_in_the_headline(probs, said):
    named = dict(zip("abc", probs, strict=False))
    votes = sum(row is not SAD for row in probs)
    assert agreement_words(named, "happy", votes, best="a") == said
