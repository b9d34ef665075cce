"""What the heat maps of many faces have in common: their mean, where their heat lies, how alike they are.

No map of a single face is kept. A variant's figures stand in ``heat_maps.npz`` beside its card, and are those of the
model file beside them: of another one they are not read.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer_core import paths
from fer_core.data.sources import FACE_SIZE
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError
from fer_core.evaluation.predictions import Predictions
from fer_core.evaluation.regions import NAMES, shares
from fer_core.machine.files import replacing

#: Of the faces for which a model named an emotion, those where it was right and those where it was wrong.
SIDES = ("right", "wrong")
#: So many faces of each emotion and side are looked at, at most; and no statement rests on fewer than the least.
MOST, LEAST = 300, 30
_LARGEST_BYTES = 4_000_000
_GROUPS = (len(SIDES), len(EMOTIONS))


@dataclass(frozen=True, eq=False)
class BlockHeat:
    """The maps of one block of layers. Arrays begin with side (right, wrong) and named emotion: (2, 7, …).

    Attributes:
        layer: the block's last layer.
        n: int64 (2, 7), faces whose map is not empty; only these count.
        mean: float32 (2, 7, h, w) of the layer, the mean of maps that each have 1 at their strongest place.
        shares: float64 (2, 7, 6), the mean share of a map's heat by part of the face; NaN where ``n`` is 0.
        covariance: float64 (2, 7, 6, 6) of these shares over the faces; NaN where ``n`` is below 2.
        alike: the mean correlation between the maps of two faces, whatever they show; each map is averaged to the
            places of the last block first, because coarse maps are more alike than fine ones by that alone.
        alike_error: its standard error.
    """

    layer: str
    n: np.ndarray
    mean: np.ndarray
    shares: np.ndarray
    covariance: np.ndarray
    alike: float
    alike_error: float


@dataclass(frozen=True, eq=False)
class Heat:
    """The maps of a variant's blocks from the face to the answer; ``faces`` int64 (2, 7) were looked at."""

    faces: np.ndarray
    blocks: tuple[BlockHeat, ...]


def chosen_faces(answers: Predictions, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The rows to look at, and the group of each: 0–6 named rightly by emotion, 7–13 named wrongly.

    At most MOST of a group, drawn by ``seed``; rows ascend.
    """
    group = np.where(answers.predicted == answers.label, 0, len(EMOTIONS)) + answers.predicted
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(group == each) for each in range(len(SIDES) * len(EMOTIONS))]
    kept = np.sort(np.concatenate([rng.permutation(found)[:MOST] for found in rows]))
    return kept, group[kept]


def summed_up(layer: str, coarse: np.ndarray, group: np.ndarray, places: tuple[int, int]) -> BlockHeat:
    """What the maps of N faces at one layer have in common.

    Args:
        layer: its name.
        coarse: float32 (N, h, w), 0–1.
        group: int (N,), as :func:`chosen_faces` gives it.
        places: height and width of the last block's maps.
    """
    full = coarse.max(axis=(1, 2)) > 0
    coarse, group = coarse[full], group[full]
    drawn = (
        np.stack([upscaled_maps(each) for each in coarse])
        if len(coarse)
        else np.zeros((0, FACE_SIZE, FACE_SIZE))
    )
    parts = shares(drawn)
    count = len(SIDES) * len(EMOTIONS)
    mean = np.zeros((count, *coarse.shape[1:]), np.float32)
    share, spread = np.full((count, len(NAMES)), np.nan), np.full((count, len(NAMES), len(NAMES)), np.nan)
    n = np.bincount(group, minlength=count)
    for each in np.flatnonzero(n):
        chosen = group == each
        mean[each], share[each] = coarse[chosen].mean(axis=0), parts[chosen].mean(axis=0)
        if n[each] > 1:
            spread[each] = np.cov(parts[chosen], rowvar=False)
    alike, error = _alike(_averaged(coarse, places))
    return BlockHeat(
        layer, n.reshape(_GROUPS), mean.reshape(*_GROUPS, *mean.shape[1:]), share.reshape(*_GROUPS, -1),
        spread.reshape(*_GROUPS, len(NAMES), len(NAMES)), alike, error,
    )  # fmt: skip


def upscaled_maps(coarse: np.ndarray) -> np.ndarray:
    """A map (h, w) drawn out linearly to float32 (48, 48)."""
    return cv2.resize(coarse.astype(np.float32), (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_LINEAR)


def _averaged(coarse: np.ndarray, places: tuple[int, int]) -> np.ndarray:
    """float32 (N, h * w): each map as the means of ``places``."""
    size = places[::-1]
    small = [cv2.resize(each.astype(np.float32), size, interpolation=cv2.INTER_AREA) for each in coarse]
    return np.stack(small).reshape(len(small), -1) if small else np.zeros((0, size[0] * size[1]), np.float32)


def _alike(maps: np.ndarray) -> tuple[float, float]:
    """Mean correlation over all pairs of rows, and its standard error by Hoeffding's projection; NaN below LEAST."""
    centred = maps - maps.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1)
    unit = (centred[length > 0] / length[length > 0, None]).astype(np.float64)
    n = len(unit)
    if n < LEAST:
        return np.nan, np.nan
    with_others = (unit @ unit.sum(axis=0) - 1) / (n - 1)
    return float(with_others.mean()), float(2 * with_others.std(ddof=1) / np.sqrt(n))


