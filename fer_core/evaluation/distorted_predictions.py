"""One model's predictions of distorted faces, kept face by face: so that of few faces it can be said how sure they are.

A file has a row for every step and face: ``distortion, severity, image, label, predicted`` (0-6 in EMOTIONS order) and
``given``, the probability that the label was given. Steps are those of the suite, the untouched faces first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core.data.distortions import NONE, SEVERITIES, SUITE, distort_each
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, RunStoppedError
from fer_core.evaluation.distorted import COLUMNS, AnswersFaces
from fer_core.evaluation.metrics import SMALLEST_PROB, wilson_interval
from fer_core.evaluation.student import two_sided_quantile
from fer_core.machine.files import replacing

#: Every (distortion, severity) that is measured, in order.
STEPS = ((NONE, 0), *((name, severity) for name in SUITE for severity in SEVERITIES))


@dataclass(frozen=True, eq=False)
class DistortedPredictions:
    """What a model answered to N faces in each of the S steps.

    ``image`` str (N,) and ``label`` int64 (N,) of the faces; ``predicted`` uint8 (S, N), the emotion that was named;
    ``given`` float32 (S, N), the probability that the face's label was given.
    """

    image: np.ndarray
    label: np.ndarray
    predicted: np.ndarray
    given: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """bool (S, N)."""
        return self.predicted == self.label

    @property
    def shares(self) -> np.ndarray:
        """By face, the share of all distortions and severities under which it was named rightly: float64 (N,)."""
        return self.right[1:].mean(axis=0)

    def table(self) -> pd.DataFrame:
        """As :func:`fer_core.evaluation.distorted.measure_robustness` gives it, without the report's own steps, and
        the ends ``lo, hi`` of the interval of each accuracy."""
        losses = -np.log(np.clip(self.given.astype(float), SMALLEST_PROB, 1.0)).mean(axis=1)
        count = len(self.label)
        rows = [
            (*step, count, right / count, loss, *wilson_interval(int(right), count))
            for step, right, loss in zip(STEPS, self.right.sum(axis=1), losses, strict=True)
        ]
        return pd.DataFrame(rows, columns=[*COLUMNS, "lo", "hi"])


def predict_distorted(
    classifier: AnswersFaces,
    parts: Iterable[np.ndarray],
    image: np.ndarray,
    label: np.ndarray,
    *,
    on_progress: Callable[[int], None] = lambda done: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> DistortedPredictions:
    """Run ``classifier`` on faces under every distortion of the suite.

    Args:
        classifier: answers the faces with float32 (n, 7).
        parts: the faces in pieces, each uint8 (n, S, S) or (n, S, S, 3) as the classifier takes them.
        image, label: names and labels of all of them, (N,).
        on_progress: called with how many answers there are, of ``len(STEPS) * N``.
        should_stop: called before each step of a part.

    Raises:
        RunStoppedError: ``should_stop`` said so; nothing of it is kept.
    """
    predicted = np.zeros((len(STEPS), len(label)), np.uint8)
    given = np.zeros(predicted.shape, np.float32)
    first = 0
    for faces in parts:
        rows = slice(first, first + len(faces))
        for number, (name, severity) in enumerate(STEPS):
            if should_stop():
                raise RunStoppedError("Measuring was stopped; the models that were finished are kept.")
            harmed = faces if name == NONE else distort_each(faces, name, severity, first)
            probs = classifier.predict_proba(harmed)
            predicted[number, rows] = probs.argmax(axis=1)
            given[number, rows] = probs[np.arange(len(faces)), label[rows]]
            on_progress(first * len(STEPS) + (number + 1) * len(faces))
        first += len(faces)
    return DistortedPredictions(image, label, predicted, given)


def share_interval(shares: np.ndarray) -> tuple[float, float]:
    """Student's 95 % interval of the mean of faces' shares (N,), each 0–1; Wilson's where all are the same, because a
    few that are alike prove little."""
    if len(shares) < 2 or np.ptp(shares) == 0:
        return wilson_interval(round(float(shares.sum())), len(shares))
    low, high = difference_interval(shares)
    return max(0.0, low), min(1.0, high)


def difference_interval(differences: np.ndarray) -> tuple[float, float]:
    """Student's 95 % interval of the mean of faces' differences (N,), each −1 to 1; all of that for one face."""
    count = len(differences)
    if count < 2:
        return -1.0, 1.0
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(count)
    half = two_sided_quantile(count - 1) * error
    return max(-1.0, mean - half), min(1.0, mean + half)


def write_distorted_predictions(
    path: Path, predictions: DistortedPredictions, facts: Mapping[str, str]
) -> None:
    """Write it whole or not at all; ``facts`` are kept beside it, as :func:`predictions.read_facts` reads them."""
    count = len(predictions.label)
    names, severities = zip(*STEPS, strict=True)
    columns = {
        "distortion": pa.array(np.repeat(names, count), pa.string()),
        "severity": pa.array(np.repeat(severities, count), pa.int8()),
        "image": pa.array(np.tile(predictions.image.astype(str), len(STEPS)), pa.string()),
        "label": pa.array(np.tile(predictions.label, len(STEPS)), pa.int8()),
        "predicted": pa.array(predictions.predicted.ravel(), pa.int8()),
        "given": pa.array(predictions.given.ravel(), pa.float32()),
    }
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as unfinished:
        pq.write_table(pa.table(columns, metadata=dict(facts)), unfinished, compression="zstd")


def read_distorted_predictions(path: Path) -> DistortedPredictions:
    """Read it again; CardError where it is damaged or of other steps."""
    damaged = CardError(
        f"{path.parent.name}/{path.name} is damaged or of other distortions: measure it again."
    )
    try:
        table = pq.read_table(
            path, columns=["distortion", "severity", "image", "label", "predicted", "given"]
        )
        shape = (len(STEPS), len(table) // len(STEPS))
        step = {
            name: table[name].to_numpy().reshape(shape)[:, 0].tolist() for name in ("distortion", "severity")
        }
        found = DistortedPredictions(
            np.array(table["image"][: shape[1]].to_pylist(), str),
            table["label"].to_numpy()[: shape[1]].astype(np.int64),
            table["predicted"].to_numpy().reshape(shape).astype(np.uint8),
            table["given"].to_numpy().reshape(shape),
        )
    except (OSError, ValueError, TypeError, IndexError, pa.ArrowException) as error:
        raise damaged from error
    whole = shape[1] and tuple(zip(step["distortion"], step["severity"], strict=True)) == STEPS
    labels = np.concatenate([found.label, found.predicted.ravel()])
    if not whole or labels.min() < 0 or labels.max() >= len(EMOTIONS) or not np.isfinite(found.given).all():
        raise damaged
    return found
