"""Which pictures a training learns from, is chosen by, and is measured on.

Figures can be compared only under one protocol, and that is ``fer2013-official``. The others are the splits of
the five reports, for those who want to follow one to the letter; each keeps the three roles under the names
Training (learn), PublicTest (choose) and PrivateTest (report).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from fer_core.data.split import Dataset, Split, SplitName
from fer_core.emotions import EMOTIONS
from fer_core.errors import RecipeError

#: Train on Training, choose on PublicTest, report on PrivateTest: the only protocol that is ranked.
OFFICIAL = "fer2013-official"

#: The share of Training that cos429 validates on.
COS429_SHARE = 0.15


class Roles(NamedTuple):
    """Which pictures a protocol learns from, chooses by and reports on, in words, and who used it."""

    learnt: str
    chosen: str
    tested: str
    note: str


ROLES: dict[str, Roles] = {
    OFFICIAL: Roles("Training", "PublicTest", "PrivateTest", ", as FER2013 was published"),
    "moodmirror-70-20-10": Roles(
        "70 % of all pictures", "another 20 %", "the last 10 %", ", drawn at random (MoodMirror)"
    ),
    "cos429-85-15": Roles("85 % of Training", "the other 15 %", "PrivateTest", " (cos429)"),
    "pisa-80-20": Roles(
        "80 % of Training", "the other 20 %", "PublicTest and PrivateTest together", " (pisa)"
    ),
    "hust-80-10-10": Roles(
        "80 % of all pictures", "another 10 %", "the last 10 %", ", each emotion alike (hust)"
    ),
    "kaggle-folders": Roles("Training", "PublicTest and PrivateTest together", "the same faces", " (ece176)"),
}
#: Every protocol by its name in recipes, with what it does.
PROTOCOLS: dict[str, str] = {name: " / ".join(roles[:3]) + roles.note for name, roles in ROLES.items()}


def under_protocol(dataset: Dataset, protocol: str, seed: int) -> Dataset:
    """``dataset`` with its pictures dealt out anew; RecipeError for a name that is not of PROTOCOLS.

    The manifest, and so the name and the hash, stay those of ``dataset``: it is the same set of pictures. The
    split is the same for the same ``seed``. Pictures that stand in two of the parts are marked as leaked when
    a variant is evaluated, whatever the protocol: splits that are drawn from all pictures have many.
    """
    if protocol not in PROTOCOLS:
        raise RecipeError(f"There is no protocol {protocol!r}: choose {', '.join(PROTOCOLS)}.")
    if protocol == OFFICIAL:
        return dataset
    training, public, private = (dataset.split(name) for name in SplitName)
    parts = _DEALERS[protocol](training, public, private, seed)
    return Dataset(
        dict(zip(SplitName, parts, strict=True)),
        dataset.manifest | {"name": dataset.name},
    )


def learnt_from(training: Split, hold_out: float, seed: int, share: float = 1.0) -> Split:
    """``training`` without a share of ``hold_out`` of its pictures (rounded up), and of the rest a ``share`` of each
    emotion (rounded up); the same for the same ``seed``."""
    left = _cut(training, hold_out, seed)[0] if hold_out else training
    if share == 1:
        return left
    rng, wanted = np.random.default_rng(seed), shared_counts(left.counts(), share)
    of_each = [rng.permutation(np.flatnonzero(left.labels == label)) for label in range(len(EMOTIONS))]
    kept = [rows[: wanted[name]] for name, rows in zip(EMOTIONS, of_each, strict=True)]
    return left.take(np.sort(np.concatenate(kept)))


def shared_counts(counts: Mapping[str, int], share: float) -> dict[str, int]:
    """How many pictures of each emotion a ``share`` of these ``counts`` is."""
    return {name: math.ceil(round(share * count, 6)) for name, count in counts.items()}


def _of_all(shares: tuple[float, float], stratified: bool) -> Callable[..., tuple[Split, Split, Split]]:
    """Deal all pictures out: ``shares`` of them for choosing and for the test, the rest to learn from."""

    def deal(training: Split, public: Split, private: Split, seed: int) -> tuple[Split, Split, Split]:
        everything = _joined(training, public, private)
        rest, test = _cut(everything, shares[1], seed, stratified)
        learnt, chosen = _cut(rest, shares[0] / (1 - shares[1]), seed, stratified)
        return learnt, chosen, test

    return deal


def _cos429(training: Split, public: Split, private: Split, seed: int) -> tuple[Split, Split, Split]:
    return *_cut(training, COS429_SHARE, seed), private


def _pisa(training: Split, public: Split, private: Split, seed: int) -> tuple[Split, Split, Split]:
    return *_cut(training, 0.2, seed), _joined(public, private)


def _kaggle(training: Split, public: Split, private: Split, seed: int) -> tuple[Split, Split, Split]:
    return training, _joined(public, private), _joined(public, private)


_DEALERS = {
    "moodmirror-70-20-10": _of_all((0.2, 0.1), stratified=False),
    "cos429-85-15": _cos429,
    "pisa-80-20": _pisa,
    "hust-80-10-10": _of_all((0.1, 0.1), stratified=True),
    "kaggle-folders": _kaggle,
}


def _cut(split: Split, share: float, seed: int, stratified: bool = False) -> tuple[Split, Split]:
    """What is left, and ``share`` of it (rounded up), each in its first order."""
    from sklearn.model_selection import train_test_split  # heavy, and needed by these protocols alone

    rows = np.arange(len(split))
    left, taken = train_test_split(
        rows, test_size=share, random_state=seed, stratify=split.labels if stratified else None
    )
    return split.take(np.sort(left)), split.take(np.sort(taken))


def _joined(*splits: Split) -> Split:
    return Split(
        np.concatenate([split.faces for split in splits]),
        np.concatenate([split.labels for split in splits]),
        np.concatenate([split.names for split in splits]),
    )
