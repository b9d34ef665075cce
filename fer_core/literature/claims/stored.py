"""The same for figures of which no face's answer is kept: distorted faces, learning curves, repeats."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.bootstrap import DRAWS, LEVEL, percentile_interval
from fer_core.evaluation.student import two_sided_quantile
from fer_core.literature.claims.claim import Comparison
from fer_core.literature.claims.figures import Found, f1_of
from fer_core.literature.claims.our_runs import Runs

_REACH = NormalDist().inv_cdf(0.5 + LEVEL / 2)
#: Fewer repeats, or epochs, say nothing of a spread.
LEAST = 3


def distorted(comparison: Comparison, runs: Runs) -> Found:
    """Accuracy or log loss of distorted faces, the mean over the distortions.

    Of accuracies: the interval of a difference of two shares as if the faces were others, which makes it wider than it
    is, because no face's answer is kept. Of losses: Student's t over the distortions, each of which has faces of its
    own; a single one has no interval.
    """
    tables = [runs.robustness(name) for name in (comparison.better, comparison.worse)]
    missing = tuple(
        f"robustness of {name}"
        for name, table in zip((comparison.better, comparison.worse), tables, strict=True)
        if table is None
    )
    if missing:
        return Found(missing=tuple(dict.fromkeys(missing)))
    first, second = (table.loc[list(side)] for table, side in zip(tables, comparison.sides, strict=True))
    if comparison.figure == "distorted_accuracy":
        ahead = first["accuracy"].mean() - second["accuracy"].mean()
        reach = _REACH * math.sqrt(sum(_variance(rows) for rows in (first, second)))
        return Found(
            ahead, ahead - reach, ahead + reach, "interval of a difference of two independent shares"
        )
    gains = second["loss"].to_numpy() - first["loss"].to_numpy()
    if len(gains) < 2:
        return Found(float(gains.mean()), test="none: one mean is kept of each")
    reach = two_sided_quantile(len(gains) - 1) * gains.std(ddof=1) / math.sqrt(len(gains))
    ahead = float(gains.mean())
    return Found(ahead, ahead - reach, ahead + reach, f"Student's t over {len(gains)} distortions")


def spread(comparison: Comparison, runs: Runs) -> Found:
    """By how much the second's accuracy, or F1 of its emotions, varies more over repeats than the first's: the ratio of
    the standard deviations minus 1, with the interval that the F distribution gives it (runs that scatter normally,
    and independently of each other)."""
    deviations, degrees, missing = [], [], []
    for name, side in zip((comparison.better, comparison.worse), comparison.sides, strict=True):
        repeats = runs.repeats(name)
        if len(repeats) < LEAST:
            missing.append(f"repeats of {name}")
            continue
        values = [_repeated(runs, each, side) for each in repeats]
        deviations.append(float(np.std(values, ddof=1)))
        degrees.append(len(repeats) - 1)
    if missing or not deviations[0]:
        return Found(
            missing=tuple(dict.fromkeys(missing)) or (f"repeats of {comparison.better} that differ",)
        )
    ratio, rng = deviations[1] / deviations[0], np.random.default_rng(0)
    drawn = [rng.chisquare(degree, 200_000) / degree for degree in degrees]
    low, high = percentile_interval(ratio * np.sqrt(drawn[0] / drawn[1]))
    return Found(ratio - 1, float(low) - 1, float(high) - 1, "F interval of two standard deviations")


def loss_jumps(comparison: Comparison, runs: Runs) -> Found:
    """How far the validation loss goes up or down from epoch to epoch, the mean; epochs are drawn anew."""
    jumps, missing = [], []
    for name in (comparison.better, comparison.worse):
        losses = runs.history(name).get("val_loss", np.array([]))
        if len(losses) <= LEAST:
            missing.append(f"learning curves of {name}")
        jumps.append(np.abs(np.diff(losses)))
    if missing:
        return Found(missing=tuple(missing))
    rng = np.random.default_rng(0)
    drawn = [each[rng.integers(0, len(each), (DRAWS, len(each)))].mean(axis=1) for each in jumps]
    low, high = percentile_interval(drawn[1] - drawn[0])
    return Found(
        float(jumps[1].mean() - jumps[0].mean()), float(low), float(high), "bootstrap over the epochs"
    )


def early_peak(comparison: Comparison, runs: Runs) -> Found:
    """The best validation accuracy until an epoch minus the best after it; the interval as of two independent shares.

    The best of more epochs is higher by chance alone, by less than a point here: "not behind" allows for two.
    """
    name = comparison.better
    curves = runs.history(name)
    early = curves["epoch"] <= comparison.until if curves else np.array([], bool)
    faces = len(runs.answers(name, SplitName.PUBLIC_TEST).label)
    if not early.any() or early.all() or not faces:
        return Found(missing=(f"learning curves of {name} beyond epoch {comparison.until}",))
    before, after = (float(curves["val_accuracy"][keep].max()) for keep in (early, ~early))
    reach = _REACH * math.sqrt((before * (1 - before) + after * (1 - after)) / faces)
    ahead = before - after
    return Found(ahead, ahead - reach, ahead + reach, "interval of a difference of two independent shares")


def _repeated(runs: Runs, name: str, side: tuple[str, ...]) -> float:
    if side:
        return float(f1_of(runs.answers(name), [EMOTIONS.index(each) for each in side])[0])
    return float(runs.known[name].metrics()["accuracy"])


def _variance(rows) -> float:
    """Of the mean of these rows' accuracies."""
    return float((rows["accuracy"] * (1 - rows["accuracy"]) / rows["n"]).sum()) / len(rows) ** 2
