"""Which test sets a variant has learnt from: in its own training, or in that of who it was made of.

A card has their names as ``extra``, and the hashes of their pictures as they were then as ``extra_sha256``: so a set
is known again under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

EXTRA, HASHES = "extra", "extra_sha256"
#: What a run's facts call the sets that its first weights had learnt from.
INHERITED = "inherited"


def learnt_by(*variants: Variant) -> dict[str, str]:
    """By name, the hash of the pictures of each set that one of the variants has learnt from; "" where none is kept."""
    found: dict[str, str] = {}
    for variant in variants:
        facts = variant.card.faceoff if variant.card else {}
        hashes = facts.get(HASHES) or {}
        found |= {name: str(hashes.get(name, "")) for name in facts.get(EXTRA) or []}
    return found


def card_facts(learnt: Mapping[str, str]) -> dict[str, Any]:
    """The same as a card has it; nothing where nothing was learnt from."""
    hashes = {name: sha256 for name, sha256 in learnt.items() if sha256}
    return {EXTRA: list(learnt), HASHES: hashes} if learnt else {}


def has_learnt_from(test_set: TestSet, variant: Variant) -> bool:
    """Whether the variant has learnt from the set's faces, so that no figure on them tells anything."""
    learnt = learnt_by(variant)
    return test_set.name in learnt or test_set.sha256 in learnt.values()


def inherited_sentences(names: Iterable[str], of: str) -> list[str]:
    """For the log and the card of what was made of others: ``of`` says of whom, as ``"The weights of a.b"``."""
    return [f"{of} had learnt from its owner's test set {name}." for name in names]
