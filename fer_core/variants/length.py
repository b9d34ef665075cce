"""How far a variant was trained: its epochs beside those that its recipe plans, and how its training ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fer_core.formats import counted
from fer_core.variants.texts import BEGAN_WITH_WEIGHTS, EARLY_STOPPING_ENDED

#: Beside models that were not trained to their end, where there is no room for words.
SHORT_MARK = "◌"


class Ended(StrEnum):
    """What ended a training."""

    PLANNED = "planned"
    EARLY_STOPPING = "early_stopping"
    CUT = "cut"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TrainingLength:
    """Epochs that were run, and that the recipe plans (None where the card does not say).

    ``share``: of the training faces, what it learnt from; less than 1 is a smoke run.
    ``continued``: it began with another variant's weights, so its epochs are not all that it has learnt in.
    """

    run: int
    planned: int | None
    ended: Ended
    continued: bool = False
    share: float = 1.0

    @property
    def whole(self) -> bool | None:
        """Whether it was trained to its end: all planned epochs, or its own stopping rule, from the beginning, on all
        faces.

        None where that is not known.
        """
        if self.ended is Ended.UNKNOWN:
            return None
        return self.ended is not Ended.CUT and not self.continued and self.share == 1

    @property
    def text(self) -> str:
        """``"4 of 150 epochs"``; ``"61 of at most 200 epochs"`` where its rule stopped it; ``"2 of 2 epochs on 10 % of
        the faces"``."""
        part = f" on {100 * self.share:g} % of the faces" if self.share < 1 else ""
        if self.planned is None or self.run > self.planned:
            return counted(self.run, "epoch") + part
        at_most = "at most " if self.ended is Ended.EARLY_STOPPING else ""
        return f"{self.run} of {at_most}{counted(self.planned, 'epoch')}{part}"

    @property
    def how(self) -> str:
        """What follows the text: ``", stopped by its rule"``, ``", cut short"`` or nothing; and if it was continued."""
        reason = {Ended.EARLY_STOPPING: ", stopped by its rule", Ended.CUT: ", cut short"}.get(self.ended, "")
        return reason + (", begun with another model's weights" if self.continued else "")

    @property
    def long_text(self) -> str:
        """Text and end: ``"61 of at most 200 epochs, stopped by its rule"``."""
        return self.text + self.how


def length_of(facts: Mapping[str, Any]) -> TrainingLength | None:
    """The length that a trained card's ``faceoff:`` block says; None for what has no epochs of its own, such as
    ensembles and models that were trained elsewhere."""
    run, planned = facts.get("epochs_run"), facts.get("epochs_planned")
    if run is None:
        return None
    deviations = [str(said) for said in facts.get("deviations") or []]
    continued = any(said.startswith(BEGAN_WITH_WEIGHTS) for said in deviations)
    share = facts.get("training_share") or 1.0
    return TrainingLength(run, planned, _ended(run, planned, deviations), continued, share)


def trained_to_end(cards: Mapping[str, Mapping[str, Any]]) -> dict[str, bool | None]:
    """Whether each was trained to its end, for trained variants' ``faceoff:`` blocks by id; None where that is not
    known. An ensemble was where all its members were, a model in int8 where the one that it is made of was; they are
    looked for among ``cards``."""
    return {name: _is_whole(name, cards, ()) for name in cards}


def _is_whole(name: str, cards: Mapping[str, Mapping[str, Any]], within: tuple[str, ...]) -> bool | None:
    if name not in cards or name in within:
        return None
    length = length_of(cards[name])
    if length is not None:
        return length.whole
    members = [_is_whole(member, cards, (*within, name)) for member in made_of(cards[name])]
    if False in members:
        return False
    return True if members and None not in members else None


def made_of(facts: Mapping[str, Any]) -> list[str]:
    """The ids that an ensemble, or a model in int8, is made of; a block of a card may be anything here."""
    quantised = facts.get("quantised")
    if isinstance(quantised, dict):
        return [str(quantised.get("from"))]
    made = facts.get("ensemble")
    members = made.get("members") if isinstance(made, dict) else None
    entries = members if isinstance(members, list) else []
    return [str(member.get("id")) for member in entries if isinstance(member, dict)]


def _ended(run: int, planned: int | None, deviations: list[str]) -> Ended:
    if any(said.startswith(EARLY_STOPPING_ENDED) for said in deviations):
        return Ended.EARLY_STOPPING
    if planned is None:
        return Ended.UNKNOWN
    return Ended.PLANNED if run >= planned else Ended.CUT
