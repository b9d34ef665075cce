"""The parts of a face, as boxes fixed for FER2013's crops, and how much of a heat map lies in each.

The boxes were laid over the mean of Training's faces: eyes at row 18, the nose's tip at row 28, the mouth at row 38. A
turned head lies otherwise in its crop, which is why figures come from many faces.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from fer_core.data.sources import FACE_SIZE

#: Left, top, right and bottom of each box of a part, in pixels of the 48 x 48 crop; right and bottom lie outside.
REGIONS: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    "brows and eyes": ((8, 11, 40, 21),),
    "nose": ((18, 21, 30, 33),),
    "mouth": ((14, 33, 34, 43),),
    "cheeks": ((6, 21, 18, 33), (30, 21, 42, 33)),
    "chin": ((14, 43, 34, 48),),
}
REST = "rest"
#: The parts in the order of every table; the last one is what no box holds: forehead, hair and background.
NAMES = (*REGIONS, REST)


def masks() -> np.ndarray:
    """bool (6, 48, 48): the pixels of each part, in the order of NAMES; each pixel lies in one of them."""
    found = np.zeros((len(NAMES), FACE_SIZE, FACE_SIZE), bool)
    for index, boxes in enumerate(REGIONS.values()):
        for left, top, right, bottom in boxes:
            found[index, top:bottom, left:right] = True
    found[-1] = ~found[:-1].any(axis=0)
    return found


def areas() -> np.ndarray:
    """float64 (6,): the share of the crop that each part takes; they sum to 1."""
    return masks().mean(axis=(1, 2))


def shares(maps: np.ndarray) -> np.ndarray:
    """float64 (N, 6): the share of each map's heat that lies in each part; ``maps`` float (N, 48, 48), none empty."""
    heat = np.asarray(maps, np.float64).reshape(len(maps), -1)
    inside = masks().reshape(len(NAMES), -1).astype(np.float64)
    return (heat @ inside.T) / heat.sum(axis=1, keepdims=True)


def contrast(chosen: Collection[str]) -> np.ndarray:
    """float64 (6,): weights that turn shares into how much more heat the ``chosen`` parts get than as much of the rest
    of the face does. Hair, forehead and background are no part of either side: every network leaves them out."""
    area = areas()
    inside = np.array([name in chosen for name in NAMES])
    others = ~inside & np.array([name != REST for name in NAMES])
    return inside - others * area[inside].sum() / area[others].sum()
