"""``predictions.parquet``: what one variant answered on every face of PublicTest and PrivateTest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core.data.split import TEST_SPLITS, SplitName
from fer_core.emotions import EMOTIONS, ROW_SUM_TOLERANCE
from fer_core.errors import CardError
from fer_core.machine.files import replacing

PROB_COLUMNS: tuple[str, ...] = tuple(f"p{index}" for index in range(len(EMOTIONS)))
COLUMNS: tuple[str, ...] = ("split", "image", "label", "leaked", *PROB_COLUMNS)


class Answered:
    """What probabilities answer: ``probs`` float32 (..., 7), by their last axis."""

    probs: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """The emotion with the highest probability: int64 (...,)."""
        return self.probs.argmax(axis=-1)

    @property
    def confidence(self) -> np.ndarray:
        """The highest probability: float32 (...,)."""
        return self.probs.max(axis=-1)


@dataclass(frozen=True, eq=False)
class Predictions(Answered):
    """One row per face, all arrays of the same length N.

    ``split`` is one of :data:`TEST_SPLITS`; ``image`` the source file's stem, or its row in
    the CSV; ``label`` int64 in 0–6, in EMOTIONS order; ``leaked`` bool, true where an exact pixel copy
    stands in Training (for PrivateTest, also in PublicTest); ``probs`` float32 (N, 7), rows sum to 1.
    """

    split: np.ndarray
    image: np.ndarray
    label: np.ndarray
    leaked: np.ndarray
    probs: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    def of(self, split: str, clean: bool = False) -> Predictions:
        """The rows of one split; with ``clean``, without the leaked ones. May be empty."""
        keep = self.split == split
        if clean:
            keep &= ~self.leaked
        return self.where(keep)

    def where(self, keep: np.ndarray) -> Predictions:
        """The rows that a boolean mask or an index array of ``keep`` picks."""
        return Predictions(
            self.split[keep], self.image[keep], self.label[keep], self.leaked[keep], self.probs[keep]
        )


def joined(first: Predictions, second: Predictions) -> Predictions:
    """The rows of both, one after the other."""
    columns = ("split", "image", "label", "leaked", "probs")
    return Predictions(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in columns))


def read_predictions(path: Path) -> Predictions:
    """Parse ``predictions.parquet`` and check it; CardError names the file and what is wrong."""
    return from_table(read_table(path), path)


def read_table(path: Path) -> pa.Table:
    """The eleven columns of a ``predictions.parquet`` as they are stored; CardError where that can't be."""
    name = _name(path)
    try:
        with pq.ParquetFile(path, memory_map=True) as file:  # twice as fast as pq.read_table on a small file
            table = file.read(use_threads=False)
            names = table.column_names
    except FileNotFoundError as error:
        raise CardError(f"{name} is missing; run `python -m fer_core evaluate` to make it.") from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise CardError(f"{name} is not a readable Parquet file; evaluate the variant again.") from error
    for many, wrong in (
        ("lacks the column", [column for column in COLUMNS if column not in names]),
        ("has more than once the column", [column for column in COLUMNS if names.count(column) > 1]),
    ):
        if wrong:
            raise CardError(f"{name} {many}{'s' * (len(wrong) > 1)} {', '.join(wrong)}.")
    return table


def from_table(table: pa.Table, path: Path, with_images: bool = True) -> Predictions:
    """What :func:`read_table` read of ``path``, checked; CardError names the file and what is wrong.

    Without images their names are empty: turning texts into Python's is the larger part of the work.
    """
    name = _name(path)
    try:
        predictions = _from_table(table, with_images)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise CardError(f"{name} has a column of the wrong type or with empty cells.") from error
    _check(predictions, name)
    return predictions


