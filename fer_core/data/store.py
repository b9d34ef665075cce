"""The imported data set: three splits as uint8 arrays in one file, and a manifest beside it.

FER_HOME/data/ faces.npz  manifest.json
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.data.audit import audit, face_keys
from fer_core.data.csv_rows import AS_TEST_SET
from fer_core.data.sources import FACE_SIZE, Example, Progress, read_source
from fer_core.data.split import Dataset, Split, SplitName
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError, DataMissingError
from fer_core.machine.files import recover_folder, replacing_folder
from fer_core.roles.permissions import Identity, for_trainers

FACES = "faces.npz"
MANIFEST = "manifest.json"
_MANIFEST_KEYS = {"source", "sha256", "counts", "audit"}

#: By the hash of pictures and labels, that which cards have quoted since before names were left out of it: FER2013's.
KNOWN_HASHES = {
    "669754c394c7ba095590128e9b942ad985418d1d601bb3d5e4fe3cfacafc74a6": (
        "bb40359fbc84e0ee5a52f3339f14aa3dff984df192eb94c9aee6382231cd0047"
    )
}


@for_trainers("imported data", "path")
def import_dataset(
    path: Path, progress: Progress | None = None, folder: Path | None = None, *, by: Identity | None = None
) -> Dataset:
    """Read the data set at ``path``, audit it and store it in FER_HOME/data.

    What was imported before stays untouched until the new data set is read completely.

    Raises:
        NotAllowedError: the requester ``by`` may only look.
        DataError: as :func:`read_source`, or a split or class is missing.
    """
    left_out: Counter[str] = Counter()
    dataset = _collect(read_source(path, progress, left_out), Path(path).name)
    dataset = replace(dataset, manifest=dataset.manifest | {"left_out": dict(left_out)})
    store_dataset(dataset, folder)
    return dataset


def build_dataset(splits: dict[str, Split], source: str) -> Dataset:
    """A Dataset with its audited manifest from ready splits."""
    manifest = {
        "source": source,
        "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": content_hash(splits),
        "face_size": FACE_SIZE,
        "counts": {name: {"all": len(split), **split.counts()} for name, split in splits.items()},
        "audit": audit(splits),
    }
    return Dataset(splits, manifest)


@for_trainers("stored data", "dataset")
def store_dataset(dataset: Dataset, folder: Path | None = None, *, by: Identity | None = None) -> None:
    """Write ``dataset`` to ``folder`` (FER_HOME/data), replacing the old one only when complete.

    NotAllowedError where the requester ``by`` may only look.
    """
    with replacing_folder(folder or paths.data()) as temporary:
        arrays = {
            f"{name}/{kind}": getattr(split, kind)
            for name, split in dataset.splits.items()
            for kind in ("faces", "labels", "names")
        }
        np.savez_compressed(temporary / FACES, **arrays)
        (temporary / MANIFEST).write_text(json.dumps(dataset.manifest, indent=1) + "\n")


def is_imported(folder: Path | None = None) -> bool:
    """Whether a data set lies in FER_HOME/data."""
    return ((folder or paths.data()) / MANIFEST).is_file()


def read_manifest(folder: Path | None = None) -> dict:
    """Counts, hash and audit of the imported data set, without its pictures.

    Raises:
        DataMissingError: nothing has been imported.
        DataError: the manifest is damaged.
    """
    manifest = (folder or paths.data()) / MANIFEST
    if not manifest.is_file():
        recover_folder(manifest.parent)
    if not manifest.is_file():
        raise DataMissingError(
            "No data set has been imported: run `python -m fer_core data import PATH` with FER2013, "
            "or `python -m fer_core data schematic` for drawn faces."
        )
    try:
        found = json.loads(manifest.read_text())
    except ValueError as error:
        raise DataError(f"{manifest} is damaged: import the data set again.") from error
    if not isinstance(found, dict) or not found.keys() >= _MANIFEST_KEYS:
        raise DataError(f"{manifest} is damaged: import the data set again.")
    return found


def load_dataset(folder: Path | None = None) -> Dataset:
    """The imported data set with its pictures (about 90 MB for FER2013).

    Raises:
        DataMissingError: nothing has been imported.
        DataError: the stored files are damaged.
    """
    manifest = read_manifest(folder)
    with _stored_arrays(folder) as arrays:
        splits = {name: _split(arrays, name) for name in SplitName if f"{name}/faces" in arrays}
    return Dataset(splits, manifest)


def load_split(name: str, folder: Path | None = None) -> Split:
    """One split of the imported data set, without unpacking the others (8 MB for a test split of FER2013).

    Raises:
        DataMissingError: nothing has been imported.
        DataError: the stored files are damaged, or hold no such split.
    """
    read_manifest(folder)
    with _stored_arrays(folder) as arrays:
        return _split(arrays, name)


@contextmanager
def _stored_arrays(folder: Path | None) -> Iterator[Mapping[str, np.ndarray]]:
    """The arrays on disk by ``split/kind``, each read when it is needed; DataError where they are damaged."""
    stored = (folder or paths.data()) / FACES
    try:
        with np.load(stored, allow_pickle=False) as arrays:
            yield arrays
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{stored} is damaged: import the data set again.") from error


def _split(arrays: Mapping[str, np.ndarray], name: str) -> Split:
    return Split(*(arrays[f"{name}/{kind}"] for kind in ("faces", "labels", "names")))


def content_hash(splits: dict[str, Split]) -> str:
    """SHA-256 over split names, and each split's labels and pixels in an order of their own.

    Two imports of the same pictures hash alike, whatever order the archive held them in and whatever they are
    called there. What cards quoted before names were left out of it is still quoted for the same pictures.
    """
    digest = hashlib.sha256()
    for name in sorted(splits):
        split = splits[name]
        pictures = split.faces.reshape(len(split), -1)
        keys = np.concatenate([split.labels.astype(np.uint8)[:, None], pictures], axis=1)
        digest.update(name.encode() + b"\0" + len(split).to_bytes(8, "little"))
        digest.update(np.sort(face_keys(keys)).tobytes())
    return KNOWN_HASHES.get(digest.hexdigest(), digest.hexdigest())


def _collect(examples: Iterable[Example], source: str) -> Dataset:
    collected: dict[str, list[Example]] = {name: [] for name in SplitName}
    for example in examples:
        collected[example.split].append(example)
    _refuse_missing(collected, source)
    splits = {}
    for name, found in collected.items():
        named = sorted(zip(_names(found), found, strict=True), key=lambda each: (len(each[0]), each[0]))
        splits[name] = Split(
            np.stack([example.face for _, example in named]),
            np.array([example.label for _, example in named], np.int64),
            np.array([own for own, _ in named], np.str_),
        )
    return build_dataset(splits, source)


def _refuse_missing(collected: Mapping[str, list[Example]], source: str) -> None:
    """DataError where a split, or an emotion of a split, has no pictures; all of them in one sentence."""
    problems = []
    for name, found in collected.items():
        present = {example.label for example in found}
        missing = [emotion for index, emotion in enumerate(EMOTIONS) if index not in present]
        if not found:
            problems.append(f"the split {name} has no pictures of any emotion")
        elif missing:
            problems.append(f"the split {name} has no pictures of {', '.join(missing)}")
    if problems:
        raise DataError(f"{source}: {'; '.join(problems)}. {AS_TEST_SET}")


def _names(examples: list[Example]) -> list[str]:
    """What each is called: by its stem; where others have the same one, with its emotion, or all its folders."""
    names = [example.name for example in examples]
    for longer in (lambda each: f"{EMOTIONS[each.label]}/{each.name}", lambda each: each.path):
        counts = Counter(names)
        names = [
            longer(each) if counts[name] > 1 else name for name, each in zip(names, examples, strict=True)
        ]
    return names
