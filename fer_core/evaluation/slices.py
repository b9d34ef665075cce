"""On which faces a variant is better or worse: its accuracy by what the pictures are like.

The pictures are crops of 48 x 48 pixels already and carry no mark of pose, age or face size; what can be seen
from the pixels alone is measured, and nothing else is guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
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
#: How many of 100 raters gave the label.
AGREEMENT = ("under 60", "60 to 80", "80 to 99", "all agree")
#: More columns than this can't be read side by side.
MOST_SLICES = 10
#: Of a viewer's own list: every test face with a few more words, many times over.
LARGEST_LIST_BYTES = 2_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 50
_LONGEST_NAME = 200
_MISSING = {"", "NA", "N/A", "NaN", "nan", "null", "None"}
_IMAGE_ENDING = re.compile(r"\.(?:jpe?g|png)$", re.IGNORECASE)


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
    """One slice an emotion; ``label`` int (N,), places in EMOTIONS."""
    return Slicing(EMOTIONS, label == np.arange(len(EMOTIONS))[:, None])


def by_leak(leaked: np.ndarray) -> Slicing:
    """The faces without and with an exact copy in the training data; ``leaked`` bool (N,)."""
    return Slicing(("clean", "leaked"), np.stack([~leaked, leaked]))


def by_property(values: np.ndarray, name: str) -> Slicing:
    """Five slices of equally many faces by one of PROPERTIES, ``values`` float (N,); equal ones stay together, NaN in
    none."""
    edges = np.nanquantile(values, np.linspace(0, 1, 6)[1:-1])
    fifth = np.searchsorted(edges, values, side="left")
    masks = (fifth == np.arange(5)[:, None]) & np.isfinite(values)
    return Slicing(PROPERTIES[name], masks)


def by_agreement(agreement: np.ndarray) -> Slicing:
    """By the share of raters that gave the label, float64 (N,) in 0-1; NaN in none."""
    edges = np.array([0.6, 0.8, 1.0])
    place = np.digitize(agreement, edges)
    return Slicing(AGREEMENT, (place == np.arange(4)[:, None]) & np.isfinite(agreement))


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
    rest = next(word for word in ("not listed", "in no slice of the list") if word not in names)
    return Slicing((*names, rest), np.concatenate([masks, ~masks.any(axis=0)[None]]))


def read_list(data: bytes, name: str) -> pd.DataFrame:
    """A CSV of image names as a frame ``image, slice`` of texts.

    It has a column ``image`` and perhaps one ``slice``; without that, all its images make one slice, called as the
    file. File endings of images are dropped. DataError says what is wrong with it, or what there is too much of.
    """
    if len(data) > LARGEST_LIST_BYTES:
        raise DataError(
            f"{name} has {len(data) / 1e6:.1f} MB; a list has at most {LARGEST_LIST_BYTES / 1e6:.0f} MB."
        )
    try:
        rows = _rows(data, name)
        heading = [cell.strip() for cell in next(rows, [])]
        if not heading:
            raise csv.Error("no line")
        listed = _listed(rows, heading, name)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(
            f"{name} can't be read as CSV: it needs a heading `image` and one image a line."
        ) from error
    if not listed:
        raise DataError(f"{name} lists no image.")
    names = {slice_name for _, slice_name in listed}
    if len(names) > MOST_SLICES:
        raise DataError(f"{name} names {len(names)} slices; at most {MOST_SLICES} can be compared.")
    return pd.DataFrame(listed, columns=["image", "slice"], dtype=str)


def _rows(data: bytes, name: str) -> Iterator[list[str]]:
    """The lines that are not empty, no more and no longer than a list needs."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), skipinitialspace=True, strict=True)
    for number, row in enumerate(reader):
        if number > MOST_ROWS or len(row) > MOST_COLUMNS:
            raise DataError(
                f"{name} is larger than a list of images: at most {MOST_ROWS:,} lines of {MOST_COLUMNS} columns "
                "are read."
            )
        if row:
            yield row


def _listed(rows: Iterator[list[str]], heading: list[str], name: str) -> list[tuple[str, str]]:
    """Image and slice of each row that names both."""
    if "image" not in heading:
        columns = ", ".join(cell[:_LONGEST_NAME] for cell in heading)
        raise DataError(f"{name} has no column `image`; its columns are {columns[:_LONGEST_NAME]}.")
    places = [heading.index(column) for column in ("image", "slice") if column in heading]
    whole = name.rpartition(".")[0] or name
    listed = []
    for row in rows:
        cells = [row[place].strip() if place < len(row) else "" for place in places]
        if not _MISSING.intersection(cells):
            listed.append((_IMAGE_ENDING.sub("", cells[0]), (cells[1:] or [whole])[0][:_LONGEST_NAME]))
    return listed


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
    """The rows of ``table``, which stand for the pictures ``names``, in the order of ``image``; NaN where unknown.

    ``image``: str (N,); ``names``: str (M,) without repeats, one for each row; the result has N rows.
    """
    return table.set_index(pd.Index(names)).reindex(image).reset_index(drop=True)


def _laplacian(grey: np.ndarray) -> np.ndarray:
    """The four neighbours minus four times the pixel; at an edge, the neighbour on the other side counts twice."""
    padded = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="reflect")
    beside = padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    return padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + beside - 4 * grey
