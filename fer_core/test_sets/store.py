"""Test sets on disk, beside FER2013: ``FER_HOME/test_sets/NAME/`` with ``pictures.parquet, manifest.json, answers/,
robustness/, heat_maps/``.

``pictures.parquet`` has a row a picture: ``image`` (its name, no two alike), ``label`` (0-6 in EMOTIONS order),
``copy_of`` (the split of FER2013 that holds the same pixels, or ""), ``png`` (the picture as it was kept), ``face``
(48 x 48 grey bytes, as most models see it), and for another labelling ``agreement`` and ``first_label``. Everything of
a set, and every answer to it, goes with its folder.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core import paths
from fer_core.data.sources import FACE_SIZE
from fer_core.data.split import FER2013, Split
from fer_core.errors import DataError, near_names
from fer_core.faces.cuts import as_taken
from fer_core.faces.intake import FER_FACE
from fer_core.machine.files import replacing_folder
from fer_core.roles.permissions import Identity, for_trainers

PICTURES, MANIFEST, ANSWERS = "pictures.parquet", "manifest.json", "answers"
ROBUSTNESS, HEAT = "robustness", "heat_maps"
#: What is said of a set that can't be read.
DAMAGED = (
    "The test set {0} is damaged: remove it (`python -m fer_core test-set remove {0}`) and add it again."
)
#: Names of sets; they are folders, and stand in links.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
#: Pictures that are read together.
READ_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class TestSet:
    """A set's name, its folder, and its manifest: what it was made of and what was found in it."""

    name: str
    folder: Path
    manifest: dict[str, Any]

    __test__ = False  # for pytest, which takes it for tests

    @property
    def count(self) -> int:
        """How many pictures it has."""
        return int(self.manifest["count"])

    @property
    def sha256(self) -> str:
        """Hash of its pictures and labels."""
        return str(self.manifest["sha256"])

    @property
    def faces_of(self) -> str:
        """The split of FER2013 that its pictures are, where it is another labelling of them; else ""."""
        return str(self.manifest.get("faces_of", ""))

    @property
    def missing(self) -> list[str]:
        """The emotions that it has no pictures of."""
        return [emotion for emotion, count in self.manifest["counts"].items() if not count]

    def answers_path(self, variant_id: str) -> Path:
        """Where a variant's answers are, or would be."""
        return self.folder / ANSWERS / f"{variant_id}.parquet"

    def heat_path(self, variant_id: str) -> Path:
        """Where a variant's heat maps of its faces are, or would be."""
        return self.folder / HEAT / f"{variant_id}.npz"

    def robustness_path(self, variant_id: str) -> Path:
        """Where a variant's answers to its distorted faces are, or would be."""
        return self.folder / ROBUSTNESS / f"{variant_id}.parquet"


@dataclass(frozen=True, eq=False)
class Kept:
    """A picture as it is kept: ``pixels`` uint8 (S, S) grey or (S, S, 3) RGB, S at most 224; ``label`` 0-6; ``copy_of``
    a split of FER2013 or "". Where many raters labelled it, ``agreement`` is the share of them that gave the label,
    else NaN; where it had a label before, that is the ``first_label``, else -1."""

    name: str
    label: int
    pixels: np.ndarray
    copy_of: str = ""
    agreement: float = math.nan
    first_label: int = -1

    @property
    def face(self) -> np.ndarray:
        """As models of grey 48 x 48 faces see it: uint8 (48, 48)."""
        return as_taken(self.pixels, FER_FACE)


def list_sets() -> list[TestSet]:
    """All sets by name; damaged ones are passed over."""
    found = []
    for manifest in sorted(paths.test_sets().glob(f"[!.]*/{MANIFEST}")):
        try:
            found.append(TestSet(manifest.parent.name, manifest.parent, _read_manifest(manifest)))
        except DataError:
            continue
    return found


def damaged_sets() -> list[str]:
    """The names of sets that can't be read: people's faces may still lie there."""
    whole = {each.name for each in list_sets()}
    folders = (each.name for each in paths.test_sets().glob("[!.]*") if each.is_dir())
    return sorted(name for name in folders if name not in whole and NAME.fullmatch(name))


def get_set(name: str) -> TestSet:
    """The set of that name; DataError, naming near ones, where there is none, or where it is damaged."""
    manifest = paths.test_sets() / name / MANIFEST
    if not NAME.fullmatch(name) or not manifest.is_file():
        known = [each.name for each in list_sets()]
        hint = near_names(name, known)
        own = " Add one: `python -m fer_core test-set add PATH --name NAME`." if not known else ""
        raise DataError(f"There is no test set {name!r}{hint}{own}")
    return TestSet(name, manifest.parent, _read_manifest(manifest))


