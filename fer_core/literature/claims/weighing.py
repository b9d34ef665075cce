"""The findings of the reports, tested again on our own runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from fer_core.formats import listed
from fer_core.literature.claims import heat, stored
from fer_core.literature.claims.claim import (
    AHEAD,
    ALIKE,
    NOT_BEHIND,
    Claim,
    Comparison,
)
from fer_core.literature.claims.deciding import needs_weights
from fer_core.literature.claims.figures import Found, from_answers, gap
from fer_core.literature.claims.our_runs import Runs
from fer_core.variants.length import TrainingLength
from fer_core.variants.registry import Variant

#: Variants are alike, or one not behind, where the interval of their difference keeps within this (two faces of 100).
ALIKE_WITHIN = 0.02
HOLDS, FAILS, UNDECIDED, UNKNOWN = "holds", "does not hold", "undecided", "waits"
#: In the place of these where runs were not trained to their end: what is seen of equally short ones is no verdict
#: on the finding yet, and unequally short ones show nothing.
AT_EQUAL_LENGTH, NOT_COMPARABLE = "at equal length", "not comparable yet"
#: A variant that it needs begins with ImageNet weights, and has not been trained.
NEEDS_WEIGHTS = "can't be decided here"
#: Every verdict, the strongest last word first: what one comparison has of these, the whole claim has.
_ORDER = (FAILS, NEEDS_WEIGHTS, UNKNOWN, NOT_COMPARABLE, AT_EQUAL_LENGTH, UNDECIDED)
VERDICTS = (HOLDS, FAILS, UNDECIDED, AT_EQUAL_LENGTH, NOT_COMPARABLE, UNKNOWN, NEEDS_WEIGHTS)

#: What equally short runs show, by relation and what a verdict would have been.
AS_REPORTED, OTHERWISE = "as the report says", "the other way round"
_SEEN = {
    AHEAD: {HOLDS: AS_REPORTED, FAILS: OTHERWISE, UNDECIDED: "no difference beyond chance"},
    ALIKE: {
        HOLDS: AS_REPORTED,
        FAILS: "a difference, where the report sees none",
        UNDECIDED: "too few faces to call them alike",
    },
    NOT_BEHIND: {HOLDS: AS_REPORTED, FAILS: OTHERWISE, UNDECIDED: "too few faces to decide"},
}

_MEASURES: dict[str, Callable[[Comparison, Runs], Found]] = {
    "distorted_accuracy": stored.distorted,
    "distorted_log_loss": stored.distorted,
    "gap": gap,
    "spread": stored.spread,
    "f1_spread": stored.spread,
    "loss_jumps": stored.loss_jumps,
    "early_peak": stored.early_peak,
    "heat": heat.heat,
    "block_heat": heat.block_heat,
    "block_alike": heat.block_alike,
}


@dataclass(frozen=True)
class ClaimEvidence:
    """What our runs say to one comparison.

    ``advantage`` is how much ``better`` is ahead of ``worse`` on PrivateTest, positive where the report is
    confirmed whatever the figure's direction (shares; nats for losses), with its 95 % interval ``lo, hi`` that
    ``test`` names; NaN where a variant is missing, and ``lo, hi`` NaN where one mean is all that is kept.
    ``verdict`` is one of VERDICTS; ``missing`` names what is not there yet. Of equally short runs, ``length`` says how
    long ("3 of 100 epochs") and ``seen`` what they show; of unequally short ones, ``unequal`` says how far each was
    trained ("pisa.cnn1 8 of 200 epochs").
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
    test: str = ""


def weigh(claim: Claim, variants: Iterable[Variant] | Runs) -> tuple[str, list[ClaimEvidence]]:
    """The verdict on a claim, and the evidence of each of its comparisons.

    A claim holds where all its comparisons do, fails where one fails, which only runs trained to their end can; it
    waits while a variant that it needs is missing and none of the others fails; it is not comparable where something
    else differs as well (``Claim.unlike``). With :class:`Runs` in the place of the variants, several claims read each
    file once.
    """
    runs = variants if isinstance(variants, Runs) else Runs(variants)
    found = [_fairly(_weigh(comparison, runs), runs, claim.only_whole) for comparison in claim.comparisons]
    if claim.unlike:
        found = [one if one.missing else replace(one, verdict=NOT_COMPARABLE) for one in found]
    verdicts = {evidence.verdict for evidence in found}
    return next((verdict for verdict in _ORDER if verdict in verdicts), HOLDS), found


def in_words(verdict: str, evidence: Iterable[ClaimEvidence]) -> str:
    """The verdict; of equally short runs with their length and what they show: ``"at equal length, 3 of 100 epochs:
    as the report says"``; of one variant held against itself, ``"in a short run, 3 of 100 epochs: …"``."""
    if verdict != AT_EQUAL_LENGTH:
        return verdict
    short = [one for one in evidence if one.verdict == AT_EQUAL_LENGTH]
    lengths = listed(list(dict.fromkeys(one.length for one in short)))
    seen = Counter(one.seen for one in short)
    shown = [
        f"{words} in {count} of {len(short)}" if len(seen) > 1 else words for words, count in seen.items()
    ]
    alone = {one.comparison.better for one in short} if all(one.comparison.within for one in short) else ()
    where = verdict if not alone else "in a short run" if len(alone) == 1 else "in short runs"
    return f"{where}, {lengths}: {listed(shown)}"


def _fairly(evidence: ClaimEvidence, runs: Runs, only_whole: bool) -> ClaimEvidence:
    """The evidence, with no verdict where one of the two was not trained to its end."""
    names = tuple(dict.fromkeys((evidence.comparison.better, evidence.comparison.worse)))
    lengths = [runs.known[name].training_length if name in runs.known else None for name in names]
    short = [length is not None and length.whole is False for length in lengths]
    if evidence.missing or not any(short):
        return evidence
    if only_whole:
        waits = tuple(f"{name} to its end" for name, cut in zip(names, short, strict=True) if cut)
        return ClaimEvidence(evidence.comparison, math.nan, math.nan, math.nan, UNKNOWN, waits)
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
    """Whether all are known, ran for equally many epochs, and from the beginning; one is as long as itself."""
    if len(lengths) == 1:
        return True
    runs = {(length.run, length.share) if length and not length.continued else None for length in lengths}
    return len(runs) == 1 and None not in runs


def _weigh(comparison: Comparison, runs: Runs) -> ClaimEvidence:
    pair = tuple(dict.fromkeys((comparison.better, comparison.worse)))
    missing = tuple(name for name in pair if name not in runs.known)
    if missing:
        verdict = NEEDS_WEIGHTS if any(needs_weights(name) for name in missing) else UNKNOWN
        return ClaimEvidence(comparison, math.nan, math.nan, math.nan, verdict, missing)
    found = _MEASURES.get(comparison.figure, from_answers)(comparison, runs)
    verdict = UNKNOWN if found.missing else _verdict(found.lo, found.hi, comparison.relation)
    return ClaimEvidence(
        comparison, found.advantage, found.lo, found.hi, verdict, found.missing, test=found.test
    )


def _verdict(low: float, high: float, relation: str) -> str:
    if relation == AHEAD:
        return HOLDS if low > 0 else FAILS if high < 0 else UNDECIDED
    if relation == ALIKE and low > -ALIKE_WITHIN and high < ALIKE_WITHIN:
        return HOLDS
    if high < 0 or (relation == ALIKE and low > 0):
        return FAILS
    return HOLDS if relation == NOT_BEHIND and low > -ALIKE_WITHIN else UNDECIDED
