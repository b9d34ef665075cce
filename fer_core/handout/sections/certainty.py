"""Whether the models are as sure as they should be: reliability diagrams and calibration."""

from __future__ import annotations

import pandas as pd

from fer_core import charts
from fer_core.evaluation import curves
from fer_core.evaluation.calibration import calibration_frame, temperature_of
from fer_core.evaluation.predictions import read_predictions
from fer_core.formats import nats, of_100
from fer_core.handout.cells import of_each
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table
from fer_core.handout.sections.confusions import MOST_DRAWN
from fer_core.variants.registry import Variant

_COLUMNS = ["variant", "calibrated", "temperature", "ece", "adaptive_ece", "brier", "log_loss"]
_WORDS = (
    "On the dashed line, certainty is honest; below it, the model is too sure of itself. Calibrated: one number a "
    "model, its temperature T, fitted on PublicTest, makes its answers less or more sure; which emotion it names stays."
)


def make(material: Material, pen: Pen) -> Part:
    """The section, and the frames ``reliability`` and ``calibration``."""
    answers = {variant.id: material.private(variant.id) for variant in _sure_or_not(material)}
    if not answers:
        return Part(None, {"reliability": pd.DataFrame(), "calibration": pd.DataFrame(columns=_COLUMNS)})
    reliability = of_each(answers, lambda each: curves.reliability(each.label, each.probs))
    calibration = frame_of(material)
    drawings = [
        pen.draw(
            charts.reliability_chart(reliability[reliability["variant"] == name], pen.styles[name], name)
        )
        for name in list(answers)[:MOST_DRAWN]
    ]
    section = Section(
        "calibration",
        "Is it as sure as it should be",
        [_WORDS],
        charts=drawings,
        tables=[table_of(calibration)],
    )
    return Part(section, {"reliability": reliability, "calibration": calibration})


def _sure_or_not(material: Material) -> list[Variant]:
    """Those that say how sure they are: not those that answered with labels alone."""
    return [variant for variant in material.variants if variant.tells_certainty]


def frame_of(material: Material) -> pd.DataFrame:
    """Figures of certainty of each model, as it is and with its temperature."""
    tables = []
    for variant in _sure_or_not(material):
        own = read_predictions(variant.own_predictions_path) if material.on else material.answers[variant.id]
        temperature = temperature_of(own)  # always of FER2013
        table = calibration_frame(material.answers[variant.id], temperature, material.clean)
        tables.append(table.assign(variant=variant.id, temperature=temperature))
    return pd.concat(tables, ignore_index=True)[_COLUMNS]


def table_of(frame: pd.DataFrame) -> Table:
    """Figures of certainty as they are, and calibrated by one temperature."""
    rows = []
    for row in frame.itertuples():
        words = f"calibrated, T = {row.temperature:.2f}" if row.calibrated else "as it is"
        figures = [of_100(row.ece), of_100(row.adaptive_ece), nats(row.brier), nats(row.log_loss)]
        rows.append([f"{row.variant}, {words}", *figures])
    headings = ["Model", "ECE, of 100", "Adaptive ECE, of 100", "Brier score, 0–2", "Log loss"]
    return Table("calibration", "How far certainty can be believed; lower is better", headings, rows)
