"""The answers of several variants to the same faces, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_core.errors import CardError, UnknownVariantError
from fer_core.evaluation.predictions import Predictions


@dataclass(frozen=True, eq=False)
class Members:
    """M variants' answers for the same N faces: ``probs`` float32 (M, N, 7) in the order of ``ids``.

    ``faces`` holds split, image, label and leaked of the faces; its probabilities are the first member's.
    """

    ids: tuple[str, ...]
    probs: np.ndarray
    faces: Predictions

    def of(self, split: str, clean: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Label int64 (n,) and probs (M, n, 7) of one split, without leaked faces if ``clean``."""
        keep = (self.faces.split == split) & ~(self.faces.leaked & clean)
        return self.faces.label[keep], self.probs[:, keep]


def gather(predictions: Mapping[str, Predictions]) -> Members:
    """The members by id; CardError where they were not measured on the same faces."""
    first_id, first = next(iter(predictions.items()))
    for name, other in predictions.items():
        same = len(other) == len(first) and all(
            np.array_equal(getattr(other, column), getattr(first, column))
            for column in ("split", "image", "label")
        )
        if not same:
            raise CardError(
                f"{name} was measured on other faces than {first_id}: they can't answer together."
            )
    return Members(tuple(predictions), np.stack([each.probs for each in predictions.values()]), first)


@dataclass(frozen=True, eq=False)
class AnswerSheet:
    """V variants' answers for N faces of one ``split``.

    ``row`` int64 (N,) is each face's place in its split, from 0; ``image`` str (N,) its name; ``label`` int64
    (N,) in EMOTIONS order; ``leaked`` bool (N,); ``probs`` float32 (V, N, 7) in the order of ``ids``.
    """

    ids: tuple[str, ...]
    split: str
    row: np.ndarray
    image: np.ndarray
    label: np.ndarray
    leaked: np.ndarray
    probs: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    @property
    def predicted(self) -> np.ndarray:
        """The emotion of the highest probability: int64 (V, N)."""
        return self.probs.argmax(axis=2)

    @property
    def confidence(self) -> np.ndarray:
        """The highest probability: float32 (V, N)."""
        return self.probs.max(axis=2)

    @property
    def wrong(self) -> np.ndarray:
        """Which answers are not the label: bool (V, N)."""
        return self.predicted != self.label

    def place(self, variant_id: str) -> int:
        """Where the variant stands in ``ids``; UnknownVariantError if it doesn't."""
        if variant_id not in self.ids:
            raise UnknownVariantError(variant_id, self.ids)
        return self.ids.index(variant_id)

    def clean(self) -> AnswerSheet:
        """The faces that are not leaked, each with its ``row`` as before; may be empty."""
        keep = ~self.leaked
        return AnswerSheet(
            self.ids, self.split, self.row[keep], self.image[keep], self.label[keep], self.leaked[keep],
            self.probs[:, keep],
        )  # fmt: skip


def answer_sheet(members: Members, split: str) -> AnswerSheet:
    """The members' answers for one split; CardError where they have none."""
    faces = members.faces
    keep = np.flatnonzero(faces.split == split)
    if not len(keep):
        raise CardError(f"{members.ids[0]} has no answers for {split}: evaluate it again.")
    return AnswerSheet(
        members.ids, split, np.arange(len(keep)), faces.image[keep], faces.label[keep], faces.leaked[keep],
        members.probs[:, keep],
    )  # fmt: skip
