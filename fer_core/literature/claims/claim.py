"""What the reports found, as comparisons that can be made again: ``experiments/claims.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from fer_core import paths
from fer_core.data.distortions import REPORT
from fer_core.emotions import EMOTIONS
from fer_core.errors import RecipeError
from fer_core.evaluation.regions import REGIONS

CLAIMS = paths.EXPERIMENTS / "claims.yaml"

#: The report has the first ahead of the second, has neither ahead, or has the first not behind.
AHEAD, ALIKE, NOT_BEHIND = "ahead", "alike", "not_behind"
RELATIONS = (AHEAD, ALIKE, NOT_BEHIND)

#: What each figure may or must be of besides its variants.
EMOTION, DISTORTION, EPOCH, REGION, BLOCK = "emotions", "distortions", "until", "regions", "blocks"
#: The figures that variants are compared in, and what each is of.
FIGURES = {
    "accuracy": (),
    "macro_f1": (),
    "log_loss": (),
    "auc_micro": (),
    "auc_macro": (),
    "recall": (EMOTION,),
    "precision": (EMOTION,),
    "f1": (EMOTION,),
    "auc": (EMOTION,),
    "mixed_up": (EMOTION,),
    "taken_for": (EMOTION,),
    "distorted_accuracy": (DISTORTION,),
    "distorted_log_loss": (DISTORTION,),
    "gap": (),
    "spread": (),
    "f1_spread": (EMOTION,),
    "loss_jumps": (),
    "early_peak": (EPOCH,),
    "heat": (EMOTION, REGION),
    "block_heat": (REGION, BLOCK),
    "block_alike": (BLOCK,),
}
#: Of these, the smaller is the better one.
LOWER_IS_BETTER = ("log_loss", "distorted_log_loss", "gap", "spread", "f1_spread", "loss_jumps")
#: These are of two emotions, and of one variant: held against all its other confusions.
CONFUSIONS = ("mixed_up", "taken_for")
#: These are of one variant's heat maps over many faces: parts of the face held against its other parts, or a block of
#: layers against another.
HEAT = ("heat", "block_heat", "block_alike")
#: These are in nats, and the spreads below are ratios; all others are shares.
IN_NATS = ("log_loss", "distorted_log_loss", "loss_jumps")
SPREADS = ("spread", "f1_spread")


@dataclass(frozen=True)
class Comparison:
    """``better`` is the variant that the report has ahead of ``worse`` in ``figure`` (one of FIGURES).

    ``emotions`` and ``distortions`` are those that the figure is of; ``against`` are those of ``worse`` where they are
    others, so that one variant can be held against itself (fear's area against disgust's). ``until`` is the epoch by
    which it was at its best. ``regions`` are the parts of the face, ``blocks`` the block of layers (1 first) and
    that which it is held against. ``relation`` is one of RELATIONS.
    """

    better: str
    worse: str
    figure: str
    emotions: tuple[str, ...] = ()
    relation: str = AHEAD
    distortions: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    until: int = 0
    regions: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()

    @property
    def within(self) -> bool:
        """Whether both sides are one variant."""
        return self.better == self.worse

    @property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The emotions or distortions of the first, and of the second."""
        own = self.emotions or self.distortions
        return own, self.against or own


@dataclass(frozen=True)
class Claim:
    """One finding, as a sentence, with the figures that the report gave for it and the ``section`` it stands in.

    ``unlike``: what else differs between the variants, so that no verdict on the finding follows from them; and what
    would show. ``network``: which other network than the report's the finding is tried on, where its own can't be
    had here. ``only_whole``: it is about how far a variant is trained, so that short runs say nothing about it.
    """

    id: str
    family: str
    claim: str
    reported: str
    comparisons: tuple[Comparison, ...]
    section: str = ""
    only_whole: bool = False
    unlike: str = ""
    network: str = ""

    @property
    def variants(self) -> tuple[str, ...]:
        """All variants that it compares, each once, in order."""
        return tuple(dict.fromkeys(name for one in self.comparisons for name in (one.better, one.worse)))


@cache
def list_claims() -> tuple[Claim, ...]:
    """All claims in the file's order; RecipeError names one that is wrong."""
    return tuple(_claim(entry) for entry in yaml.safe_load(CLAIMS.read_text(encoding="utf-8")))


def _claim(entry: Mapping[str, Any]) -> Claim:
    try:
        comparisons = tuple(
            comparison for one in entry["comparisons"] for comparison in _comparisons(dict(one))
        )
        return Claim(**dict(entry) | {"comparisons": comparisons})
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{CLAIMS.name}: {dict(entry).get('id', entry)!r} is wrong: {error}.") from error


def _comparisons(content: dict[str, Any]) -> list[Comparison]:
    """One entry is a comparison for each of the variants in ``worse``, or of ``variant`` with itself; and for each of
    ``each_emotion``, of the first side one by one, and of ``over_each``, of the second."""
    if "variant" in content:
        content["better"] = content["worse"] = content.pop("variant")
    worse = content.pop("worse")
    against = [(each,) for each in content.pop("over_each", ())] or [tuple(content.pop("against", ()))]
    first = [(each,) for each in content.pop("each_emotion", ())] or [tuple(content.pop(EMOTION, ()))]
    content |= {kind: tuple(content.get(kind, ())) for kind in (DISTORTION, REGION, BLOCK)}
    made = [
        Comparison(worse=name, emotions=emotions, against=side, **content)
        for name in ([worse] if isinstance(worse, str) else worse)
        for emotions in first
        for side in against
    ]
    for comparison in made:
        _check(comparison)
    return made


def _check(comparison: Comparison) -> None:
    figure = comparison.figure
    if figure not in FIGURES or comparison.relation not in RELATIONS:
        raise ValueError(f"its figure is {figure!r}, its relation {comparison.relation!r}")
    for kind, names in ((EMOTION, EMOTIONS), (DISTORTION, REPORT), (REGION, REGIONS)):
        named = getattr(comparison, kind)
        if (kind in FIGURES[figure]) != bool(named) or set(named) - set(names):
            raise ValueError(f"{figure!r} is of the {kind} {named}")
        if named and set(comparison.against) - set(names):
            raise ValueError(f"it is held against the {kind} {comparison.against}")
    if (EPOCH in FIGURES[figure]) != bool(comparison.until):
        raise ValueError(f"{figure!r} is until epoch {comparison.until}")
    if (BLOCK in FIGURES[figure]) != (len(comparison.blocks) == 2):
        raise ValueError(f"{figure!r} is of the blocks {comparison.blocks}")
    if figure in HEAT and not comparison.within:
        raise ValueError(f"{figure!r} is of one variant")
    if figure in CONFUSIONS and (len(comparison.emotions) != 2 or not comparison.within):
        raise ValueError(f"{figure!r} is of two emotions and one variant")
    if comparison.within and figure not in (*CONFUSIONS, *HEAT, "early_peak") and not comparison.against:
        raise ValueError(f"{comparison.better} is compared with itself")
