"""Temperatures of the models, and which of the chosen ones a viewer wants calibrated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from dashboard.reads.catalogue import FileStamp
from dashboard.shell import choices, downloads
from dashboard.shell.charts import draw
from dashboard.shell.figures import right_aligned
from fer_core import charts
from fer_core.answers import Answers
from fer_core.data.split import SplitName
from fer_core.evaluation import calibration, curves
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.formats import of_100
from fer_core.variants.registry import Variant

CALIBRATED = "calibrated"
_HELP = (
    "One number a model, its temperature, makes all its answers less or more sure; which emotion it names stays. "
    "It was fitted on PublicTest faces without copies in Training; figures here are of other faces, PrivateTest."
)
_FIGURES = {"ece": "ECE", "adaptive_ece": "Adaptive ECE", "brier": "Brier score", "log_loss": "Log loss"}


def choose(models: list[Variant]) -> list[str]:
    """The ids of the models whose certainty the viewer wants corrected; kept in the link."""
    return choices.many(
        st.pills,
        "Calibrated",
        CALIBRATED,
        [model.id for model in models],
        [],
        selection_mode="multi",
        wrap=True,
        help=_HELP,
    )


def predictions(variant: Variant, clean: bool) -> Predictions:
    """The variant's answers on PrivateTest, calibrated."""
    return _calibrated(*_files(variant), clean)


def temperature(variant: Variant) -> float:
    """The variant's temperature, of the faces that it came with."""
    return _temperature(_files(variant)[1])


def applied(answers: Answers, models: list[Variant], ids: list[str]) -> Answers:
    """The answers with those of the models in ``ids`` calibrated."""
    probs = {
        model.id: calibration.tempered(answers.probs[model.id], temperature(model))
        for model in models
        if model.id in ids
    }
    return replace(answers, probs=answers.probs | probs)


def show_reliability(model: Variant, clean: bool, calibrated: bool) -> None:
    """The model's reliability diagram, calibrated or as it is."""
    files = _files(model)
    row = _figures(*files, clean).iloc[int(calibrated)]
    words = [f"Calibration error {of_100(row['ece'])} of 100 (ECE)"]
    if calibrated:
        words.append(f"Calibrated: temperature {temperature(model):.2f}")
    curve = _reliability(*files, clean) if calibrated else catalogue.reliability(model, clean)
    draw(charts.reliability_chart, curve, catalogue.styles()[model.id], model.id, words)


def show_table(models: list[Variant], clean: bool) -> None:
    """What each model's temperature does on PrivateTest: before and after."""
    table = pd.concat(
        [
            _figures(*_files(model), clean).assign(variant=model.id, temperature=temperature(model))
            for model in models
        ]
    )
    before, after = (table[table["calibrated"] == done].set_index("variant") for done in (False, True))
    shown = pd.DataFrame(
        {"Temperature": [f"{value:.2f}" for value in after["temperature"]]}, index=after.index
    )
    for name, heading in _FIGURES.items():
        digits = 1 if "ece" in name else 3
        scale = 100 if "ece" in name else 1
        shown[heading] = [
            f"{scale * old:.{digits}f} → {scale * new:.{digits}f}"
            for old, new in zip(before[name], after[name], strict=True)
        ]
    st.dataframe(
        shown.rename_axis("Model"),
        height="content",
        column_config=right_aligned(shown.columns),
        alt="Calibration before and after",
    )
    st.caption(
        "As it is → calibrated; lower is better everywhere. ECE and adaptive ECE, of 100: how far certainty lies from "
        "how often it is right, in bins of equal width and of equally many faces. Brier score, 0–2: squared distance "
        "from the truth. Log loss in nats."
    )
    columns = ["variant", "calibrated", "temperature", *_FIGURES]
    downloads.table("Calibration as CSV", table[columns], "calibration.csv")


def _files(variant: Variant) -> tuple[FileStamp, FileStamp]:
    """What its figures are of, and what its temperature is fitted on."""
    return catalogue.stamp(variant.predictions_path), catalogue.stamp(variant.own_predictions_path)


@st.cache_data(max_entries=200, show_spinner=False)
def _temperature(file: FileStamp) -> float:
    return calibration.temperature_of(read_predictions(Path(file[0])))


@st.cache_data(max_entries=200, show_spinner=False)
def _figures(file: FileStamp, own: FileStamp, clean: bool) -> pd.DataFrame:
    answers = read_predictions(Path(file[0])).of(SplitName.PRIVATE_TEST, clean)
    return calibration.calibration_frame(answers, _temperature(own))


@st.cache_resource(max_entries=24, show_spinner=False)
def _calibrated(file: FileStamp, own: FileStamp, clean: bool) -> Predictions:
    answers = read_predictions(Path(file[0])).of(SplitName.PRIVATE_TEST, clean)
    return replace(answers, probs=calibration.tempered(answers.probs, _temperature(own)))


@st.cache_data(max_entries=200, show_spinner=False)
def _reliability(file: FileStamp, own: FileStamp, clean: bool) -> pd.DataFrame:
    answers = _calibrated(file, own, clean)
    return curves.reliability(answers.label, answers.probs)
