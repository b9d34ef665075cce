"""The variants and what is computed from their files, read once and shared by all viewers.

Cached functions are keyed by the file and its time of change, so an evaluated or replaced variant shows
its new figures at the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.charts import ModelStyle, model_styles
from fer_core.comparison.card_checks import contradiction
from fer_core.comparison.standings import read_outcomes
from fer_core.comparison.styles import parents_of, styles_of
from fer_core.data.protocols import OFFICIAL
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError
from fer_core.evaluation import curves, metrics
from fer_core.evaluation.history import read_history
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.machine.files import stamp_of
from fer_core.variants.classifier import OnnxClassifier, load_classifier
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant, list_variants
from fer_core.variants.repeats import further_runs, made_of_others

#: A file and the stamp of its present content.
FileStamp = tuple[str, tuple[int, ...]]

#: The tables that are made of labels and probabilities.
_TABLES = {
    "per_class": metrics.per_class,
    "roc": curves.roc_curves,
    "precision_recall": curves.pr_curves,
    "reliability": curves.reliability,
}

# Of the run at hand; see listed_once.
_listed: ContextVar[list[Variant] | None] = ContextVar("listed", default=None)


@contextmanager
def listed_once() -> Iterator[None]:
    """Around a whole run of a page: folders are looked through once, not for each part of the page."""
    listed = _listed.set(list_variants())
    try:
        yield
    finally:
        _listed.reset(listed)


def variants() -> list[Variant]:
    """All variants: trained, recipe-only and broken."""
    listed = _listed.get()
    return list_variants() if listed is None else listed


def trained_variants() -> list[Variant]:
    """Those with figures of their own."""
    return [variant for variant in variants() if variant.status == Status.TRAINED]


def best_ids(count: int) -> list[str]:
    """The most accurate trained variants, best first; further runs of a recipe, what is made of others (in int8, or
    as an ensemble) and those that can't answer after all others, and those of another protocol after all that can be
    ranked."""
    again = further_runs(trained_variants()) | made_of_others(trained_variants())
    ranked = sorted(
        trained_variants(),
        key=lambda variant: (
            not str(variant.protocol).startswith(OFFICIAL),
            variant.id in again or not variant.can_predict,
            -variant.metrics()["accuracy"],
        ),
    )
    return [variant.id for variant in ranked[:count]]


def best_of(ids: Iterable[str]) -> str | None:
    """The best of some trained variants, as :func:`best_ids` ranks them; None of none."""
    some = set(ids)
    return next((name for name in best_ids(len(trained_variants())) if name in some), None)


def styles() -> dict[str, ModelStyle]:
    """The colour, shape and dash of every variant, the same on all pages."""
    return styles_of(variants())


def styles_with(variant_id: str, parent: str | None = None) -> dict[str, ModelStyle]:
    """The same with one that is still being trained, from ``parent``: it keeps its style when it is done."""
    parents = parents_of(variants()) | ({variant_id: parent} if parent else {})
    return model_styles(dict.fromkeys([*styles(), variant_id]), parents)


def stamp(path: Path) -> FileStamp:
    """What a cached reading of ``path`` is keyed by."""
    return str(path), stamp_of(path)


def predictions(variant: Variant, clean: bool = False) -> Predictions:
    """The variant's answers on PrivateTest, without leaked faces if ``clean``. Not to be changed."""
    return _predictions(stamp(variant.predictions_path), clean)


def ranked(variant: Variant) -> None:
    """CardError where it can't be set beside others: its answers can't be read, or its card contradicts them."""
    reading = read_outcomes([variant])
    for sentence in (*reading.errors.values(), *reading.contradictions.values()):
        raise CardError(sentence)


def all_predictions(variant: Variant) -> Predictions:
    """The variant's answers on both test splits, read anew."""
    return read_predictions(variant.predictions_path)


def contradiction_of(variant: Variant) -> str | None:
    """What the variant's card says otherwise than its predictions; None where nothing, or where it has none."""
    if variant.status != Status.TRAINED or variant.predictions_path is None:
        return None
    try:
        return contradiction(variant, _card_metrics(stamp(variant.predictions_path)))
    except CardError as error:
        return str(error)


