"""Variants' heat maps over many test faces, each into its own ``heat_maps.npz``, or of a test set's faces with the set;
their figures as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.comparison.robustness import Stage
from fer_core.data.split import Split, SplitName
from fer_core.data.store import load_split
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, FerError, ModelError, RunStoppedError
from fer_core.evaluation.heat import (
    LEAST,
    SIDES,
    BlockHeat,
    Heat,
    chosen_faces,
    hash_of_model,
    read_heat,
    summed_up,
    write_heat,
)
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.evaluation.regions import NAMES, areas
from fer_core.explain.explainer import Explainer
from fer_core.explain.layers import Layer
from fer_core.faces.cuts import as_taken
from fer_core.faces.intake import intake_of
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.answering import answered, facts_of
from fer_core.test_sets.learnt import has_learnt_from
from fer_core.test_sets.store import TestSet, read_pictures
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import Variant

#: What stands beside the emotions, to be compared with: how large each region is.
AREA = "share of the picture"
_AT_ONCE = 16
_LIMIT_S = 120.0


@for_trainers("measured heat maps", "variants")
def measure_heat(
    variants: Sequence[Variant],
    on_progress: Callable[[Stage], None] = lambda stage: None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    test_set: TestSet | None = None,
    by: Identity | None = None,
) -> list[str]:
    """Make each variant's heat maps of the imported PrivateTest and write its ``heat_maps.npz``; returns their ids.

    With a ``test_set``, those of its pictures, which the variant must have answered; they are kept with the set.

    NotAllowedError where the requester ``by`` may only look; DataMissingError without an imported data set; CardError
    for a variant that was evaluated on other faces, or has not answered the set; ModelError and ExplanationError for
    one that can't be explained; RunStoppedError where it is stopped: those that were finished are kept.
    """
    split = load_split(SplitName.PRIVATE_TEST) if test_set is None else None
    explainer = Explainer(limit_s=_LIMIT_S)
    try:
        for place, variant in enumerate(variants):

            def report_share(fraction: float, place: int = place, name: str = variant.id) -> None:
                on_progress(Stage((place + fraction) / len(variants), name))

            if not variant.can_predict:
                raise ModelError(
                    f"{variant.id} is kept without its model file, so no heat maps can be made of it."
                )
            path = variant.folder / paths.HEAT_MAPS
            made_of = _made_of(test_set, variant) if test_set else hash_of_model(path)
            faces = _of_set(test_set, variant) if test_set else _of_split(split, variant)
            heat = _measured(variant, faces, explainer, report_share, should_stop)
            _write(variant, heat, made_of, test_set)
    finally:
        explainer.close()
    return [variant.id for variant in variants]


@dataclass(frozen=True)
class _Faces:
    """What a variant answered to faces, and these, by their rows, as it takes them."""

    answers: Predictions
    at: Callable[[np.ndarray], np.ndarray]


def _of_split(split: Split, variant: Variant) -> _Faces:
    answers = read_predictions(variant.predictions_path).of(SplitName.PRIVATE_TEST)
    if answers.image.tolist() != split.names.tolist():
        raise CardError(f"{variant.id} was evaluated on other faces than the imported PrivateTest.")
    return _Faces(answers, lambda rows: split.faces[rows])


def _of_set(test_set: TestSet, variant: Variant) -> _Faces:
    if has_learnt_from(test_set, variant) or not answered(test_set, variant):
        raise CardError(f"{variant.id} has not answered {test_set.name}, or has learnt from it.")
    intake = intake_of(load_classifier(variant.id))

    def taken(rows: np.ndarray) -> np.ndarray:
        return np.stack([as_taken(pixels, intake) for pixels in read_pictures(test_set, rows.tolist())])

    return _Faces(read_predictions(test_set.answers_path(variant.id)), taken)


def _write(variant: Variant, heat: Heat, made_of: str, test_set: TestSet | None) -> None:
    if test_set is None:
        if variant.folder.is_dir():  # deleted meanwhile, it must not come back
            write_heat(variant.folder / paths.HEAT_MAPS, heat, made_of)
    elif test_set.folder.is_dir():  # removed meanwhile, it must not come back
        path = test_set.heat_path(variant.id)
        path.parent.mkdir(exist_ok=True)
        write_heat(path, heat, made_of)


def _made_of(test_set: TestSet, variant: Variant) -> str:
    return " ".join(facts_of(test_set, variant.model_path).values())


def read_heat_of(variant: Variant, test_set: TestSet | None = None) -> Heat | None:
    """A variant's heat maps, of the test set's faces or of FER2013's; None where there are none; CardError where they
    are damaged, or of another model file or other faces."""
    if test_set is None:
        return read_heat(variant.heat_maps_path) if variant.heat_maps_path else None
    path = test_set.heat_path(variant.id)
    if not path.is_file() or variant.model_path is None or has_learnt_from(test_set, variant):
        return None
    return read_heat(path, _made_of(test_set, variant))


def _measured(
    variant: Variant,
    faces: _Faces,
    explainer: Explainer,
    on_progress: Callable[[float], None],
    should_stop: Callable[[], bool],
) -> Heat:
    rows, group = chosen_faces(faces.answers)
    blocks = blocks_of(explainer.layers(variant))
    found: dict[str, list[np.ndarray]] = {layer.name: [] for layer in blocks}
    order = np.argsort(group, kind="stable")
    parts = [part for each in np.unique(group) for part in _pieces(order[group[order] == each])]
    for done, part in enumerate(parts):
        if should_stop():
            raise RunStoppedError(f"Stopped after {done} of {len(parts)} parts; nothing of it was written.")
        target = int(group[part[0]]) % len(EMOTIONS)
        for maps in explainer.heat_maps(variant, faces.at(rows[part]), list(found), target):
            found[maps.layer.name].append(maps.coarse)
        on_progress((done + 1) / len(parts))
    sorted_group = group[np.concatenate(parts)]
    counts = np.bincount(group, minlength=len(SIDES) * len(EMOTIONS)).reshape(len(SIDES), -1)
    places = (blocks[-1].height, blocks[-1].width)
    made = [summed_up(name, np.concatenate(maps), sorted_group, places) for name, maps in found.items()]
    return Heat(counts, tuple(made))


def _pieces(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]


def blocks_of(layers: Iterable[Layer]) -> list[Layer]:
    """The last layer of each size, from the face to the answer: the ends of the blocks of most networks."""
    last: dict[tuple[int, int], Layer] = {}
    for layer in layers:
        last.pop((layer.height, layer.width), None)
        last[layer.height, layer.width] = layer
    return list(last.values())


def read_heats(
    variants: Iterable[Variant], test_set: TestSet | None = None
) -> tuple[dict[str, Heat], dict[str, str]]:
    """The heat maps of those that have been measured, by id; and a sentence for each whose file is damaged."""
    heats, errors = {}, {}
    for variant in variants:
        try:
            heat = read_heat_of(variant, test_set)
        except FerError as error:
            errors[variant.id] = str(error)
            continue
        if heat is not None:
            heats[variant.id] = heat
    return heats, errors


def region_frame(heat: Heat) -> pd.DataFrame:
    """Columns ``block`` (1 first), ``layer, emotion`` (named), ``answer`` (right or wrong), ``faces`` (looked at),
    ``n`` (whose map is not empty), ``region, share`` (0–1), ``error`` (standard error of the share)."""
    rows = [
        (at, block.layer, emotion, side, int(heat.faces[row, column]), int(block.n[row, column]), region,
         float(block.shares[row, column, part]), _error(block, row, column, part))
        for at, block in enumerate(heat.blocks, start=1)
        for row, side in enumerate(SIDES)
        for column, emotion in enumerate(EMOTIONS)
        for part, region in enumerate(NAMES)
    ]  # fmt: skip
    columns = ["block", "layer", "emotion", "answer", "faces", "n", "region", "share", "error"]
    return pd.DataFrame(rows, columns=columns)


def shown_frame(heat: Heat, block: int, side: str) -> pd.DataFrame:
    """The shares of one block (0 first) and side (right or wrong), as a chart of named emotions draws them.

    Columns ``emotion, region, share``; of fewer than LEAST faces NaN, which the column ``note`` says. The first rows,
    of the emotion AREA, are the share of the picture that each region takes.
    """
    at, row = heat.blocks[block], SIDES.index(side)
    rows = [(AREA, region, float(share), "") for region, share in zip(NAMES, areas(), strict=True)]
    for column, emotion in enumerate(EMOTIONS):
        n = int(at.n[row, column])
        enough = n >= LEAST
        note = f"n = {n}" if enough else f"n = {n}: too few"
        shares = at.shares[row, column] if enough else np.full(len(NAMES), np.nan)
        rows += [(emotion, region, float(share), note) for region, share in zip(NAMES, shares, strict=True)]
    return pd.DataFrame(rows, columns=["emotion", "region", "share", "note"])


def alike_frame(heat: Heat) -> pd.DataFrame:
    """How alike the maps of different faces are: columns ``block, layer, places, alike`` (−1 to 1), ``error``."""
    rows = [
        (at, block.layer, f"{block.mean.shape[2]} × {block.mean.shape[3]}", block.alike, block.alike_error)
        for at, block in enumerate(heat.blocks, start=1)
    ]
    return pd.DataFrame(rows, columns=["block", "layer", "places", "alike", "error"])


def _error(block: BlockHeat, row: int, column: int, part: int) -> float:
    n = block.n[row, column]
    return float(np.sqrt(block.covariance[row, column, part, part] / n)) if n > 1 else np.nan
