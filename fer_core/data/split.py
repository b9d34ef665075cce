"""Labelled faces: the splits of a data set, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError


class SplitName(StrEnum):
    """The splits of FER2013, as its csv names them."""

    TRAINING = "Training"
    PUBLIC_TEST = "PublicTest"
    PRIVATE_TEST = "PrivateTest"


class Measured(StrEnum):
    """Which test faces a card's figures are of: ``CLEAN`` leaves out copies of training faces."""

    ALL = "private_test"
    CLEAN = "private_test_clean"


SPLITS = tuple(SplitName)
TEST_SPLITS = (SplitName.PUBLIC_TEST, SplitName.PRIVATE_TEST)

#: The data set that the protocol is about, known by the sizes of its splits.
FER2013 = "FER2013"

FER2013_SIZES = dict(zip(SplitName, (28_709, 3_589, 3_589), strict=True))

#: Where it is to be had, free of charge, after signing in.
FER2013_URL = "https://www.kaggle.com/datasets/msambare/fer2013"

#: What models learn from, known without the pictures.
FER2013_TRAINING = dict(zip(EMOTIONS, (3_995, 436, 4_097, 7_215, 4_965, 4_830, 3_171), strict=True))


@dataclass(frozen=True)
class Split:
    """Pictures that belong together.

    Attributes:
        faces: uint8 (N, 48, 48), grey, 0-255.
        labels: int64 (N,), 0-6 in EMOTIONS order.
        names: str (N,), no two alike: the source file's stem, with its emotion before it (or all its folders)
            where others have the same one, or the row number of a csv source.
    """

    faces: np.ndarray
    labels: np.ndarray
    names: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> Split:
        """The chosen rows (indices or a boolean mask) as a Split."""
        return Split(self.faces[rows], self.labels[rows], self.names[rows])

    def rows_of(self, names: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The row of each picture of these ``names`` and ``labels`` (N,): int64 (N,), -1 where there is none."""
        known = {name: row for row, name in enumerate(self.names.tolist())}
        rows = np.array([known.get(name, -1) for name in names.tolist()], np.int64)
        return np.where((rows >= 0) & (self.labels[rows] == labels), rows, -1)

    def counts(self) -> dict[str, int]:
        """Pictures per emotion."""
        return {name: int((self.labels == index).sum()) for index, name in enumerate(EMOTIONS)}


@dataclass(frozen=True)
class Dataset:
    """All splits and the manifest written when they were imported."""

    splits: dict[str, Split]
    manifest: dict = field(default_factory=dict)

    def split(self, name: str) -> Split:
        """The split of that name; DataError for any other name."""
        if name not in self.splits:
            raise DataError(f"There is no split {name!r}: choose one of {', '.join(self.splits)}.")
        return self.splits[name]

    @property
    def name(self) -> str:
        """``"FER2013"``, or where other pictures came from; dealt out anew, they keep their name."""
        return name_of(self.manifest)

    @property
    def sha256(self) -> str:
        """Hash of faces, labels and splits; what cards quote."""
        return self.manifest["sha256"]


def name_of(manifest: Mapping) -> str:
    """The name of the data set with this manifest: ``"FER2013"`` by its sizes, else its source."""
    sizes = {name: counts["all"] for name, counts in manifest["counts"].items()}
    return manifest.get("name") or (FER2013 if sizes == FER2013_SIZES else manifest["source"])
