"""The findings of the reports, tested again on our own runs: ``experiments/claims.yaml``."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from fer_core import paths
from fer_core.emotions import EMOTIONS
from fer_core.errors import RecipeError
from fer_core.evaluation.bootstrap import draw_counts, interval, measured, resampled
from fer_core.evaluation.outcomes import Panel, outcomes_of, panels
from fer_core.evaluation.predictions import read_predictions
from fer_core.formats import listed
from fer_core.plain_yaml import read_yaml
from fer_core.registry import TRAINED, Variant
from fer_core.training_length import TrainingLength

CLAIMS = paths.EXPERIMENTS / "claims.yaml"

#: The report has one ahead of the other, or neither.
AHEAD, ALIKE = "ahead", "alike"
#: Variants are alike where the whole interval of their difference lies within this (two faces of 100).
ALIKE_WITHIN = 0.02
HOLDS, FAILS, UNDECIDED, UNKNOWN = "holds", "does not hold", "can't be told", "waits"
#: In the place of these where runs were not trained to their end: what is seen of equally short ones is no verdict
#: on the finding yet, and unequally short ones show nothing.
AT_EQUAL_LENGTH, NOT_COMPARABLE = "at equal length", "not comparable yet"
#: What equally short runs show, by relation and what a verdict would have been.
_SEEN = {
    AHEAD: {
        HOLDS: "as the report says",
        FAILS: "the other way round",
        UNDECIDED: "no difference beyond chance",
    },
    ALIKE: {
        HOLDS: "as the report says",
        FAILS: "a difference, where the report sees none",
        UNDECIDED: "too few faces to call them alike",
    },
}

#: Rows of robustness.csv whose distortion begins like this are the report's own distortions.
REPORT_DISTORTION = "report_"
_DISTORTED = "distorted_log_loss"
_LOWER_IS_BETTER = ("log_loss", _DISTORTED)
FIGURES = ("accuracy", "macro_f1", "log_loss", "recall", _DISTORTED)


@dataclass(frozen=True)
class Comparison:
    """``better`` is the variant that the report has ahead of ``worse`` in ``figure`` (one of FIGURES; ``recall``
    is of the faces of ``emotions`` together), or alike where ``relation`` is ALIKE."""

    better: str
    worse: str
    figure: str
    emotions: tuple[str, ...] = ()
    relation: str = AHEAD


@dataclass(frozen=True)
class Claim:
    """One finding, as a sentence, with the figures that the report gave for it."""

    id: str
    family: str
    claim: str
    reported: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Evidence:
    """What our runs say to one comparison.

    ``advantage`` is how much ``better`` is ahead of ``worse`` on PrivateTest, positive where the report is
    confirmed whatever the figure's direction (fractions; nats for losses), with its 95 % interval ``lo, hi``
    from the paired bootstrap; NaN where a variant is missing, and ``lo, hi`` NaN where only means are kept.
    ``verdict`` is HOLDS, FAILS, UNDECIDED, UNKNOWN, AT_EQUAL_LENGTH or NOT_COMPARABLE; ``missing`` names what is not
    there yet. Of equally short runs, ``length`` says how long ("3 of 100 epochs") and ``seen`` what they show; of
    unequally short ones, ``unequal`` says how far each was trained ("pisa.cnn1 8 of 200 epochs").
    """

    comparison: Comparison
    advantage: float
    lo: float
    hi: float
    verdict: str
    missing: tuple[str, ...] = ()
    length: str = ""
    seen: str = ""
    unequal: tuple[str, ...] = ()


@cache
def list_claims() -> tuple[Claim, ...]:
    """All claims in the file's order; RecipeError names one that is wrong."""
    return tuple(_claim(entry) for entry in read_yaml(CLAIMS))


def weigh(claim: Claim, variants: Iterable[Variant]) -> tuple[str, list[Evidence]]:
    """The verdict on a claim, and the evidence of each of its comparisons.

    A claim holds where all its comparisons do, fails where one fails, which only runs trained to their end can; it
    is UNKNOWN while a variant that it needs is missing and none of the others fails.
    """
    known = {variant.id: variant for variant in variants if variant.status == TRAINED}
    found = [_fairly(_weigh(comparison, known), known) for comparison in claim.comparisons]
    verdicts = {evidence.verdict for evidence in found}
    for verdict in (FAILS, UNKNOWN, NOT_COMPARABLE, AT_EQUAL_LENGTH, UNDECIDED):
        if verdict in verdicts:
            return verdict, found
    return HOLDS, found


def in_words(verdict: str, evidence: Iterable[Evidence]) -> str:
    """The verdict; of equally short runs with their length and what they show: ``"at equal length, 3 of 100 epochs:
    as the report says"``."""
    if verdict != AT_EQUAL_LENGTH:
        return verdict
    short = [one for one in evidence if one.verdict == AT_EQUAL_LENGTH]
    lengths = listed(list(dict.fromkeys(one.length for one in short)))
    seen = Counter(one.seen for one in short)
    shown = [
        f"{words} in {count} of {len(short)}" if len(seen) > 1 else words for words, count in seen.items()
    ]
    return f"{verdict}, {lengths}: {listed(shown)}"


