"""How fast each model is, beside its answers: as the leaderboard has it, never a single call's time."""

from __future__ import annotations

import statistics
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

import streamlit as st

from dashboard.reads import catalogue
from fer_core.formats import timed
from fer_core.variants.latency import read_latencies
from fer_core.variants.registry import Variant

#: The median of fewer calls says little: the first one of a model is always slow.
LEAST_CALLS = 5
_MOST_CALLS = 100


def remember(model: Variant, face_ms: float) -> None:
    """Note what one call of the model took, a face."""
    _calls()[catalogue.stamp(model.model_path)].append(face_ms)


def of_models(models: Iterable[Variant]) -> dict[str, str]:
    """``"8.2 ms a face"`` by variant id; a model without a measured figure is left out until it was called often."""
    models = list(models)
    medians = {model.id: _median(model) for model in models if model.model_path}
    return worded(read_latencies(models), medians)


def worded(measured: Mapping[str, float], medians: Mapping[str, float | None]) -> dict[str, str]:
    """By variant id: the ``measured`` milliseconds, else the median of calls where there is one."""
    known = {name: value for name, value in medians.items() if value is not None} | dict(measured)
    return {name: f"{timed(value)} a face" for name, value in known.items()}


def _median(model: Variant) -> float | None:
    calls = list(_calls().get(catalogue.stamp(model.model_path), ()))
    return statistics.median(calls) if len(calls) >= LEAST_CALLS else None


@st.cache_resource(show_spinner=False)
def _calls() -> dict[catalogue.FileStamp, deque[float]]:
    """The last calls of each model file, of all visitors."""
    return defaultdict(lambda: deque(maxlen=_MOST_CALLS))
