"""The answers of several variants to the same faces, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_core.errors import CardError, UnknownVariantError
from fer_core.evaluation.predictions import Answered, Predictions

_FACE = ("split", "image", "label")


@dataclass(frozen=True, eq=False)
class AnswerSheet(Answered):
    """V variants' answers for the same N faces, with every probability.

    ``split``, ``image``, ``label`` and ``leaked``, (N,) each, are as :class:`Predictions` has them; ``row`` int64
    (N,) is each face's place in its split, from 0; ``probs`` float32 (V, N, 7) in the order of ``ids``.
    """

    ids: tuple[str, ...]
    split: np.ndarray
    row: np.ndarray
    image: np.ndarray
    label: np.ndarray
    leaked: np.ndarray
    probs: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    @property
    def split_name(self) -> str:
        """The split of the first face, which is that of all after :meth:`of`; "" without faces."""
        return str(self.split[0]) if len(self) else ""

    @property
    def wrong(self) -> np.ndarray:
        """Which answers are not the label: bool (V, N)."""
        return self.predicted != self.label

    def place(self, variant_id: str) -> int:
        """Where the variant stands in ``ids``; UnknownVariantError if it doesn't."""
        if variant_id not in self.ids:
            raise UnknownVariantError(variant_id, self.ids)
        return self.ids.index(variant_id)

    def of(self, split: str, clean: bool = False) -> AnswerSheet:
        """The faces of one split, without leaked ones if ``clean``, each with its ``row`` as before; may be empty."""
        keep = (self.split == split) & ~(self.leaked & clean)
        return AnswerSheet(
            self.ids, self.split[keep], self.row[keep], self.image[keep], self.label[keep], self.leaked[keep],
            self.probs[:, keep],
        )  # fmt: skip

    def with_probs(self, probs: np.ndarray) -> Predictions:
        """The same faces, answered once: with ``probs`` float32 (N, 7)."""
        return Predictions(self.split, self.image, self.label, self.leaked, probs)


def answer_sheet(predictions: Mapping[str, Predictions]) -> AnswerSheet:
    """The variants' answers by id; CardError where they were not measured on the same faces."""
    first_id, first = next(iter(predictions.items()))
    for name, other in predictions.items():
        same = len(other) == len(first) and all(
            np.array_equal(getattr(other, column), getattr(first, column)) for column in _FACE
        )
        if not same:
            raise CardError(
                f"{name} was measured on other faces than {first_id}: they can't answer together."
            )
    row = np.zeros(len(first), np.int64)
    for split in np.unique(first.split):
        where = np.flatnonzero(first.split == split)
        row[where] = np.arange(len(where))
    probs = np.stack([each.probs for each in predictions.values()])
    return AnswerSheet(tuple(predictions), first.split, row, first.image, first.label, first.leaked, probs)


def demand_split(sheet: AnswerSheet, split: str) -> AnswerSheet:
    """Its faces of one split; CardError where there are none."""
    found = sheet.of(split)
    if not len(found):
        raise CardError(f"{sheet.ids[0]} has no answers for {split}: evaluate it again.")
    return found
