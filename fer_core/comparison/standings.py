"""Who stands where, and which differences are real: the statistics of the leaderboard and of pairs.

Figures come from the stored predictions; what is read of a file is remembered until the file changes.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.comparison.card_checks import contradiction, figures_of, without_contradictions
from fer_core.errors import FerError, UnknownVariantError
from fer_core.evaluation import bootstrap, significance
from fer_core.evaluation.outcomes import Outcomes, Panel, outcomes_in, panels
from fer_core.machine.stamped import Stamped
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

#: The figures whose difference to a baseline is tested. The two accuracies: McNemar's exact test with Holm's
#: correction for all variants. The others: whether the paired bootstrap's 95 % interval leaves out 0.
TESTED = ("accuracy", "clean_accuracy", "macro_f1", "log_loss")

#: What a leaderboard compares that no test faces are behind.
UNTESTED = ("latency_ms", "size_mb", "parameters")

_PLACES = ("group", "place_from", "place_to", "ties")
_INFLATION = ("inflation", "inflation_lo", "inflation_hi")
_PAIR_COLUMNS = [
    "first", "second", "difference", "lo", "hi", "only_first", "only_second", "p", "p_holm", "real", "faces_needed",
    "macro_f1", "macro_f1_lo", "macro_f1_hi", "log_loss", "log_loss_lo", "log_loss_hi",
]  # fmt: skip
# Threads read many files faster, but each keeps some ten megabytes until the process ends: not for a few files.
_MANY = 200
_THREADS = min(4, os.cpu_count() or 1)

_read = Stamped(outcomes_in)

_recomputed: dict[Path, tuple[Outcomes, dict[str, dict]]] = {}


@dataclass(frozen=True, eq=False)
class Reading:
    """The variants whose predictions could be read, grouped by their faces, and why others could not.

    ``panels`` has the largest group first: the faces that most variants were measured on. ``contradictions`` are
    of variants whose card says other figures than their predictions give; they stand in no panel.
    """

    panels: list[Panel]
    errors: dict[str, str] = field(default_factory=dict)
    contradictions: dict[str, str] = field(default_factory=dict)

    def panel_of(self, variant_id: str) -> Panel | None:
        """The panel that the variant stands in."""
        return next((panel for panel in self.panels if variant_id in panel.ids), None)


def read_outcomes(variants: list[Variant]) -> Reading:
    """What the trained variants' answers on PrivateTest came to; unreadable files are named, not raised."""
    trained = [variant for variant in variants if variant.status == Status.TRAINED]
    with ThreadPoolExecutor(_THREADS if len(trained) > _MANY else 1) as threads:
        found = dict(zip((variant.id for variant in trained), threads.map(_outcomes, trained), strict=True))
    errors = {name: result for name, result in found.items() if isinstance(result, str)}
    contradictions = {}
    for variant in trained:
        if variant.id not in errors:
            figures = _figures(variant.predictions_path, found[variant.id])
            if sentence := contradiction(variant, figures):
                contradictions[variant.id] = sentence
    sound = {name: found[name] for name in found if name not in errors and name not in contradictions}
    return Reading(panels(sound), errors, contradictions)


def checked(variants: list[Variant]) -> list[Variant]:
    """The variants, those whose card says other figures than their predictions give as broken, for that reason."""
    return without_contradictions(variants, read_outcomes(variants).contradictions)


def standings_frame(reading: Reading, baseline_id: str | None = None) -> pd.DataFrame:
    """One row per variant of ``reading``, by ``id``.

    ``group`` and the best and worst deserved place, ``place_from`` and ``place_to``, as
    :mod:`fer_core.evaluation.significance` defines them over all pairs of the largest panel, ``ties`` (how
    many others it is indistinguishable from); NaN for variants measured on other faces. ``inflation`` with
    ``inflation_lo, inflation_hi``: accuracy on all faces minus that on clean ones. With a baseline also, for
    each name of TESTED, ``from_<name>, to_<name>``, the 95 % interval of the variant's difference to it, and
    ``real_<name>`` (bool; NaN for the baseline and where faces differ); for the accuracies ``p_<name>``.
    UnknownVariantError if the baseline has no readable predictions.
    """
    frames = [_places(panel, first=panel is reading.panels[0]) for panel in reading.panels]
    frame = pd.concat(frames) if frames else pd.DataFrame(columns=[*_PLACES, *_INFLATION])
    if baseline_id is not None:
        panel = reading.panel_of(baseline_id)
        if panel is None:
            raise UnknownVariantError(baseline_id, frame.index)
        frame = frame.join(_differences(panel, baseline_id))
    return frame.rename_axis("id")


