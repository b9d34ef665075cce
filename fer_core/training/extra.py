"""Your own faces beside those of Training: ``data: {extra: [name, …]}`` in a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fer_core.data.copies import copies_among
from fer_core.data.split import TEST_SPLITS, Dataset, Split, SplitName
from fer_core.errors import TrainingError
from fer_core.formats import whole
from fer_core.test_sets.store import get_set, read_faces


@dataclass(frozen=True)
class Joined:
    """A set that is learnt from: its hash, how many of its faces are, and how many are copies of test faces."""

    name: str
    sha256: str
    count: int
    copies: int

    @property
    def sentence(self) -> str:
        """For the log and the card."""
        left = f"; {whole(self.copies)} copies of test faces were left out" if self.copies else ""
        return f"It learnt from {whole(self.count)} faces of its owner's test set {self.name} too{left}."


def with_extra(dataset: Dataset, names: Sequence[str]) -> tuple[Dataset, list[Joined]]:
    """``dataset`` with the faces of these test sets joined to Training, those that are copies of test faces left out.

    DataError where there is no such set; TrainingError where it is another labelling of test faces.
    """
    splits, joined = dict(dataset.splits), []
    for name in names:
        test_set = get_set(name)
        if test_set.faces_of:
            raise TrainingError(
                f"{name} labels the faces of {test_set.faces_of}, which are there to be tested on: nothing can be "
                "learnt from it."
            )
        own = read_faces(test_set)
        known = np.logical_or.reduce(
            [copies_among(own.faces, dataset.split(each).faces) for each in TEST_SPLITS]
        )
        splits[SplitName.TRAINING] = _joined(splits[SplitName.TRAINING], own.take(~known), name)
        joined.append(Joined(name, test_set.sha256, int((~known).sum()), int(known.sum())))
    return (replace(dataset, splits=splits) if joined else dataset), joined


def check_same(began_with: Mapping[str, str], joined: Sequence[Joined]) -> None:
    """TrainingError where a run that goes on began with other pictures of a set."""
    changed = [each.name for each in joined if began_with.get(each.name) != each.sha256]
    if changed:
        raise TrainingError(f"The test set {changed[0]} changed since the run began: start without --resume.")


def _joined(training: Split, own: Split, name: str) -> Split:
    names = np.array([f"{name}/{each}" for each in own.names.tolist()], str)
    return Split(
        np.concatenate([training.faces, own.faces]),
        np.concatenate([training.labels, own.labels]),
        np.concatenate([training.names, names]),
    )
