"""All claims with their verdicts in words and as tables, for the page, its downloads and the command line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from fer_core.formats import NOTHING, listed, signed
from fer_core.literature.claims.claim import (
    IN_NATS,
    SPREADS,
    Claim,
    Comparison,
    list_claims,
)
from fer_core.literature.claims.deciding import Needed, needed_for
from fer_core.literature.claims.our_runs import Runs
from fer_core.literature.claims.weighing import (
    AS_REPORTED,
    HOLDS,
    NOT_COMPARABLE,
    ClaimEvidence,
    in_words,
    weigh,
)
from fer_core.variants.registry import Variant

#: What each figure's differences are counted in; those in nats as they are, all others times 100.
UNITS = {
    "accuracy": "faces of 100 (accuracy)",
    "macro_f1": "points of 100 (macro F1)",
    "log_loss": "nats (log loss)",
    "auc_micro": "points of 100 (area under the ROC curve, micro average)",
    "auc_macro": "points of 100 (area under the ROC curve, macro average)",
    "recall": "faces of 100 (recall)",
    "precision": "points of 100 (precision)",
    "f1": "points of 100 (F1)",
    "auc": "points of 100 (area under the ROC curve)",
    "mixed_up": "points of 100 (share of all mistakes)",
    "taken_for": "points of 100 (share of the mistakes on those faces)",
    "distorted_accuracy": "faces of 100 (accuracy, distorted faces)",
    "distorted_log_loss": "nats (log loss, distorted faces)",
    "gap": "points of 100 (training minus validation accuracy)",
    "spread": "% wider spread of accuracy over repeats",
    "f1_spread": "% wider spread of F1 over repeats",
    "loss_jumps": "nats (change of the validation loss from epoch to epoch)",
    "early_peak": "faces of 100 (validation accuracy)",
    "heat": "points of 100 (heat, beyond as much of the rest of the face)",
    "block_heat": "points of 100 (heat, beyond as much of the rest of the face)",
    "block_alike": "points of 100 (correlation of the heat maps of two faces)",
}
EVIDENCE_COLUMNS = ("label", "advantage", "lo", "hi", "text", "verdict", "unit")


@dataclass(frozen=True)
class Weighed:
    """A claim with its verdict, the evidence of each of its comparisons, and what would decide it."""

    claim: Claim
    verdict: str
    evidence: tuple[ClaimEvidence, ...]
    needed: Needed

    @property
    def words(self) -> str:
        """The verdict, of short runs with their length and what they show; it says where another network gave it."""
        words = in_words(self.verdict, self.evidence)
        return f"on another network: {words}" if self.claim.network else words

    @property
    def to_decide(self) -> str:
        """The runs that it needs, or else what besides the finding differs between those that are there, or is missing
        of them."""
        missing = dict.fromkeys(name for one in self.evidence for name in one.missing)
        return self.needed.text or self.claim.unlike or listed(list(missing))

    @property
    def shown(self) -> str:
        """What our runs show, in a few words; nothing where they can't be compared."""
        seen = [one for one in self.evidence if not one.missing and one.verdict != NOT_COMPARABLE]
        if not seen:
            return NOTHING
        if len(self.evidence) == 1:
            row = evidence_row(seen[0])
            digits = _digits(seen[0].comparison)
            within = f" ({signed(row['lo'], digits)} to {signed(row['hi'], digits)})"
            return f"{row['text']}{'' if math.isnan(row['lo']) else within} {row['unit']}"
        confirmed = sum(one.verdict == HOLDS or one.seen == AS_REPORTED for one in seen)
        return f"{confirmed} of {len(self.evidence)} comparisons as the report says"


def weigh_all(variants: Iterable[Variant]) -> list[Weighed]:
    """Every claim in the file's order; CardError where a file of a variant can't be read."""
    variants = list(variants)
    runs = Runs(variants)
    return [
        Weighed(claim, verdict, tuple(evidence), needed_for(claim, variants))
        for claim in list_claims()
        for verdict, evidence in [weigh(claim, runs)]
    ]


