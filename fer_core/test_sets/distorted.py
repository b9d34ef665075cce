"""How models stand up to distortions of a test set's own pictures, each in its size and colour.

What each answered is kept with the set, ``robustness/ID.parquet``, beside which model file and which pictures it is of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.errors import FerError, RunStoppedError
from fer_core.evaluation.distorted import mean_corruption_error, summary
from fer_core.evaluation.distorted_predictions import (
    STEPS,
    DistortedPredictions,
    difference_interval,
    predict_distorted,
    read_distorted_predictions,
    share_interval,
    write_distorted_predictions,
)
from fer_core.faces.intake import Intake, intake_of
from fer_core.machine.stamped import Stamped
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.answering import facts_of, is_of, still_to_ask, taken
from fer_core.test_sets.learnt import has_learnt_from
from fer_core.test_sets.store import READ_AT_ONCE, TestSet, read_faces
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import Variant

_THREADS = 2
_BYTES_AT_ONCE = 2_000_000  # of faces: a distortion computes with eight times as many, and more than once

Progress = Callable[[int, int | None], None]


def is_measured(test_set: TestSet, variant: Variant) -> bool:
    """Whether the variant, as it is now, has answered the set's distorted pictures, as they are now."""
    return is_of(test_set.robustness_path(variant.id), test_set, variant.model_path)


def unmeasured(test_set: TestSet, variants: Sequence[Variant]) -> tuple[list[Variant], list[Variant]]:
    """Those of the trained ``variants`` that have not answered yet: who can be, and who keeps no model file.

    Those that have learnt from the set are in neither.
    """
    return still_to_ask(
        test_set, variants, lambda each: is_measured(test_set, each), lambda each: each.can_predict
    )


@for_trainers("measured robustness on a test set", "variants")
def measure_distorted(
    test_set: TestSet,
    variants: Sequence[Variant],
    progress: Progress = lambda done, total: None,
    at: Callable[[str], None] = lambda variant_id: None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    by: Identity | None = None,
) -> dict[str, str]:
    """Ask each variant about every picture under every distortion, and keep its answers once they are complete.

    Args:
        test_set: whose pictures.
        variants: run one after the other.
        progress: called with (answers, of how many) now and then.
        at: called with the id of the next one.
        should_stop: called before each distortion of some pictures.
        by: the requester.

    Returns:
        id -> the sentence why, for those that could not answer.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: the set is damaged.
        RunStoppedError: it was stopped; whoever was finished is kept.
    """
    split, errors = read_faces(test_set), {}
    each = len(split) * len(STEPS)
    for place, variant in enumerate(variants):

        def report_answers(done: int, begun: int = place * each) -> None:
            progress(begun + done, each * len(variants))

        at(variant.id)
        try:
            facts = facts_of(test_set, variant.model_path)
            classifier = load_classifier(variant.id, _THREADS)
            predictions = predict_distorted(
                classifier, _parts(test_set, split, intake_of(classifier)), split.names, split.labels,
                on_progress=report_answers, should_stop=should_stop,
            )  # fmt: skip
            if test_set.folder.is_dir():  # removed meanwhile, it must not come back
                write_distorted_predictions(test_set.robustness_path(variant.id), predictions, facts)
        except RunStoppedError:
            raise
        except FerError as error:
            errors[variant.id] = str(error)
    return errors


def _parts(test_set: TestSet, split, intake: Intake) -> Iterator[np.ndarray]:
    faces = taken(test_set, split, intake)
    at_once = min(READ_AT_ONCE, max(1, _BYTES_AT_ONCE // int(np.prod(intake.shape))))
    for start in range(0, len(faces), at_once):
        yield np.stack(faces[start : start + at_once])


def read_measured(
    test_set: TestSet, variants: Sequence[Variant]
) -> tuple[dict[str, DistortedPredictions], dict[str, str]]:
    """By id, the predictions of those variants that have them; and a sentence for each whose file is damaged."""
    found, errors = {}, {}
    for variant in variants:
        if is_measured(test_set, variant) and not has_learnt_from(test_set, variant):
            try:
                found[variant.id] = _read(test_set.robustness_path(variant.id))
            except FerError as error:
                errors[variant.id] = str(error)
    return found, errors


@Stamped
def _read(path: Path) -> DistortedPredictions:
    return read_distorted_predictions(path)


def robustness_frame(
    measured: dict[str, DistortedPredictions], baseline: DistortedPredictions | None = None
) -> pd.DataFrame:
    """One row a variant, the firmest first, as :func:`fer_core.comparison.robustness.summary_frame` has them, and how
    sure that is.

    Beside its columns: ``faces``; ``clean_lo, clean_hi, mean_lo, mean_hi``, the ends of intervals; ``behind, behind_lo,
    behind_hi``, by how much the mean is above that of the firmest, on the same faces (0 for itself).
    """
    against = baseline.table() if baseline else None
    first = max(measured.values(), key=lambda each: each.shares.mean(), default=None)
    rows = [{"variant": name, **_row(predictions, first, against)} for name, predictions in measured.items()]
    return pd.DataFrame(rows, columns=_COLUMNS).sort_values("mean", ascending=False, ignore_index=True)


_COLUMNS = (
    "variant", "clean", "mean", "worst", "report", "kept", "mce", "faces", "clean_lo", "clean_hi", "mean_lo", "mean_hi",
    "behind", "behind_lo", "behind_hi",
)  # fmt: skip


def _row(
    predictions: DistortedPredictions, first: DistortedPredictions, baseline: pd.DataFrame | None
) -> dict[str, float]:
    table, differences = predictions.table(), predictions.shares - first.shares
    figures = summary(table)
    low, high = share_interval(predictions.shares)
    behind_low, behind_high = difference_interval(differences)
    return figures | {
        "kept": figures["mean"] / figures["clean"] if figures["clean"] else math.nan,
        "mce": math.nan if baseline is None else mean_corruption_error(table, baseline),
        "faces": len(predictions.label),
        "clean_lo": table["lo"][0],
        "clean_hi": table["hi"][0],
        "mean_lo": low,
        "mean_hi": high,
        "behind": float(differences.mean()),
        "behind_lo": behind_low,
        "behind_hi": behind_high,
    }
