"""The page Robustness's part on a test set: how the models stand up to distortions of its own pictures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.compare import corruption_error
from dashboard.reads import catalogue
from dashboard.shell import downloads, look, measured
from dashboard.shell.charts import draw
from dashboard.shell.figures import draw_table
from fer_core import charts
from fer_core.comparison.firmest import firmest_on
from fer_core.comparison.robustness import distortion_frame, titles
from fer_core.evaluation.distorted_predictions import DistortedPredictions
from fer_core.formats import difference, interval, of_100, signed, whole
from fer_core.test_sets.distorted import read_measured, robustness_frame
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

_METHOD = (
    "Of 100 faces, with 95 % intervals: of the untouched faces Wilson's; of the mean over all distortions and of "
    "differences Student's, face by face. Every model gets the set's pictures in its own size and colour, and the same "
    "harm is done to them in every size: noise, blur and masks grow with the picture."
)


def show(test_set: TestSet, models: list[Variant], baseline: Variant | None) -> dict[str, pd.DataFrame]:
    """Tables of those that have answered the distorted pictures, and a button that runs the others.

    Returns the table of each that was, as ``DistortedPredictions.table`` gives it.
    """
    found, errors = read_measured(test_set, models)
    for sentence in errors.values():
        st.error(sentence, icon=":material/error:")
    measured.say(test_set, None)
    if found:
        _show_tables(test_set, found, baseline)
    measured.ask_distorted(test_set, models)
    return {name: predictions.table() for name, predictions in found.items()}


def _show_tables(test_set: TestSet, found: dict[str, DistortedPredictions], baseline: Variant | None) -> None:
    held_against = read_measured(test_set, [baseline])[0].get(baseline.id) if baseline else None
    table = robustness_frame(found, held_against)
    with look.answer():
        st.markdown(firmest_on(table))
    tables = {name: found[name].table() for name in table["variant"]}
    draw(
        charts.heat_table, distortion_frame(tables), "accuracy", "Right of 100, mean of five severities",
        catalogue.styles(), (f"The {whole(test_set.count)} faces of {test_set.name} under every distortion",),
        list(titles().values()), "distortion",
    )  # fmt: skip
    draw_table(_shown(table), "How firmly each model stands")
    st.caption(f"{_METHOD} {corruption_error.sentence(table, baseline)}")
    frame = pd.concat([values.assign(variant=name) for name, values in tables.items()], ignore_index=True)
    downloads.table("These figures as CSV", frame, "robustness.csv")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    behind = table.assign(is_first=table.index == 0)
    return pd.DataFrame(
        {
            "Model": table["variant"],
            "Untouched": [of_100(value) for value in table["clean"]],
            "95 % interval": [interval(row.clean_lo, row.clean_hi) for row in table.itertuples()],
            "Distorted, mean": [of_100(value) for value in table["mean"]],
            "Its 95 % interval": [interval(row.mean_lo, row.mean_hi) for row in table.itertuples()],
            "To the firmest": [
                "–"
                if row.is_first
                else f"{signed(100 * row.behind)} ({difference(row.behind_lo, row.behind_hi)})"
                for row in behind.itertuples()
            ],
            "Worst distortion": [of_100(value) for value in table["worst"]],
            "Kept, %": [of_100(value) for value in table["kept"]],
            **corruption_error.column(table),
        }
    )