def write_heat(path: Path, heat: Heat, made_of: str = "") -> None:
    """Write ``heat_maps.npz``; complete or not at all. ``made_of`` says of which model file and faces it is, by default
    the hash of the model file beside it."""
    arrays = {
        "model": np.array(made_of or hash_of_model(path)),
        "faces": heat.faces,
        "layers": np.array([block.layer for block in heat.blocks]),
    }
    for index, block in enumerate(heat.blocks):
        arrays |= {
            f"n{index}": block.n,
            f"mean{index}": block.mean.astype(np.float16),
            f"shares{index}": block.shares.astype(np.float32),
            f"covariance{index}": block.covariance.astype(np.float32),
            f"alike{index}": np.array([block.alike, block.alike_error]),
        }
    with replacing(path) as file, file.open("wb") as opened:
        np.savez_compressed(opened, **arrays)


def read_heat(path: Path, made_of: str = "") -> Heat:
    """Read ``heat_maps.npz``; CardError where it is not one, or was made of something else than ``made_of`` says, by
    default the model file beside it."""
    name = f"{path.parent.name}/{path.name}"
    try:
        with zipfile.ZipFile(path) as file:
            if sum(part.file_size for part in file.infolist()) > _LARGEST_BYTES:
                raise CardError(f"{name} is larger than heat maps are: measure them again.")
        with np.load(path, allow_pickle=False) as arrays:
            stored = str(arrays["model"])
            layers = [str(layer) for layer in arrays["layers"]]
            heat = Heat(arrays["faces"], tuple(_block(arrays, layer, at) for at, layer in enumerate(layers)))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
    ) as error:
        raise CardError(f"{name} can't be read as heat maps: measure them again.") from error
    if stored != (made_of or hash_of_model(path) or stored):
        what = "model file, or of other faces" if made_of else "model file than the one beside it"
        raise CardError(f"{name} was made of another {what}: measure its heat maps again.")
    if not heat.blocks or not all(_is_whole(heat.faces, block) for block in heat.blocks):
        raise CardError(f"{name} lacks figures, or has some that can't be: measure its heat maps again.")
    return heat


def hash_of_model(path: Path) -> str:
    """SHA-256 of the model file beside the heat maps; nothing where a variant is kept without one."""
    model = path.with_name(paths.MODEL)
    return hashlib.sha256(model.read_bytes()).hexdigest() if model.is_file() else ""


def _block(arrays, layer: str, at: int) -> BlockHeat:
    alike, error = (float(value) for value in arrays[f"alike{at}"])
    return BlockHeat(
        layer, arrays[f"n{at}"], arrays[f"mean{at}"].astype(np.float32), arrays[f"shares{at}"].astype(np.float64),
        arrays[f"covariance{at}"].astype(np.float64), alike, error,
    )  # fmt: skip


def _is_whole(faces: np.ndarray, block: BlockHeat) -> bool:
    parts = len(NAMES)
    shapes: Sequence[tuple[np.ndarray, tuple[int, ...]]] = (
        (faces, _GROUPS), (block.n, _GROUPS), (block.shares, (*_GROUPS, parts)),
        (block.covariance, (*_GROUPS, parts, parts)),
    )  # fmt: skip
    if any(array.shape != shape for array, shape in shapes) or block.mean.shape[:2] != _GROUPS:
        return False
    counts = np.issubdtype(block.n.dtype, np.integer) and np.issubdtype(faces.dtype, np.integer)
    sides = block.mean.ndim == 4 and all(1 <= side <= 512 for side in block.mean.shape[2:])
    known = np.isfinite(block.mean).all() and np.isfinite(block.shares[block.n > 0]).all()
    return bool(counts and sides and known and (block.n >= 0).all() and (block.n <= faces).all())
