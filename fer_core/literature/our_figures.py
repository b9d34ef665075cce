"""Our own figures of a variant under the names that the reports' figures have."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError
from fer_core.evaluation.history import CURVES, read_history
from fer_core.evaluation.metrics import class_aucs, compute_metrics, per_class
from fer_core.evaluation.predictions import read_predictions
from fer_core.literature.distorted import ENTRIES, measured
from fer_core.variants.facts import METRIC_NAMES
from fer_core.variants.registry import Variant
from fer_core.variants.repeats import repeats_of


def own_figures(variant: Variant) -> dict[str, float]:
    """The figures of a trained variant, by metric; fractions, but losses in nats. What was not measured is left out.

    On PrivateTest ``accuracy, loss``; ``macro_`` and ``weighted_`` ``precision, recall, f1``; these three and ``auc``
    of each emotion, as ``recall_fear``; ``auc_micro`` and ``auc_min``. From its history ``train_`` and ``val_``
    ``accuracy, loss`` of the epoch kept, validation being PublicTest. From its robustness ``accuracy_`` and ``loss_``
    of the report's distortions, as ``accuracy_occlusion``, and ``_distorted``, their mean.
    """
    private = read_predictions(variant.predictions_path).of(SplitName.PRIVATE_TEST)
    card = compute_metrics(private.label, private.probs)
    table = per_class(private.label, private.probs)
    figures = {"accuracy": card["accuracy"], "loss": card["log_loss"], "auc_micro": card["auc_micro"]}
    for measure in ("precision", "recall", "f1"):
        figures[f"macro_{measure}"] = float(table[measure].mean())
        figures[f"weighted_{measure}"] = float(np.average(table[measure], weights=table["support"]))
        figures |= {f"{measure}_{row.emotion}": getattr(row, measure) for row in table.itertuples()}
    areas = class_aucs(private.label, private.probs)
    figures |= {f"auc_{emotion}": float(area) for emotion, area in zip(EMOTIONS, areas, strict=True)}
    figures["auc_min"] = float(np.min(areas))
    return figures | _of_training(variant) | _of_distorted(variant)


def reproduced_facts(variant: Variant) -> dict[str, dict[str, float]]:
    """A card's ``reproduced``: those of :func:`own_figures`, to six digits, that its report printed and that are not
    among its metrics; nothing where there are none."""
    wanted = {entry["metric"] for entry in variant.card.reported} - {"accuracy", "loss", *METRIC_NAMES}
    ours = own_figures(variant) if wanted else {}
    found = {metric: float(f"{value:.6g}") for metric, value in ours.items() if metric in wanted}
    return {"reproduced": found} if found else {}


def figures_with_repeats(variant: Variant, variants: Iterable[Variant]) -> dict[str, float]:
    """The same, and where the variant was repeated with other seeds, over these runs of each figure the mean,
    ``_mean``, sample deviation ``_sd``, variance ``_var``, standard error ``_se``, ``_min`` and ``_max``."""
    known = {each.id: each for each in variants}
    repeats = repeats_of(variant.id, known.values())
    figures = own_figures(variant)
    if repeats is None:
        return figures
    runs = [own_figures(known[name]) for name in repeats.ids]
    for metric in set.intersection(*map(set, runs)):
        values = np.array([run[metric] for run in runs])
        deviation = float(values.std(ddof=1))
        figures |= {
            f"{metric}_mean": float(values.mean()),
            f"{metric}_sd": deviation,
            f"{metric}_var": deviation**2,
            f"{metric}_se": deviation / len(values) ** 0.5,
            f"{metric}_min": float(values.min()),
            f"{metric}_max": float(values.max()),
        }
    return figures


def _of_training(variant: Variant) -> dict[str, float]:
    """Of the epoch that was kept: the last one unless the card names another."""
    if variant.history_path is None:
        return {}
    try:
        history = read_history(variant.history_path)
    except CardError:  # as good as not kept; the page of the model says why
        return {}
    kept = history[history["epoch"] == variant.card.faceoff.get("epoch_kept")]
    rows = kept if len(kept) else history.tail(1)
    return {column: float(rows[column].iloc[0]) for column in CURVES[1:]} if len(rows) else {}


def _of_distorted(variant: Variant) -> dict[str, float]:
    table = measured(variant)
    if table is None:
        return {}
    figures = {
        f"{measure}_{entry}": float(table.loc[name, measure])
        for measure in ("accuracy", "loss")
        for name, entry in ENTRIES.items()
        if name in table.index
    }
    for measure in ("accuracy", "loss"):
        parts = [figures.get(f"{measure}_{entry}") for entry in ENTRIES.values()]
        if None not in parts:
            figures[f"{measure}_distorted"] = float(np.mean(parts))
    return figures
