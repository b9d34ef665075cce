"""Add your own labelled pictures: read in any layout, faces found and cut, copies of FER2013 counted."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from fer_core.data.audit import face_keys
from fer_core.data.split import SplitName
from fer_core.data.store import is_imported, load_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError, PictureError
from fer_core.faces.detector_file import detector_path
from fer_core.faces.stills import still_finder
from fer_core.formats import counted, listed
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.crops import AUTO as AUTO_CROP
from fer_core.test_sets.crops import CROPS, cut, read_any
from fer_core.test_sets.labels import NUMBERS, Naming, Wishes, name_classes, parse_wishes
from fer_core.test_sets.layouts import ALL, AUTO, PARTS, Entry, Listing, list_source
from fer_core.test_sets.store import Kept, TestSet, check_name, write_set

PART_CHOICES = (AUTO, *PARTS.values(), ALL)
NO_FACE, UNREADABLE = "pictures in which no face was found", "pictures that can't be read"
_NAMED = 3
_SEVERAL, _ONE = re.compile(r"\b(picture|row|file)s\b"), r"\1"
_REPORT_EVERY = 20

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class ReadingOptions:
    """How pictures become a test set.

    Attributes:
        merged: texts such as ``calm=neutral``: which emotion a class is.
        ignored: classes that are left out.
        numbers: whose numbers classes have, a key of :data:`fer_core.test_sets.labels.NUMBERS`; "" for what fits.
        part: "train", "validation", "test", "all"; "auto" is the test part where there is one, else all.
        crop: "auto" finds the face in each picture and cuts it; "whole" takes the middle square.
    """

    merged: Collection[str] = ()
    ignored: Collection[str] = ()
    numbers: str = ""
    part: str = AUTO
    crop: str = "auto"


AS_IT_COMES = ReadingOptions()


@dataclass(eq=False)
class _Work:
    """What became of the pictures so far."""

    kept: list[Kept] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, entry: Entry, label: int, pixels: np.ndarray) -> None:
        self.kept.append(Kept(entry.name, label, pixels))
        self.words[entry.word] += 1

    def leave_out(self, reason: str, name: str) -> None:
        self.left_out[reason] += 1
        self.examples.setdefault(reason, []).append(name)


@for_trainers("added a test set", "name")
def add_set(
    path: Path,
    name: str,
    reading: ReadingOptions = AS_IT_COMES,
    progress: Progress = lambda done, total: None,
    *,
    by: Identity | None = None,
) -> TestSet:
    """Read labelled pictures and keep them as the test set ``name``.

    Args:
        path: a folder, an archive or a csv, in any layout of :mod:`fer_core.test_sets.layouts`.
        name: small letters, digits, - and _.
        reading: which classes, part and cut.
        progress: called with (done, total) now and then.
        by: the requester.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: the name is taken or none; nothing there; no labelled pictures; words that may be slips; or no
            picture that can be used.
    """
    check_name(name)
    wishes = parsed(reading)
    listing = list_source(Path(path)).of(reading.part)
    naming = name_classes(
        Counter(entry.word for entry in listing.entries),
        replace(wishes, numbers=wishes.numbers or listing.numbers),
        listing.source.name,
    )
    work = _Work()
    for number, (entry, data) in enumerate(listing.contents()):
        _take(entry, data, naming, reading, work)
        if (number + 1) % _REPORT_EVERY == 0 or number + 1 == len(listing.entries):
            progress(number + 1, len(listing.entries))
    if not work.kept:
        raise DataError(f"{listing.source.name}: no picture can be used: {_words(work.left_out)}.")
    kept, compared_with = with_copies(_apart(work.kept))
    return write_set(name, kept, _manifest(listing, naming, reading, work, kept, compared_with))


def parsed(reading: ReadingOptions) -> Wishes:
    """How its classes are to be read; DataError for words that mean nothing."""
    for given, known, what in ((reading.part, PART_CHOICES, "part"), (reading.crop, CROPS, "crop")):
        if given not in known:
            raise DataError(f"There is no {what} {given!r}: choose {listed(list(known), 'or')}.")
    return parse_wishes(reading.merged, reading.ignored, reading.numbers)


def _take(entry: Entry, data: bytes, naming: Naming, reading: ReadingOptions, work: _Work) -> None:
    label = naming.label(entry.word)
    if label is None:
        work.leave_out(f"pictures of the class {naming.shown(entry.word)}", entry.name)
        return
    if entry.face is not None:
        work.keep(entry, label, entry.face)
        return
    try:
        rgb = read_any(data, entry.name)
    except PictureError:
        work.leave_out(UNREADABLE, entry.name)
        return
    found = cut(rgb, reading.crop, _finder())
    if found is None:
        work.leave_out(NO_FACE, entry.name)
        return
    work.done[found[1]] += 1
    work.keep(entry, label, found[0])


def _finder():
    """One for all pictures of this process."""
    if _Finder.made is None:
        _Finder.made = still_finder()
    return _Finder.made


class _Finder:
    made = None


def _apart(kept: Sequence[Kept]) -> list[Kept]:
    """Named by their stems where no two are alike, else by their class and stem, else by their whole path and place."""
    paths = [PurePosixPath(each.name) for each in kept]
    for names in (
        [path.stem for path in paths],
        [str(PurePosixPath(*path.with_suffix("").parts[-2:])) for path in paths],
        [f"{path} ({place})" for place, path in enumerate(paths, 1)],
    ):
        if len(set(names)) == len(names):
            break
    return [replace(each, name=name) for each, name in zip(kept, names, strict=True)]


def with_copies(
    kept: list[Kept],
    splits: Sequence[str] = (SplitName.PRIVATE_TEST, SplitName.PUBLIC_TEST, SplitName.TRAINING),
) -> tuple[list[Kept], str | None]:
    """Which are copies of FER2013's pictures, pixel by pixel as models see them; and the hash of what was compared."""
    if not is_imported():
        return kept, None
    dataset = load_dataset()
    keys = face_keys(np.stack([each.face for each in kept]))
    marked = list(kept)
    for split in splits:  # the last counts most: what was learnt from
        known = {key.tobytes() for key in face_keys(dataset.split(split).faces)}
        marked = [
            replace(each, copy_of=split) if key.tobytes() in known else each
            for each, key in zip(marked, keys, strict=True)
        ]
    return marked, dataset.sha256


