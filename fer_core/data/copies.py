"""Copies between splits, to look at and to warn of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.audit import copy_groups, face_keys
from fer_core.data.protocols import OFFICIAL
from fer_core.data.split import TEST_SPLITS, Split
from fer_core.emotions import EMOTIONS


@dataclass(frozen=True)
class Copy:
    """Another picture with the same pixels: where it stands, its name and its label."""

    split: str
    image: str
    emotion: str


def copies_among(faces: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of ``faces`` uint8 (N, 48, 48) have an exact copy in ``others`` uint8 (M, 48, 48): bool (N,)."""
    known = {key.tobytes() for key in face_keys(others)}
    return np.array([key.tobytes() in known for key in face_keys(faces)], bool)


def copies_of_tests(training: Split, splits: Mapping[str, Split]) -> dict[str, np.ndarray]:
    """Which training pictures, prepared or not, are exact copies of test ones: bool (N,) per test split.

    ``splits`` holds PublicTest and PrivateTest, perhaps others.
    """
    return {name: copies_among(training.faces, splits[name].faces) for name in TEST_SPLITS}


def leak_warning(training: Split, splits: Mapping[str, Split]) -> str | None:
    """One sentence if the training pictures touch a test picture, for whoever is about to train on them."""
    touching = copies_of_tests(training, splits)
    count = int(np.logical_or.reduce(list(touching.values())).sum())
    if not count:
        return None
    parts = " and ".join(f"{int(rows.sum()):,} of {name}" for name, rows in touching.items())
    return (
        f"{count:,} of {len(training):,} training pictures are exact copies of test pictures ({parts}): what is "
        "learned from them makes figures on all test faces too good, so compare the clean ones."
    )


def imported_warning(manifest: Mapping[str, Any], protocol: str) -> str | None:
    """The same before anything is loaded, from the manifest's audit of what was imported; None without copies."""
    if protocol != OFFICIAL:
        return (
            "This protocol deals the pictures out anew: how many training pictures are copies of test pictures is "
            "counted when the training starts, and stands in its log."
        )
    audit = manifest.get("audit", {})
    public, private = audit.get("public_in_training", 0), audit.get("private_in_training", 0)
    if not public + private:
        return None
    return (
        f"{public:,} faces of PublicTest and {private:,} of PrivateTest have an exact copy among the training faces, "
        "whatever the preparation: figures on all test faces are a little too good, so compare the clean ones."
    )


def copy_table(splits: Mapping[str, Split]) -> pd.DataFrame:
    """Every picture that has an exact copy, a row each, copies below each other.

    Columns: ``group`` (counted from 1), ``size`` of it, ``split``, ``row`` in the split, ``image``, ``emotion``,
    ``conflicting`` (the group's labels differ) and ``across`` (the group stands in more than one split). Groups
    across splits come first, then conflicting ones, then by size.
    """
    rows = []
    for number, group in enumerate(copy_groups(splits)):
        labels = [int(splits[name].labels[row]) for name, row in group]
        facts = {
            "group": number,
            "size": len(group),
            "conflicting": len(set(labels)) > 1,
            "across": len({name for name, _ in group}) > 1,
        }
        rows += [
            facts
            | {"split": name, "row": row, "image": str(splits[name].names[row]), "emotion": EMOTIONS[label]}
            for (name, row), label in zip(group, labels, strict=True)
        ]
    columns = ["group", "size", "split", "row", "image", "emotion", "conflicting", "across"]
    table = pd.DataFrame(rows, columns=columns)
    order = ["across", "conflicting", "size", "group"]
    table = table.sort_values(order, ascending=[False, False, False, True], kind="stable", ignore_index=True)
    return table.assign(group=pd.factorize(table["group"])[0] + 1)


def copies_by_row(table: pd.DataFrame, split: str) -> dict[int, tuple[Copy, ...]]:
    """For each row of ``split`` that has copies, all the others of its group; ``table`` from :func:`copy_table`."""
    found = {}
    for _, group in table[table["group"].isin(table.loc[table["split"] == split, "group"])].groupby("group"):
        members = [
            (row.split, int(row.row), Copy(row.split, row.image, row.emotion)) for row in group.itertuples()
        ]
        for name, row, own in members:
            if name == split:
                found[row] = tuple(copy for _, _, copy in members if copy is not own)
    return found
