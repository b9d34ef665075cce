"""Heat maps as numbers: how much lies where, every place of a map, and an archive of arrays."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.explain.grad_cam import HeatMaps

#: The parts of a face crop from its top; where eyes, nose and mouth lie in them depends on the crop.
THIRDS = ("Upper third", "Middle third", "Lower third")


def third_frame(maps: Mapping[str, HeatMaps], row: int = 0) -> pd.DataFrame:
    """How much of each model's map of face ``row`` lies in which third of the picture.

    Columns ``variant, third, share``: fractions of the map's sum, NaN where the map is empty.
    """
    rows = []
    for name, found in maps.items():
        parts = np.array([part.sum() for part in np.array_split(found.maps[row], len(THIRDS))])
        shares = parts / parts.sum() if parts.sum() > 0 else np.full(len(THIRDS), np.nan)
        rows += [(name, third, float(share)) for third, share in zip(THIRDS, shares, strict=True)]
    return pd.DataFrame(rows, columns=["variant", "third", "share"])


def place_frame(maps: Mapping[str, Sequence[HeatMaps]], row: int = 0) -> pd.DataFrame:
    """Every place of the maps of face ``row``, as the layers have them.

    Columns ``variant, layer, emotion, strength`` (of the map's strongest place, in units of the score),
    ``row, column`` (from the top left, 0 first), ``heat`` (0–1).
    """
    tables = [_places(name, found, row) for name, several in maps.items() for found in several]
    columns = ["variant", "layer", "emotion", "strength", "row", "column", "heat"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def archive(maps: Mapping[str, Sequence[HeatMaps]], faces: np.ndarray) -> bytes:
    """A NumPy ``.npz``: ``faces`` uint8 (N, S, S) or (N, S, S, 3), and float32 (N, h, w) under
    ``variant/layer/emotions``.

    ``emotions`` are those of the faces, joined by ``+`` where they differ.
    """
    arrays = {
        "/".join((name, found.layer.name, "+".join(dict.fromkeys(_emotions(found))))): found.coarse
        for name, several in maps.items()
        for found in several
    }
    file = io.BytesIO()
    np.savez_compressed(file, faces=faces, **arrays)
    return file.getvalue()


def _places(name: str, found: HeatMaps, row: int) -> pd.DataFrame:
    rows, columns = np.indices(found.coarse[row].shape)
    return pd.DataFrame(
        {
            "variant": name,
            "layer": found.layer.name,
            "emotion": _emotions(found)[row],
            "strength": float(found.strength[row]),
            "row": rows.ravel(),
            "column": columns.ravel(),
            "heat": found.coarse[row].ravel(),
        }
    )


def _emotions(found: HeatMaps) -> list[str]:
    return [EMOTIONS[index] for index in found.target]