def per_class(chosen: list[Variant], clean: bool) -> pd.DataFrame:
    """Columns ``variant, emotion, precision, recall, f1, support``."""
    return _long(chosen, "per_class", clean)


def confusion(variant: Variant, clean: bool, by: str) -> np.ndarray:
    """The 7 x 7 matrix, ``by`` row, column or count."""
    answers = predictions(variant, clean)
    return metrics.normalise_confusion(metrics.confusion(answers.label, answers.predicted), by)


def confusion_difference(variant: Variant, baseline: Variant, clean: bool, by: str) -> np.ndarray:
    """The variant's matrix minus the baseline's."""
    return confusion(variant, clean, by) - confusion(baseline, clean, by)


def confusion_table(chosen: list[Variant], clean: bool) -> pd.DataFrame:
    """Counts, to download: columns ``variant, true`` and one for each answered emotion."""
    tables = [
        pd.DataFrame(confusion(variant, clean, "count"), columns=EMOTIONS).assign(
            variant=variant.id, true=EMOTIONS
        )
        for variant in chosen
    ]
    return pd.concat(tables, ignore_index=True)[["variant", "true", *EMOTIONS]]


def roc(chosen: list[Variant], clean: bool) -> pd.DataFrame:
    """Columns ``variant, curve, fpr, tpr, auc``."""
    return _long(chosen, "roc", clean)


def precision_recall(chosen: list[Variant], clean: bool) -> pd.DataFrame:
    """Columns ``variant, curve, recall, precision, average_precision``."""
    return _long(chosen, "precision_recall", clean)


def reliability(variant: Variant, clean: bool) -> pd.DataFrame:
    """Columns ``bin, confidence, accuracy, lo, hi, n``."""
    return _table("reliability", stamp(variant.predictions_path), clean)


def reliability_table(chosen: list[Variant], clean: bool) -> pd.DataFrame:
    """The same for several, to download, with a column ``variant``."""
    return pd.concat([reliability(variant, clean).assign(variant=variant.id) for variant in chosen])


def history(variant: Variant) -> pd.DataFrame | None:
    """The variant's ``history.csv``, None without one; CardError where it can't be read."""
    return None if variant.history_path is None else _history(stamp(variant.history_path))


def histories(chosen: list[Variant]) -> pd.DataFrame:
    """The ``history.csv`` of those that have one, with a column ``variant``."""
    tables = [
        _history(stamp(variant.history_path)).assign(variant=variant.id)
        for variant in chosen
        if variant.history_path is not None
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def classifier(variant: Variant) -> OnnxClassifier:
    """The variant's network, loaded once for everybody (ONNX Runtime sessions may be shared)."""
    return _classifier(variant.id, stamp(variant.model_path))


def _long(chosen: list[Variant], kind: str, clean: bool) -> pd.DataFrame:
    tables = [
        _table(kind, stamp(variant.predictions_path), clean).assign(variant=variant.id)
        for variant in chosen
        if variant.predictions_path is not None
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


@st.cache_resource(max_entries=200, show_spinner=False)
def _predictions(file: FileStamp, clean: bool) -> Predictions:
    return read_predictions(Path(file[0])).of(SplitName.PRIVATE_TEST, clean)


@st.cache_data(max_entries=200, show_spinner=False)
def _card_metrics(file: FileStamp) -> dict[str, dict]:
    return metrics.card_metrics(read_predictions(Path(file[0])))


@st.cache_data(max_entries=800, show_spinner=False)
def _table(kind: str, file: FileStamp, clean: bool) -> pd.DataFrame:
    answers = _predictions(file, clean)
    return _TABLES[kind](answers.label, answers.probs)


@st.cache_data(max_entries=200, show_spinner=False)
def _history(file: FileStamp) -> pd.DataFrame:
    return read_history(Path(file[0]))


@st.cache_resource(max_entries=80, show_spinner=False)
def _classifier(variant_id: str, file: FileStamp) -> OnnxClassifier:
    return load_classifier(variant_id)