def _fairly(evidence: Evidence, known: Mapping[str, Variant]) -> Evidence:
    """The evidence, with no verdict where one of the two was not trained to its end."""
    names = (evidence.comparison.better, evidence.comparison.worse)
    lengths = [known[name].training_length if name in known else None for name in names]
    short = [length is not None and length.whole is False for length in lengths]
    if evidence.missing or not any(short):
        return evidence
    if _equally_long(lengths):
        length = listed(list(dict.fromkeys(length.text for length in lengths)))
        seen = _SEEN[evidence.comparison.relation][evidence.verdict]
        return replace(evidence, verdict=AT_EQUAL_LENGTH, length=length, seen=seen)
    unequal = tuple(
        f"{name} {length.text if length else 'for an unknown length'}"
        for name, length in zip(names, lengths, strict=True)
    )
    return replace(evidence, verdict=NOT_COMPARABLE, unequal=unequal)


def _equally_long(lengths: list[TrainingLength | None]) -> bool:
    """Whether both are known, ran for equally many epochs, and from the beginning."""
    runs = {length.run if length and not length.continued else None for length in lengths}
    return len(runs) == 1 and None not in runs


def _weigh(comparison: Comparison, known: Mapping[str, Variant]) -> Evidence:
    pair = (comparison.better, comparison.worse)
    missing = tuple(name for name in pair if name not in known)
    if missing:
        return Evidence(comparison, math.nan, math.nan, math.nan, UNKNOWN, missing)
    if comparison.figure == _DISTORTED:
        return _weigh_distorted(comparison, *(known[name] for name in pair))
    outcomes = {name: outcomes_of(read_predictions(known[name].predictions_path)) for name in pair}
    groups = panels(outcomes)
    if len(groups) > 1:  # measured on other faces: their answers can't be paired
        return Evidence(comparison, math.nan, math.nan, math.nan, UNKNOWN, pair)
    advantage, low, high = _paired(groups[0].of(pair), comparison)
    return Evidence(comparison, advantage, low, high, _verdict(low, high, comparison.relation))


def _paired(panel: Panel, comparison: Comparison) -> tuple[float, float, float]:
    """The first variant's advantage over the second and its interval."""
    if comparison.figure == "recall":
        panel = _only(panel, [EMOTIONS.index(name) for name in comparison.emotions])
    values = panel.loss if comparison.figure == "log_loss" else panel.right.astype(np.float32)
    if comparison.figure == "macro_f1":
        samples = resampled(panel, ("macro_f1",))["macro_f1"]
        ahead, drawn = np.subtract(*measured(panel, "macro_f1")), samples[:, 0] - samples[:, 1]
    else:
        sign = -1 if comparison.figure in _LOWER_IS_BETTER else 1
        gains = sign * (values[0].astype(np.float64) - values[1])
        ahead = gains.mean()
        drawn = np.concatenate([counts @ gains for counts in draw_counts(len(gains))]) / len(gains)
    low, high = interval(drawn)
    return float(ahead), float(low), float(high)


def _only(panel: Panel, emotions: list[int]) -> Panel:
    keep = np.isin(panel.label, emotions)
    return Panel(
        panel.ids, panel.label[keep], panel.leaked[keep], panel.predicted[:, keep], panel.loss[:, keep]
    )


def _weigh_distorted(comparison: Comparison, better: Variant, worse: Variant) -> Evidence:
    losses = {variant.id: _distorted_loss(variant) for variant in (better, worse)}
    missing = tuple(f"robustness of {name}" for name, loss in losses.items() if math.isnan(loss))
    advantage = losses[worse.id] - losses[better.id]
    verdict = UNKNOWN if missing else HOLDS if advantage > 0 else FAILS
    return Evidence(comparison, advantage, math.nan, math.nan, verdict, missing)


def _distorted_loss(variant: Variant) -> float:
    """The mean of the log losses under the report's own distortions; NaN where they were not measured."""
    file = variant.folder / paths.ROBUSTNESS
    if not file.is_file():
        return math.nan
    with file.open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["distortion"].startswith(REPORT_DISTORTION)]
    return float(np.mean([float(row["loss"]) for row in rows])) if rows else math.nan


def _verdict(low: float, high: float, relation: str) -> str:
    if relation == ALIKE:
        if low > -ALIKE_WITHIN and high < ALIKE_WITHIN:
            return HOLDS
        return FAILS if low > 0 or high < 0 else UNDECIDED
    return HOLDS if low > 0 else FAILS if high < 0 else UNDECIDED


def _claim(entry: Mapping[str, Any]) -> Claim:
    try:
        comparisons = tuple(_comparison(dict(one)) for one in entry["comparisons"])
        return Claim(**dict(entry) | {"comparisons": comparisons})
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{CLAIMS.name}: {dict(entry).get('id', entry)!r} is wrong: {error}.") from error


def _comparison(content: dict[str, Any]) -> Comparison:
    comparison = Comparison(**content | {"emotions": tuple(content.get("emotions", ()))})
    if comparison.figure not in FIGURES or comparison.relation not in (AHEAD, ALIKE):
        raise ValueError(f"its figure is {comparison.figure!r}, its relation {comparison.relation!r}")
    if set(comparison.emotions) - set(EMOTIONS) or (comparison.figure == "recall") != bool(
        comparison.emotions
    ):
        raise ValueError("a recall, and nothing else, is of emotions")
    return comparison
