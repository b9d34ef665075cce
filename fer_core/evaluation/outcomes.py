"""What each answer came to, face by face: the little of the predictions that comparisons need.

Twenty kilobytes a variant, so that a thousand of them can be held against each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_core.data.split import SplitName
from fer_core.errors import CardError
from fer_core.evaluation.metrics import SMALLEST_PROB, are_labels
from fer_core.evaluation.predictions import Predictions, from_table, read_table


@dataclass(frozen=True, eq=False)
class Outcomes:
    """One variant on N faces; all arrays have the length N.

    ``label`` and ``predicted`` are uint8 in 0–6, ``loss`` float32 in nats (-ln of the true emotion's
    probability, as :func:`fer_core.evaluation.metrics.log_loss` counts it; NaN where only labels were answered),
    ``leaked`` bool. ``faces`` is
    equal for variants that were measured on the same faces, in the same order and with the same labels.
    """

    label: np.ndarray
    predicted: np.ndarray
    loss: np.ndarray
    leaked: np.ndarray
    faces: str


@dataclass(frozen=True, eq=False)
class Panel:
    """V variants on the same N faces, so that their answers can be paired.

    ``label`` uint8 (N,), ``leaked`` bool (N,), ``predicted`` uint8 (V, N), ``loss`` float32 (V, N) in nats.
    """

    ids: tuple[str, ...]
    label: np.ndarray
    leaked: np.ndarray
    predicted: np.ndarray
    loss: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def right(self) -> np.ndarray:
        """Which answers are right: bool (V, N)."""
        return self.predicted == self.label

    @property
    def accuracy(self) -> np.ndarray:
        """The share of right answers of each variant: float64 (V,)."""
        return self.right.mean(axis=1)

    def clean(self) -> Panel:
        """The same variants on the faces that are not leaked; may be empty."""
        keep = ~self.leaked
        return Panel(
            self.ids, self.label[keep], self.leaked[keep], self.predicted[:, keep], self.loss[:, keep]
        )

    def of(self, ids: Sequence[str]) -> Panel:
        """Those of the variants that are named in ``ids``, in that order; others are passed over."""
        rows = [self.ids.index(name) for name in ids if name in self.ids]
        names = tuple(self.ids[row] for row in rows)
        return Panel(names, self.label, self.leaked, self.predicted[rows], self.loss[rows])


def outcomes_of(predictions: Predictions, split: str = SplitName.PRIVATE_TEST) -> Outcomes:
    """The outcomes of one split."""
    rows = predictions.of(split)
    return _outcomes(rows, pa.array(rows.image.astype(str), pa.string()))


def outcomes_in(path: Path, split: str = SplitName.PRIVATE_TEST) -> Outcomes:
    """The outcomes of one split of a ``predictions.parquet``; CardError if it can't be read.

    The same as :func:`outcomes_of` of what :func:`fer_core.evaluation.predictions.read_predictions` reads, in
    half the time: names of pictures are never made into Python's texts.
    """
    table = read_table(path)
    rows = from_table(table, path, with_images=False).of(split)
    try:
        images = table["image"].filter(pc.equal(table["split"], split)).cast(pa.string())
    except pa.ArrowException as error:
        raise CardError(f"{path.parent.name}/{path.name}: the column image holds no names.") from error
    return _outcomes(rows, images.combine_chunks())


def _outcomes(rows: Predictions, images: pa.StringArray) -> Outcomes:
    given = rows.probs[np.arange(len(rows)), rows.label].astype(np.float64)
    given = np.full(len(rows), np.nan) if are_labels(rows.probs) else given
    faces = hashlib.blake2b(_bytes(images), digest_size=16)
    faces.update(rows.label.tobytes() + rows.leaked.tobytes())
    return Outcomes(
        label=rows.label.astype(np.uint8),
        predicted=rows.predicted.astype(np.uint8),
        loss=-np.log(np.clip(given, SMALLEST_PROB, 1.0)).astype(np.float32),
        leaked=rows.leaked,
        faces=faces.hexdigest(),
    )


def _bytes(texts: pa.StringArray) -> bytes:
    """Where each text ends, and all of them one after the other: different for different texts."""
    _, ends, data = texts.buffers()
    if not len(texts) or data is None:
        return b""
    bounds = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return (bounds - bounds[0]).tobytes() + memoryview(data)[bounds[0] : bounds[-1]].tobytes()


def panels(outcomes: Mapping[str, Outcomes]) -> list[Panel]:
    """Variants grouped by the faces they were measured on, the group with the most variants first."""
    groups: dict[str, list[str]] = {}
    for name, outcome in outcomes.items():
        groups.setdefault(outcome.faces, []).append(name)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return [_panel({name: outcomes[name] for name in group}) for group in ordered]


def _panel(group: Mapping[str, Outcomes]) -> Panel:
    first = next(iter(group.values()))
    return Panel(
        ids=tuple(group),
        label=first.label,
        leaked=first.leaked,
        predicted=np.stack([outcome.predicted for outcome in group.values()]),
        loss=np.stack([outcome.loss for outcome in group.values()]),
    )
