"""What stored predictions tell of the test faces where their pictures are not here."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer_core.data.split import PRIVATE_TEST, PUBLIC_TEST
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.predictions import Predictions


def counts_by_split(predictions: Predictions) -> pd.DataFrame:
    """Faces of each emotion: columns ``series`` (the split), ``emotion, count``."""
    frames = []
    for split in (PUBLIC_TEST, PRIVATE_TEST):
        found = np.bincount(predictions.of(split).label, minlength=len(EMOTIONS))
        frames.append(pd.DataFrame({"series": split, "emotion": EMOTIONS, "count": found}))
    return pd.concat(frames, ignore_index=True)


def leaked_by_split(predictions: Predictions) -> dict[str, tuple[int, int]]:
    """For each test split, how many of its faces are leaked, and of how many."""
    parts = {split: predictions.of(split) for split in (PUBLIC_TEST, PRIVATE_TEST)}
    return {split: (int(part.leaked.sum()), len(part)) for split, part in parts.items()}