def without_false_differences(frame: pd.DataFrame, reading: Reading, baseline_id: str) -> pd.DataFrame:
    """A leaderboard's frame (with a column ``id``) whose ``delta_<name>`` of figures measured on test faces are
    NaN for variants that answered other faces than the baseline."""
    panel = reading.panel_of(baseline_id)
    same = frame["id"].isin(panel.ids if panel else [])
    columns = [
        name for name in frame if name.startswith("delta_") and name.removeprefix("delta_") not in UNTESTED
    ]
    return frame.assign(**{name: frame[name].where(same) for name in columns})


def pair_frame(panel: Panel) -> pd.DataFrame:
    """One row per pair of the panel, the more accurate variant ``first``; the surest differences on top.

    ``difference`` of accuracy with its 95 % interval ``lo, hi`` (paired bootstrap), ``only_first`` and
    ``only_second`` (faces that one alone gets right), ``p`` (exact McNemar), ``p_holm`` (corrected for all
    pairs of the panel), ``real`` and ``faces_needed`` (infinity where accuracies are equal). The differences
    of ``macro_f1`` and ``log_loss`` follow, each with ``_lo`` and ``_hi``.
    """
    pairs = significance.pairwise(panel)
    order = np.argsort(-panel.accuracy, kind="stable")
    upper = np.triu_indices(len(panel), 1)
    first, second = order[upper[0]], order[upper[1]]
    only_first, only_second = pairs.only_row[first, second], pairs.only_row[second, first]
    columns = {
        "first": np.array(panel.ids, object)[first],
        "second": np.array(panel.ids, object)[second],
        "difference": pairs.difference[first, second],
        "only_first": only_first,
        "only_second": only_second,
        "p": pairs.p[first, second],
        "p_holm": pairs.p_holm[first, second],
        "real": pairs.p_holm[first, second] < significance.ALPHA,
        "faces_needed": significance.faces_needed(only_first, only_second, pairs.n),
    }
    for name, samples in bootstrap.resampled(panel).items():
        lo, hi = bootstrap.percentile_interval(samples[:, first] - samples[:, second])
        if name == "accuracy":
            columns |= {"lo": lo, "hi": hi}
        else:
            figure = bootstrap.measured(panel, name)
            columns |= {name: figure[first] - figure[second], f"{name}_lo": lo, f"{name}_hi": hi}
    frame = pd.DataFrame(columns)
    return frame[_PAIR_COLUMNS].sort_values(["p_holm", "p", "first", "second"], ignore_index=True)


def _places(panel: Panel, first: bool) -> pd.DataFrame:
    columns = dict(zip(_INFLATION, bootstrap.inflation(panel), strict=True))
    if first:
        pairs = significance.pairwise(panel)
        place = significance.places(pairs)
        columns |= {
            "group": significance.groups(pairs, panel.accuracy),
            "place_from": place[:, 0],
            "place_to": place[:, 1],
            "ties": place[:, 1] - place[:, 0],
        }
    return pd.DataFrame(columns, index=pd.Index(panel.ids), dtype=float).reindex(
        columns=[*_PLACES, *_INFLATION]
    )


def _differences(panel: Panel, baseline_id: str) -> pd.DataFrame:
    row, clean = panel.ids.index(baseline_id), panel.clean()
    samples = bootstrap.resampled(panel)
    if len(clean.label):
        samples["clean_accuracy"] = bootstrap.resampled(clean, ("accuracy",))["accuracy"]
    columns: dict[str, np.ndarray] = {}
    for name, drawn in samples.items():
        lo, hi = bootstrap.percentile_interval(drawn - drawn[:, [row]])
        columns |= {f"from_{name}": lo, f"to_{name}": hi, f"real_{name}": (lo > 0) | (hi < 0)}
    for name, faces in {"accuracy": panel, "clean_accuracy": clean}.items():
        if name in samples:
            columns[f"p_{name}"] = significance.against(faces, baseline_id)[1]
            columns[f"real_{name}"] = columns[f"p_{name}"] < significance.ALPHA
    return pd.DataFrame(columns, index=pd.Index(panel.ids)).astype(object).drop(baseline_id)


def _figures(path: Path, outcomes: Outcomes) -> dict[str, dict]:
    """The card's figures that follow from the outcomes, computed once for each reading of the file."""
    known = _recomputed.get(path)
    if known is None or known[0] is not outcomes:
        known = _recomputed[path] = (outcomes, figures_of(outcomes))
    return known[1]


def _outcomes(variant: Variant) -> Outcomes | str:
    """The variant's outcomes, or the sentence that says why there are none."""
    path = variant.predictions_path
    try:
        outcomes = _read(path)
        return outcomes if len(outcomes.label) else f"{variant.id} has no answers to faces of PrivateTest."
    except FerError as error:
        return str(error)
    except OSError as error:
        return f"{variant.id}: {path and path.name} can't be read: {error.strerror}."