def claims_frame(weighed: Iterable[Weighed]) -> pd.DataFrame:
    """One row a claim, all texts: ``id, report, section, claim, reported, verdict, words, shown, to_decide``."""
    rows = [
        {
            "id": each.claim.id,
            "report": each.claim.family,
            "section": each.claim.section,
            "claim": each.claim.claim,
            "reported": each.claim.reported,
            "verdict": each.verdict,
            "words": each.words,
            "shown": each.shown,
            "to_decide": each.to_decide,
        }
        for each in weighed
    ]
    return pd.DataFrame(rows, columns=_CLAIM_COLUMNS)


def evidence_frame(evidence: Iterable[ClaimEvidence]) -> pd.DataFrame:
    """The comparisons that could be made: columns EVIDENCE_COLUMNS, as :func:`evidence_row` has them."""
    rows = [evidence_row(one) for one in evidence if not one.missing]
    return pd.DataFrame(rows, columns=list(EVIDENCE_COLUMNS))


def comparisons_frame(weighed: Iterable[Weighed]) -> pd.DataFrame:
    """One row a comparison with its claim, figures, test and what it waits for: the whole evidence, to download."""
    return pd.DataFrame(
        [
            {
                "report": each.claim.family,
                "section": each.claim.section,
                "claim": each.claim.claim,
                "reported": each.claim.reported,
                "claim_verdict": each.verdict,
            }
            | evidence_row(one)
            | {
                "test": one.test,
                "waits_for": ", ".join(one.missing),
                "length": one.length,
                "seen": one.seen,
                "unequal": " and ".join(one.unequal),
                "to_decide": each.to_decide,
            }
            for each in weighed
            for one in each.evidence
        ]
    )


def evidence_row(evidence: ClaimEvidence) -> dict[str, str | float]:
    """One comparison: its ``label`` ("cnn5 over cnn1"), ``advantage, lo, hi`` in ``unit``, the first also as ``text``,
    and ``verdict``."""
    comparison = evidence.comparison
    scale = 1 if comparison.figure in IN_NATS else 100
    return {
        "label": label_of(comparison),
        "advantage": scale * evidence.advantage,
        "lo": scale * evidence.lo,
        "hi": scale * evidence.hi,
        "text": signed(scale * evidence.advantage, _digits(comparison)),
        "verdict": evidence.verdict,
        "unit": UNITS[comparison.figure],
    }


def label_of(comparison: Comparison) -> str:
    """What is held against what: ``"cnn5 over cnn1: disgust"``, ``"basic: happy over fear"``."""
    better, worse = (name.partition(".")[2] for name in (comparison.better, comparison.worse))
    first, second = (listed([_short(name) for name in side]) for side in comparison.sides)
    if comparison.figure == "mixed_up":
        return f"{better}: {first} over any other two"
    if comparison.figure == "taken_for":
        return f"{better}: {' for '.join(comparison.emotions)} over any other answer"
    if comparison.blocks:
        return f"{better}: block {' over block '.join(map(str, comparison.blocks))}"
    if comparison.regions:
        return f"{better}: {first} at {listed(list(comparison.regions))}"
    if comparison.until:
        return f"{better}: until epoch {comparison.until} over later"
    if comparison.within:
        return f"{better}: {first} over {second}"
    return f"{better} over {worse}" + (f": {first}" if first else "")


def _short(name: str) -> str:
    return name.removeprefix("report_").replace("salt_pepper", "salt and pepper")


def _digits(comparison: Comparison) -> int:
    return 3 if comparison.figure in IN_NATS else 0 if comparison.figure in SPREADS else 1


_CLAIM_COLUMNS = ["id", "report", "section", "claim", "reported", "verdict", "words", "shown", "to_decide"]