def _manifest(
    listing: Listing,
    naming: Naming,
    reading: ReadingOptions,
    work: _Work,
    kept: list[Kept],
    compared_with: str | None,
) -> dict[str, Any]:
    counts = Counter(EMOTIONS[each.label] for each in kept)
    words = Counter(entry.word for entry in listing.entries)
    sides = [each.pixels.shape[0] for each in kept]
    return {
        "source": listing.source.name,
        "layout": listing.layout,
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "count": len(kept),
        "counts": {emotion: counts[emotion] for emotion in EMOTIONS},
        "classes": [
            {"word": word, "emotion": emotion, "count": (work.words if emotion else words)[word]}
            for word in sorted(words)
            for emotion in [naming.emotions[word]]
        ],
        "numbers": naming.numbers,
        "part": reading.part,
        "crop": reading.crop,
        "finder": "YuNet" if detector_path() else "Haar cascade",
        "cut": dict(work.done),
        "left_out": dict(listing.left_out + work.left_out),
        "left_out_such_as": {reason: names[:_NAMED] for reason, names in work.examples.items()},
        "sides": [min(sides), max(sides)],
        "in_colour": sum(each.pixels.ndim == 3 for each in kept),
        "compared_with": compared_with,
        "copies": dict(Counter(each.copy_of for each in kept if each.copy_of)),
        "sha256": content_hash(kept),
    }


def content_hash(kept: Sequence[Kept]) -> str:
    """SHA-256 of pictures and labels, in an order of their own."""
    digest = hashlib.sha256()
    for each in sorted(kept, key=lambda one: (one.label, one.pixels.shape, one.pixels.tobytes())):
        digest.update(f"{each.label} {each.pixels.shape} ".encode() + each.pixels.tobytes())
    return digest.hexdigest()


def _words(counts: Mapping[str, int]) -> str:
    """``"2 .txt files and 1 picture that can't be read"``."""
    found = [
        f"{count:,} {_SEVERAL.sub(_ONE, reason, count=1) if count == 1 else reason}"
        for reason, count in counts.items()
    ]
    return listed(found) if found else "nothing there"


def described(test_set: TestSet) -> Iterator[str]:
    """A set in sentences: what its classes were taken for, what was left out, how faces were cut, and what to mind."""
    manifest = test_set.manifest
    unit = " votes" if manifest.get("voted") else ""
    kept = [
        f"{each['word'] or '(none)'} → {each['emotion']} ({each['count']:,}{unit})"
        for each in manifest["classes"]
        if each["emotion"]
    ]
    yield f"{counted(manifest['count'], 'face')} from {manifest['source']} ({manifest['layout']}): {', '.join(kept)}."
    if manifest["numbers"]:
        order = ", ".join(f"{number} {word}" for number, word in NUMBERS[manifest["numbers"]].items())
        yield f"Numbers were read as {manifest['numbers']} has them: {order}."
    if manifest["left_out"]:
        yield f"Left out: {_words(manifest['left_out'])}."
    if manifest["cut"]:
        found = f" (faces are searched with {manifest['finder']})" if manifest["crop"] == AUTO_CROP else ""
        yield f"Pictures: {_words(manifest['cut'])}{found}."
    if test_set.missing:
        yield (
            f"There is no face of {listed(test_set.missing)}: such an answer is always wrong here, and macro F1 counts "
            "it as 0, so compare it within this set alone."
        )
    yield copies_words(test_set)
    if test_set.faces_of:
        yield (
            f"The pictures are those of {test_set.faces_of}; {manifest['changed']:,} of {manifest['count']:,} "
            "have another label than before."
        )


def copies_words(test_set: TestSet) -> str:
    """How many pictures are copies of FER2013's, pixel by pixel."""
    if test_set.manifest["compared_with"] is None:
        return "Whether pictures of FER2013 are among them is not known: FER2013 was not imported when they were added."
    copies = test_set.manifest["copies"]
    if not copies:
        return "None is a copy of a picture of the imported data, pixel by pixel."
    parts = listed([f"{count:,} of {split}" for split, count in copies.items()])
    return f"Copies of pictures of the imported data, pixel by pixel: {parts}."
