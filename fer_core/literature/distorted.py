"""The cos429 report's table of distorted faces, beside the same distortions of our own runs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from fer_core.data.distortions import REPORT
from fer_core.errors import CardError
from fer_core.evaluation.distorted import read_robustness
from fer_core.formats import listed, signed
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

#: How the reported entries call each of the report's distortions.
ENTRIES = {
    "report_blur": "gaussian_blur",
    "report_noise": "gaussian_noise",
    "report_salt_pepper": "salt_pepper",
    "report_speckle": "speckle",
    "report_occlusion": "occlusion",
}

#: Whose figures a row of :func:`accuracies` holds.
REPORTED, OURS = "reported", "ours"


def distorted_frame(variants: Iterable[Variant]) -> pd.DataFrame:
    """One row for each variant and distortion of the report that has a reported or a measured figure; variants that
    have both stand first, then those of the report.

    Columns ``variant, training`` ("4 of 150 epochs"), ``distortion`` (its title), ``reported, reported_loss,
    accuracy, loss, difference``: fractions and nats, NaN where unknown.
    """
    rows = []
    for variant in variants:
        if variant.card is not None:
            printed = {entry["metric"]: entry.get("value") for entry in variant.card.reported}
            ours = measured(variant)
            rows += [_row(variant, name, printed, ours) for name in REPORT]
    frame = pd.DataFrame(rows, columns=_COLUMNS).astype(dict.fromkeys(_COLUMNS[3:], float))
    frame["difference"] = frame["accuracy"] - frame["reported"]
    frame = frame.dropna(subset=["reported", "accuracy"], how="all")
    known = frame.groupby("variant")[["difference", "reported"]].transform("count") > 0
    order = known.sort_values(["difference", "reported"], ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def accuracies(frame: pd.DataFrame) -> pd.DataFrame:
    """The accuracies of :func:`distorted_frame` in a row for each variant and source, in its order.

    Columns ``variant, training, source`` (``REPORTED`` or ``OURS``), then one for each distortion by its title.
    """
    both = frame.rename(columns={"accuracy": OURS})
    long = both.melt(["variant", "distortion"], [REPORTED, OURS], "source").dropna(subset=["value"])
    wide = long.pivot(index=["variant", "source"], columns="distortion", values="value")
    training = frame.drop_duplicates("variant").set_index("variant")["training"]
    rows = [(name, source) for name in training.index for source in (REPORTED, OURS)]
    wide = wide.reindex([row for row in rows if row in wide.index]).reset_index()
    titles = [each.title for each in REPORT.values()]
    return wide.assign(training=wide["variant"].map(training)).reindex(
        columns=["variant", "training", "source", *titles]
    )


def both_sentence(frame: pd.DataFrame) -> str:
    """What :func:`distorted_frame` says where both are known, in Markdown; empty where nothing is."""
    both = frame.dropna(subset=["difference"])
    if both.empty:
        return ""
    least, most = both.loc[both["difference"].idxmin()], both.loc[both["difference"].idxmax()]
    names = listed([f"**{name}**" for name in both["variant"].unique()])
    return (
        f"{names}: the figures here lie between {signed(100 * least['difference'])} ({least['distortion']}) and "
        f"{signed(100 * most['difference'])} ({most['distortion']}) of 100 faces from the report's."
    )


def measured(variant: Variant) -> pd.DataFrame | None:
    """Its figures of distorted faces by distortion; None where it is not trained, or they can't be had."""
    if variant.status != Status.TRAINED or variant.robustness_path is None:
        return None
    try:
        return read_robustness(variant.robustness_path).set_index("distortion")
    except CardError:  # as good as not measured; the page says why
        return None


def _row(variant: Variant, name: str, printed: dict, ours: pd.DataFrame | None) -> tuple:
    entry = ENTRIES[name]
    measured = (math.nan, math.nan) if ours is None else tuple(ours.loc[name, ["accuracy", "loss"]])
    reported = (printed.get(f"accuracy_{entry}"), printed.get(f"loss_{entry}"))
    length = variant.training_length
    return variant.id, length and length.text, REPORT[name].title, *reported, *measured, None


_COLUMNS = [
    "variant",
    "training",
    "distortion",
    "reported",
    "reported_loss",
    "accuracy",
    "loss",
    "difference",
]
