"""On which faces a variant is better or worse: its accuracy by what the pictures are like.

The pictures are crops of 48 x 48 pixels already and carry no mark of pose, age or face size; what can be told
from the pixels alone is measured, and nothing else is guessed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError
from fer_core.evaluation.metrics import wilson_interval
from fer_core.evaluation.outcomes import Panel

#: What :func:`properties` measures, each with the names of its five slices from low to high.
PROPERTIES: dict[str, tuple[str, ...]] = {
    "brightness": ("darkest", "darker", "medium", "brighter", "brightest"),
    "contrast": ("flattest", "flatter", "medium", "stronger", "strongest"),
    "sharpness": ("blurriest", "blurrier", "medium", "sharper", "sharpest"),
    "symmetry": ("least alike", "less alike", "medium", "more alike", "most alike"),
}
EVERYTHING = "all faces"
#: More columns than this can't be read side by side.
MOST_SLICES = 10


@dataclass(frozen=True, eq=False)
class Slicing:
    """Named parts of N faces: ``names`` in order, and ``masks`` bool (S, N). Parts may overlap or leave faces out."""

    names: tuple[str, ...]
    masks: np.ndarray


def properties(faces: np.ndarray) -> pd.DataFrame:
    """What pictures are like: one row a face of ``faces`` uint8 (N, 48, 48), columns as in PROPERTIES.

    ``brightness``: mean grey, 0–255. ``contrast``: standard deviation of grey, 0–127.5. ``sharpness``: variance
    of the Laplacian (Pech-Pacheco et al. 2000), low where blurred. ``symmetry``: correlation of the picture with
    its mirror image, -1–1: low where the head is turned or tilted or the light comes from one side, so at best a
    rough stand-in for pose; 0 for a blank picture.
    """
    grey = faces.astype(np.float32)
    mean, spread = grey.mean(axis=(1, 2)), grey.std(axis=(1, 2))
    centred = grey - mean[:, None, None]
    product = (centred * centred[:, :, ::-1]).mean(axis=(1, 2))
    return pd.DataFrame(
        {
            "brightness": mean,
            "contrast": spread,
            "sharpness": _laplacian(grey).var(axis=(1, 2)),
            "symmetry": np.divide(product, spread**2, out=np.zeros_like(product), where=spread > 0),
        }
    )


def by_emotion(label: np.ndarray) -> Slicing:
    """One slice an emotion."""
    return Slicing(EMOTIONS, label == np.arange(len(EMOTIONS))[:, None])


def by_leak(leaked: np.ndarray) -> Slicing:
    """The faces without and with an exact copy in the training data."""
    return Slicing(("clean", "leaked"), np.stack([~leaked, leaked]))


def by_property(values: np.ndarray, name: str) -> Slicing:
    """Five slices of equally many faces by one of PROPERTIES; equal values stay together, NaN in none."""
    edges = np.nanquantile(values, np.linspace(0, 1, 6)[1:-1])
    fifth = np.searchsorted(edges, values, side="left")
    masks = (fifth == np.arange(5)[:, None]) & np.isfinite(values)
    return Slicing(PROPERTIES[name], masks)


def by_list(image: np.ndarray, listed: pd.DataFrame) -> Slicing:
    """The slices of a viewer's own list, and ``"not listed"``: ``image`` (N,) names the faces.

    ``listed`` is as :func:`read_list` gives it. DataError where none of its images is among the faces.
    """
    names = tuple(dict.fromkeys(listed["slice"]))
    masks = np.stack([np.isin(image, listed.loc[listed["slice"] == name, "image"]) for name in names])
    if not masks.any():
        raise DataError(
            f"None of the {len(listed):,} images in the list is a test face: write names such as {image[0]}."
        )
    return Slicing((*names, "not listed"), np.concatenate([masks, ~masks.any(axis=0)[None]]))


def read_list(data: bytes, name: str) -> pd.DataFrame:
    """A CSV of image names as a frame ``image, slice`` of texts.

    It has a column ``image`` and perhaps one ``slice``; without that, all its images make one slice, called as the
    file. File endings of images are dropped. DataError says what is wrong with it.
    """
    try:
        table = pd.read_csv(io.BytesIO(data), dtype=str, skipinitialspace=True)
    except (ValueError, UnicodeDecodeError) as error:  # pandas' parser errors are ValueErrors
        raise DataError(
            f"{name} can't be read as CSV: it needs a heading `image` and one image a line."
        ) from error
    if "image" not in table:
        raise DataError(
            f"{name} has no column `image`; its columns are {', '.join(map(str, table.columns))}."
        )
    if "slice" not in table:
        table["slice"] = name.rpartition(".")[0] or name
    table = table[["image", "slice"]].dropna()
    if table.empty:
        raise DataError(f"{name} lists no image.")
    if table["slice"].nunique() > MOST_SLICES:
        raise DataError(
            f"{name} names {table['slice'].nunique()} slices; at most {MOST_SLICES} can be told apart."
        )
    table["image"] = table["image"].str.strip().str.replace(r"\.(?:jpe?g|png)$", "", case=False, regex=True)
    return table.assign(slice=table["slice"].str.strip()).reset_index(drop=True)


def slice_frame(panel: Panel, slicing: Slicing) -> pd.DataFrame:
    """Each variant on each slice, after all faces: ``variant, slice, n, right, accuracy, lo, hi``.

    ``lo`` and ``hi`` are Wilson's 95 % interval; an empty slice has accuracy NaN and the interval 0–1.
    """
    right = panel.right
    whole = Slicing(
        (EVERYTHING, *slicing.names), np.concatenate([np.ones((1, right.shape[1]), bool), slicing.masks])
    )
    rows = []
    for variant, answers in zip(panel.ids, right, strict=True):
        for name, mask in zip(whole.names, whole.masks, strict=True):
            n, count = int(mask.sum()), int(answers[mask].sum())
            lo, hi = wilson_interval(count, n)
            rows.append((variant, name, n, count, count / n if n else np.nan, lo, hi))
    return pd.DataFrame(rows, columns=["variant", "slice", "n", "right", "accuracy", "lo", "hi"])


def matched(image: np.ndarray, names: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``table``, which stand for the pictures ``names``, in the order of ``image``; NaN where unknown."""
    return table.set_index(pd.Index(names)).reindex(image).reset_index(drop=True)


def _laplacian(grey: np.ndarray) -> np.ndarray:
    """The four neighbours minus four times the pixel; at an edge, the neighbour on the other side counts twice."""
    padded = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="reflect")
    beside = padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    return padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + beside - 4 * grey
