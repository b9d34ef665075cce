"""Another labelling of the imported test faces: a csv of pictures and labels, or of raters' votes as FER+ has them.

It becomes a test set over the same pictures. Whoever has answered these faces already need not answer again: its stored
answers are held against the new labels.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.csv_rows import csv_rows, header_of
from fer_core.data.split import Split, SplitName
from fer_core.data.store import load_split, read_manifest
from fer_core.emotions import EMOTIONS, emotion_named, is_other_class
from fer_core.errors import DataError
from fer_core.evaluation.predictions import read_predictions
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.adding import AS_IT_COMES, ReadingOptions, content_hash, parsed, with_copies
from fer_core.test_sets.labels import name_classes
from fer_core.test_sets.layouts import FILE_COLUMNS, LABEL_COLUMNS, column_named
from fer_core.test_sets.measured import MeasuredVariant
from fer_core.test_sets.store import Kept, TestSet, check_name, read_agreement, read_first_labels, write_set

FACES_OF = (SplitName.PRIVATE_TEST, SplitName.PUBLIC_TEST)
_NAMES = (*FILE_COLUMNS, "image name")
_MOST_VOTES = 1e9  # for one emotion of one picture; more is no count
_TIE, _NONE, _UNKNOWN = (
    "pictures whose raters are tied",
    "pictures that most raters call none of the seven",
    "rows of pictures that are not in {}",
)


@for_trainers("added a test set", "name")
def add_labels(
    path: Path,
    name: str,
    faces_of: str = SplitName.PRIVATE_TEST,
    reading: ReadingOptions = AS_IT_COMES,
    *,
    by: Identity | None = None,
) -> TestSet:
    """Keep the labels at ``path`` as the test set ``name`` over the imported faces of ``faces_of``.

    Args:
        path: a csv with a column of pictures (their names in the imported data, or their rows in fer2013.csv, as FER+
            has them in ``Image name``), and one of labels, or one of votes for each emotion.
        name: small letters, digits, - and _.
        faces_of: PrivateTest or PublicTest.
        reading: how words or numbers of labels are read.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: nothing is imported; the csv has no such columns, names no picture, or no emotion.
    """
    check_name(name)
    if faces_of not in FACES_OF:
        raise DataError(f"There are no test faces {faces_of!r}: choose {' or '.join(FACES_OF)}.")
    split, left_out = load_split(faces_of), Counter()
    votes, words = _read(Path(path), reading)
    rows = _rows(split, list(votes), left_out, faces_of)
    kept = [
        Kept(str(split.names[row]), label, split.faces[row], "", agreement, int(split.labels[row]))
        for picture, row in rows.items()
        if (found := _winner(votes[picture], left_out)) is not None
        for label, agreement in [found]
    ]
    if not kept:
        raise DataError(
            f"{path.name} labels no picture of {faces_of}: give their names, or their rows in fer2013.csv."
        )
    kept.sort(key=lambda each: each.name)
    kept, _ = with_copies(
        kept,
        (SplitName.PUBLIC_TEST, SplitName.TRAINING)
        if faces_of == SplitName.PRIVATE_TEST
        else (SplitName.TRAINING,),
    )
    return write_set(name, kept, _manifest(Path(path), faces_of, kept, words, left_out))


def sides(test_set: TestSet, measured: Sequence[MeasuredVariant]) -> pd.DataFrame:
    """Which of each variant's mistakes by the first labels the new ones side with.

    Columns: ``variant, faces, wrong`` (by the first labels), ``sided`` (of these, how many are right by the new ones),
    ``right`` (by the first) and ``lost`` (of these, how many are wrong by the new ones).
    """
    first = read_first_labels(test_set)
    rows = []
    for variant in measured:
        answers = read_predictions(variant.predictions_path)
        was, now = answers.predicted == first, answers.predicted == answers.label
        rows.append(
            {
                "variant": variant.id,
                "faces": len(first),
                "wrong": int((~was).sum()),
                "sided": int((~was & now).sum()),
                "right": int(was.sum()),
                "lost": int((was & ~now).sum()),
            }
        )
    return pd.DataFrame(rows, columns=["variant", "faces", "wrong", "sided", "right", "lost"])


def agreement_slices(test_set: TestSet) -> np.ndarray | None:
    """How many of 100 raters gave the label that won, of each picture: float64 (N,); None where nobody voted."""
    agreement = read_agreement(test_set)
    return None if np.isnan(agreement).all() else agreement


def _read(
    path: Path, reading: ReadingOptions
) -> tuple[dict[str, dict[str, float]], dict[str, tuple[str, int]]]:
    """By picture, the votes for each emotion ("" for none of the seven); and what each word was taken for."""
    try:
        with path.open("rb") as content:
            header = header_of(content)
            named = column_named(header, _NAMES)
            if named is None:
                raise DataError(f"{path.name} has no column of pictures: one of {', '.join(_NAMES[:4])} … .")
            voted = [each for each in header if emotion_named(each) or is_other_class(each)]
            if sum(bool(emotion_named(each)) for each in voted) > 1:
                return _votes(path, list(csv_rows(path.name, content, [named, *voted])), voted)
            label = column_named(header, LABEL_COLUMNS)
            if label is None:
                raise DataError(
                    f"{path.name} has neither a column of labels ({', '.join(LABEL_COLUMNS[:4])} …) nor one of votes "
                    "for each emotion (angry, disgust …)."
                )
            return _labels(path, list(csv_rows(path.name, content, [named, label])), reading)
    except OSError as error:
        raise DataError(f"{path.name} can't be read ({error.strerror}).") from error


def _votes(path: Path, rows: list[tuple[int, list[str]]], columns: list[str]):
    emotions = [emotion_named(each) or "" for each in columns]
    votes: dict[str, dict[str, float]] = {}
    for line, (picture, *cells) in rows:
        if not picture.strip():
            continue
        own = votes.setdefault(picture.strip(), {})
        for emotion, cell in zip(emotions, cells, strict=True):
            own[emotion] = own.get(emotion, 0) + _count(cell, f"{path.name}, line {line}")
    return votes, {
        word: (emotion, int(sum(own[emotion] for own in votes.values())))
        for word, emotion in zip(columns, emotions, strict=True)
    }


def _count(cell: str, where: str) -> float:
    with contextlib.suppress(ValueError):
        value = float(cell or 0)
        if 0 <= value <= _MOST_VOTES:
            return value
    raise DataError(f"{where}: {cell[:40]!r} is no number of votes.")


def _labels(path: Path, rows: list[tuple[int, list[str]]], reading: ReadingOptions):
    pairs = [(picture.strip(), word.strip()) for _, (picture, word) in rows if picture.strip()]
    words = Counter(word for _, word in pairs)
    naming = name_classes(words, parsed(reading), path.name)
    votes: dict[str, dict[str, float]] = {}
    for picture, word in pairs:  # a row each rater, or one for all
        own = votes.setdefault(picture, {})
        own[naming.emotions[word]] = own.get(naming.emotions[word], 0) + 1
    return votes, {word: (naming.emotions[word], count) for word, count in words.items()}


def _winner(votes: dict[str, float], left_out: Counter[str]) -> tuple[int, float] | None:
    """The label that most raters gave, and their share; NaN where there was one."""
    ranked = sorted(votes.items(), key=lambda each: -each[1])
    total = sum(votes.values())
    if not total or not ranked[0][0]:
        left_out[_NONE] += 1
        return None
    if len(ranked) > 1 and ranked[1][1] == ranked[0][1]:
        left_out[_TIE] += 1
        return None
    return EMOTIONS.index(ranked[0][0]), ranked[0][1] / total if total > 1 else math.nan


def _rows(split: Split, pictures: list[str], left_out: Counter[str], faces_of: str) -> dict[str, int]:
    """The row in the split of each picture that is there, by its name, or by the number in it where names are rows."""
    by_name = {name: row for row, name in enumerate(split.names.tolist())}
    by_number = {int(name): row for name, row in by_name.items() if name.isdecimal()}
    found: dict[str, int] = {}
    for picture in pictures:
        path = PurePosixPath(picture)
        stem = str(path.with_suffix("")) if path.suffix else picture
        number = re.search(r"(\d+)$", stem)
        row = by_name.get(stem, by_name.get(PurePosixPath(stem).name))
        if row is None and number and len(by_number) == len(by_name):
            row = by_number.get(int(number[1]))
        if row is None:
            left_out[_UNKNOWN.format(faces_of)] += 1
        else:
            found[picture] = row
    return found


def _manifest(
    path: Path, faces_of: str, kept: list[Kept], words: dict[str, tuple[str, int]], left_out: Counter[str]
) -> dict[str, Any]:
    counts = Counter(EMOTIONS[each.label] for each in kept)
    return {
        "source": path.name,
        "layout": f"labels of {faces_of}'s pictures",
        "faces_of": faces_of,
        "voted": any(not math.isnan(each.agreement) for each in kept),
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "count": len(kept),
        "counts": {emotion: counts[emotion] for emotion in EMOTIONS},
        "classes": [
            {"word": word, "emotion": emotion, "count": count} for word, (emotion, count) in words.items()
        ],
        "numbers": "",
        "cut": {},
        "left_out": dict(left_out),
        "changed": sum(each.label != each.first_label for each in kept),
        "compared_with": read_manifest()["sha256"],
        "copies": dict(Counter(each.copy_of for each in kept if each.copy_of)),
        "sha256": content_hash(kept),
    }
