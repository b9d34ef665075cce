"""A report's sections: what was found, in the order in which a reader asks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import altair as alt

from fer_core import charts
from fer_core.charts.palette import ModelStyle
from fer_core.evaluation.bootstrap import DRAWS
from fer_core.evaluation.metrics import normalise_confusion
from fer_core.evaluation.significance import ALPHA, POWER
from fer_core.formats import listed
from fer_core.handout import cells
from fer_core.handout.gather import Gathered, confusion_of
from fer_core.handout.parts import Section, prose
from fer_core.handout.svg import drawn
from fer_core.variants.prose import FER2013
from fer_core.variants.texts import (
    DATA,
    INTENDED_USE,
    LIMITS,
    OTHER_DATA,
    OTHER_LIMITS,
)

Draw = Callable[[alt.LayerChart], str]
#: More matrices and diagrams than this would bury the rest; their counts stay in the tables.
MOST_DRAWN = 12


def sections_of(gathered: Gathered, styles: dict[str, ModelStyle]) -> list[Section]:
    """All sections; ``styles`` of every variant, as on the pages."""
    numbers = count(1)

    def draw(chart: alt.LayerChart) -> str:
        return drawn(chart, next(numbers))

    made = [
        _standings(gathered, styles, draw),
        _pairs(gathered, styles, draw),
        _per_class(gathered, styles, draw),
        _confusion(gathered, draw),
        _calibration(gathered, styles, draw),
        _reported(gathered, styles, draw),
        _training(gathered),
    ]
    return [section for section in made if section is not None] + _limits(gathered)


def _standings(gathered: Gathered, styles: dict[str, ModelStyle], draw: Draw) -> Section:
    frame = gathered.frames["standings"]
    chart = draw(charts.interval_chart(frame, styles, gathered.baseline_id))
    shown = [cells.standings_table(gathered)]
    paragraphs = [
        "Clean: without test faces that are exact copies of training faces. 95 %: Wilson's interval. Models of one "
        "group can't be told apart from the first of it. ECE: how far certainty lies from how often it is right; of "
        "losses and errors, less is better. Milliseconds were measured on the machine that wrote this report or stand "
        "on the card."
    ]
    if gathered.baseline_id and len(frame) > 1:
        shown.append(cells.baseline_table(gathered))
        paragraphs.append(
            f"Differences to **{gathered.baseline_id}**: intervals by the paired bootstrap ({DRAWS:,} draws), p of the "
            f"accuracy by McNemar's exact test with Holm's correction; real is what lies below {ALPHA}."
        )
    if gathered.apart:
        paragraphs.append(f"Measured on other faces, so not ranked: {listed(gathered.apart)}.")
    if gathered.left_out:
        paragraphs.append(f"Left out: {' '.join(gathered.left_out.values())}")
    return Section("standings", "Which is best", paragraphs, charts=[chart], tables=shown)


def _pairs(gathered: Gathered, styles: dict[str, ModelStyle], draw: Draw) -> Section | None:
    frame = gathered.frames["pairs"]
    if frame.empty:
        return None
    ranked = [variant.id for variant in gathered.variants if variant.id not in gathered.apart]
    real = int(frame["real"].sum())
    words = (
        f"**{real} of {len(frame)} pairs really differ.** Both models of a pair answered the same faces, so only faces "
        "on which one is right and the other wrong count (exact McNemar test); Holm's correction makes up for testing "
        f"{len(frame)} pairs. Faces needed: a test set of that size would show the measured difference "
        f"{100 * POWER:.0f} times in 100."
    )
    chart = draw(charts.pair_chart(frame, ranked, styles, "Differences between any two"))
    return Section(
        "pairs", "Which of them really differ", [words], charts=[chart], tables=[cells.pair_table(gathered)]
    )


def _per_class(gathered: Gathered, styles: dict[str, ModelStyle], draw: Draw) -> Section:
    frame = gathered.frames["per_class"]
    chart = draw(charts.heat_table(frame, "f1", "F1 of each emotion (of 100)", styles))
    words = (
        "Recall: of 100 such faces, how many a model finds. Precision: when it says so, how often of 100 it is right. "
        "F1: both in one number."
    )
    return Section(
        "emotions", "Emotion by emotion", [words], charts=[chart], tables=cells.per_class_tables(gathered)
    )


def _confusion(gathered: Gathered, draw: Draw) -> Section:
    drawings, shown = [], []
    for variant in gathered.variants[:MOST_DRAWN]:
        rows = normalise_confusion(confusion_of(gathered, variant.id), "row")
        drawings.append(draw(charts.confusion_chart(rows, "row", variant.id)))
        shown.append(cells.confusion_table(gathered, variant.id))
    return Section("confusion", "Confusion matrices", charts=drawings, tables=shown)


def _calibration(gathered: Gathered, styles: dict[str, ModelStyle], draw: Draw) -> Section:
    frame = gathered.frames["reliability"]
    drawings = [
        draw(charts.reliability_chart(frame[frame["variant"] == variant.id], styles[variant.id], variant.id))
        for variant in gathered.variants[:MOST_DRAWN]
    ]
    words = (
        "On the dashed line, certainty is honest; below it, the model is too sure of itself. Calibrated: one number a "
        "model, its temperature T, fitted on PublicTest, makes its answers less or more sure; which emotion it names "
        "stays."
    )
    return Section(
        "calibration",
        "Is it as sure as it should be",
        [words],
        charts=drawings,
        tables=[cells.calibration_table(gathered)],
    )


def _reported(gathered: Gathered, styles: dict[str, ModelStyle], draw: Draw) -> Section | None:
    frame = gathered.frames["reported"]
    if frame.empty:
        return None
    accuracy = (
        frame[frame["metric"] == "accuracy"].drop_duplicates("variant").set_index("variant")["reported"]
    )
    columns = ["accuracy", "lo", "hi", "training", "whole"]
    rows = gathered.frames["standings"].set_index("id").loc[accuracy.index, columns]
    told = rows.assign(reported=accuracy).rename_axis("id").reset_index()
    drawings = [] if told.empty else [draw(charts.reproduced_chart(told, "Reported and reproduced accuracy"))]
    words = (
        "Reported figures keep their own protocol and are not ranked against those measured here, on all faces of "
        "PrivateTest. Losses in nats, the others of 100."
    )
    return Section(
        "reported",
        "Reported and reproduced",
        [words],
        charts=drawings,
        tables=[cells.reported_table(gathered)],
    )


def _training(gathered: Gathered) -> Section:
    points = [f"**{row.variant}**: {row.deviation}" for row in gathered.frames["deviations"].itertuples()]
    shown = [cells.run_table(gathered)]
    if not gathered.frames["recipes"].empty:
        shown.append(cells.recipe_table(gathered))
    words = ["How each run departed from the recipe it follows, and from its source:"] if points else []
    return Section("training", "How they were trained", words, points, tables=shown)


def _limits(gathered: Gathered) -> list[Section]:
    """Uses, data and limits, as the models' cards state them."""
    names = sorted({variant.card.faceoff.get("dataset", FER2013) for variant in gathered.variants})
    texts = [INTENDED_USE]
    for name in names:
        texts += [DATA, LIMITS] if name == FER2013 else [OTHER_DATA.format(dataset=name), OTHER_LIMITS]
    return [section for text in texts for section in prose("limits", text)]