def check_name(name: str) -> None:
    """DataError unless a set may be called so, and none is."""
    if not NAME.fullmatch(name) or name == FER2013.lower():
        raise DataError(
            f"{name!r} can't be a test set's name: take up to 40 small letters, digits, - and _, and not fer2013."
        )
    if (paths.test_sets() / name).exists():
        raise DataError(f"There is a test set {name!r} already: remove it first, or take another name.")


@for_trainers("removed a test set", "name")
def remove_set(name: str, by: Identity | None = None) -> None:
    """Remove a set whole: its pictures, its manifest and every answer. It does not go to the bin.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: there is no such set.
    """
    folder = paths.test_sets() / name
    if not NAME.fullmatch(name) or not folder.is_dir():
        get_set(name)
    shutil.rmtree(folder)
    clear_unfinished(name)


def clear_unfinished(name: str) -> None:
    """Remove what a process that was killed while it wrote the set ``name`` has left of its pictures."""
    for left in paths.test_sets().glob(f".{name}.*"):
        shutil.rmtree(left, ignore_errors=True)


def read_faces(test_set: TestSet) -> Split:
    """The pictures as models of grey 48 x 48 faces see them, with labels and names; DataError where damaged."""
    table = _read(test_set, ["image", "label", "face"])
    faces = np.frombuffer(b"".join(table["face"].to_pylist()), np.uint8)
    return Split(
        faces.reshape(-1, FACE_SIZE, FACE_SIZE),
        table["label"].to_numpy().astype(np.int64),
        np.array(table["image"].to_pylist(), str),
    )


def read_pictures(test_set: TestSet, rows: Sequence[int] | None = None) -> list[np.ndarray]:
    """The pictures as they were kept, uint8 (S, S) grey or (S, S, 3) RGB; of these ``rows``, or all."""
    wanted = range(test_set.count) if rows is None else rows
    try:
        with pq.ParquetFile(test_set.folder / PICTURES) as file:
            groups = {
                number: file.read_row_group(number, ["png"])["png"]
                for number in {row // READ_AT_ONCE for row in wanted}
            }
    except (OSError, pa.ArrowException) as error:
        raise _damaged(test_set) from error
    return [decoded(groups[row // READ_AT_ONCE][row % READ_AT_ONCE].as_py()) for row in wanted]


def read_copies(test_set: TestSet) -> np.ndarray:
    """Of each picture, the split of FER2013 that holds the same pixels, or "": str (N,)."""
    return np.array(_read(test_set, ["copy_of"])["copy_of"].to_pylist(), str)


def read_agreement(test_set: TestSet) -> np.ndarray:
    """Of each picture, the share of its raters that gave its label: float64 (N,), NaN where that is not known."""
    return _read(test_set, ["agreement"])["agreement"].to_numpy()


def read_first_labels(test_set: TestSet) -> np.ndarray:
    """Of each picture of another labelling, the label it had before: int64 (N,), -1 where it had none."""
    return _read(test_set, ["first_label"])["first_label"].to_numpy()


def write_set(name: str, kept: Sequence[Kept], manifest: dict[str, Any]) -> TestSet:
    """Write a set's folder, whole or not at all, in the place of what it held; its answers begin anew."""
    table = pa.table(
        {
            "image": pa.array([each.name for each in kept], pa.string()),
            "label": pa.array([each.label for each in kept], pa.int64()),
            "copy_of": pa.array([each.copy_of for each in kept], pa.string()),
            "agreement": pa.array([each.agreement for each in kept], pa.float64()),
            "first_label": pa.array([each.first_label for each in kept], pa.int64()),
            "png": pa.array([encoded(each.pixels) for each in kept], pa.binary()),
            "face": pa.array([each.face.tobytes() for each in kept], pa.binary()),
        }
    )
    folder = paths.test_sets() / name
    with replacing_folder(folder) as temporary:
        pq.write_table(
            table, temporary / PICTURES, READ_AT_ONCE, compression="none", use_dictionary=["copy_of"]
        )
        (temporary / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        (temporary / ANSWERS).mkdir()
    return TestSet(name, folder, manifest)


def encoded(pixels: np.ndarray) -> bytes:
    """A picture as PNG, which loses nothing."""
    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", shown)[1].tobytes()


def decoded(png: bytes) -> np.ndarray:
    """What :func:`encoded` was given."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _read(test_set: TestSet, columns: list[str]) -> pa.Table:
    try:
        return pq.read_table(test_set.folder / PICTURES, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(test_set) from error


def _damaged(test_set: TestSet) -> DataError:
    return DataError(f"The test set {test_set.name} is damaged: remove it and add it again.")


def _read_manifest(path: Path) -> dict[str, Any]:
    damaged = DataError(DAMAGED.format(path.parent.name))
    try:
        manifest = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise damaged from error
    if not isinstance(manifest, dict) or not {"count", "counts", "sha256"} <= manifest.keys():
        raise damaged
    return manifest