def write_predictions(path: Path, predictions: Predictions, facts: Mapping[str, str] | None = None) -> None:
    """Write the eleven columns, whole or not at all; CardError if the rows are not valid predictions.

    ``facts`` are kept beside them: :func:`read_facts`.
    """
    _check(predictions, "These predictions")
    arrays = {
        "split": pa.array(predictions.split.astype(str), pa.string()),
        "image": pa.array(predictions.image.astype(str), pa.string()),
        "label": pa.array(predictions.label, pa.int64()),
        "leaked": pa.array(predictions.leaked, pa.bool_()),
    }
    for index, name in enumerate(PROB_COLUMNS):
        arrays[name] = pa.array(predictions.probs[:, index], pa.float32())
    with replacing(path) as unfinished:
        pq.write_table(
            pa.table(arrays, metadata=dict(facts) if facts else None),
            unfinished,
            compression="zstd",  # a third smaller, and faster to read, with the probabilities' bytes sorted
            use_dictionary=["split", "label"],
            column_encoding=dict.fromkeys(PROB_COLUMNS, "BYTE_STREAM_SPLIT"),
        )


def read_facts(path: Path) -> dict[str, str]:
    """What was kept beside a file's predictions; nothing where there is no such file, or it can't be read."""
    try:
        kept = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    return {key.decode(): value.decode("utf-8", "replace") for key, value in kept.items()}


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _from_table(table: pa.Table, with_images: bool) -> Predictions:
    columns = {
        name: table[name].to_numpy(zero_copy_only=False) for name in ("label", "leaked", *PROB_COLUMNS)
    }
    images = table["image"].to_numpy(zero_copy_only=False).astype(str) if with_images else None
    return Predictions(
        split=_few_texts(table["split"]),
        image=np.full(len(table), "") if images is None else images,
        label=columns["label"].astype(np.int64, casting="same_kind"),
        leaked=columns["leaked"].astype(bool, casting="safe"),
        probs=np.stack([columns[name] for name in PROB_COLUMNS], axis=1).astype(
            np.float32, casting="same_kind"
        ),
    )


def _few_texts(column: pa.ChunkedArray) -> np.ndarray:
    """A column of few different texts as an array of str; each text is converted once."""
    coded = column.combine_chunks().dictionary_encode()
    if coded.null_count:
        raise ValueError("there are empty cells")
    return np.array(coded.dictionary.to_pylist(), str)[coded.indices.to_numpy()]


def _check(predictions: Predictions, name: str) -> None:
    """CardError unless shapes, labels, splits and probabilities are what the class promises."""
    count = len(predictions)
    lengths = {len(column) for column in (predictions.split, predictions.image, predictions.leaked)}
    if lengths != {count} or predictions.probs.shape != (count, len(EMOTIONS)):
        raise CardError(f"{name}: the columns differ in length, or there are not seven probabilities.")
    unknown = predictions.split[
        (predictions.split != SplitName.PUBLIC_TEST) & (predictions.split != SplitName.PRIVATE_TEST)
    ]
    if len(unknown):
        raise CardError(
            f"{name}: unknown split {str(unknown[0])!r}; use {SplitName.PUBLIC_TEST} or {SplitName.PRIVATE_TEST}."
        )
    if count and not (predictions.label.min() >= 0 and predictions.label.max() < len(EMOTIONS)):
        raise CardError(f"{name}: a label lies outside 0–{len(EMOTIONS) - 1}.")
    probs = predictions.probs
    inside = np.isfinite(probs).all() and (probs >= 0).all() and (probs <= 1 + ROW_SUM_TOLERANCE).all()
    if not inside or (np.abs(probs.sum(axis=1) - 1) > ROW_SUM_TOLERANCE).any():
        raise CardError(f"{name}: a row is not seven probabilities that sum to 1.")


def counts_by_split(predictions: Predictions) -> pd.DataFrame:
    """Faces of each emotion: columns ``series`` (the split), ``emotion, count``."""
    frames = []
    for split in TEST_SPLITS:
        found = np.bincount(predictions.of(split).label, minlength=len(EMOTIONS))
        frames.append(pd.DataFrame({"series": split, "emotion": EMOTIONS, "count": found}))
    return pd.concat(frames, ignore_index=True)


def leaked_by_split(predictions: Predictions) -> dict[str, tuple[int, int]]:
    """For each test split, how many of its faces are leaked, and of how many."""
    parts = {split: predictions.of(split) for split in TEST_SPLITS}
    return {split: (int(part.leaked.sum()), len(part)) for split, part in parts.items()}
