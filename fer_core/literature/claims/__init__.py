"""The findings of the five reports as claims: what they say, what our own runs say to it, what would decide it.

``claim`` reads ``experiments/claims.yaml``; ``figures`` and ``stored`` measure how far one variant is ahead of another;
``weighing`` makes a verdict of it; ``deciding`` says what is missing, and what that costs; ``tables`` puts it in words.
"""

from fer_core.literature.claims.claim import (
    AHEAD,
    ALIKE,
    FIGURES,
    NOT_BEHIND,
    Claim,
    Comparison,
    list_claims,
)
from fer_core.literature.claims.deciding import (
    Needed,
    core_hours,
    needed_for,
    needs_weights,
)
from fer_core.literature.claims.our_runs import Runs
from fer_core.literature.claims.tables import (
    Weighed,
    claims_frame,
    comparisons_frame,
    evidence_frame,
    weigh_all,
)
from fer_core.literature.claims.weighing import (
    AT_EQUAL_LENGTH,
    FAILS,
    HOLDS,
    NEEDS_WEIGHTS,
    NOT_COMPARABLE,
    UNDECIDED,
    UNKNOWN,
    VERDICTS,
    ClaimEvidence,
    in_words,
    weigh,
)

__all__ = [
    "AHEAD",
    "ALIKE",
    "AT_EQUAL_LENGTH",
    "FAILS",
    "FIGURES",
    "HOLDS",
    "NEEDS_WEIGHTS",
    "NOT_BEHIND",
    "NOT_COMPARABLE",
    "UNDECIDED",
    "UNKNOWN",
    "VERDICTS",
    "Claim",
    "ClaimEvidence",
    "Comparison",
    "Needed",
    "Runs",
    "Weighed",
    "claims_frame",
    "comparisons_frame",
    "core_hours",
    "evidence_frame",
    "in_words",
    "list_claims",
    "needed_for",
    "needs_weights",
    "weigh",
    "weigh_all",
]
