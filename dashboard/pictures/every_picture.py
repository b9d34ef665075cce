"""All the pictures that a visitor gave, answered in one table. The answers are forgotten with the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.compare import calibration
from dashboard.pictures import given, model_answers
from dashboard.pictures.model_answers import Search
from dashboard.shell import choices, downloads, page_state
from fer_core.answers import Answers, pictures_table
from fer_core.charts.palette import emotion_label
from fer_core.emotions import EMOTIONS
from fer_core.errors import PictureError, without_pictures
from fer_core.faces.pictures import shown_name
from fer_core.formats import listed, of_100
from fer_core.variants.registry import Variant

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_HELP = "One row for each picture, face and model, to read and to download. Large pictures take some seconds each."
_TEXTS = ("Picture", "Face", "Model", "Says")


def show(models: list[Variant], search: Search) -> None:
    """The table, where a visitor has given several pictures and wants them all answered."""
    files = given.readable()
    if len(files) < 2 or not choices.flag(f"Answer all {len(files)} pictures", "every", help=_HELP):
        return
    answered, silent = _answers(files, models, replace(search, drawn=None))
    if answered:
        table = pictures_table(answered)
        _show_table(table)
        downloads.table("All pictures' answers as CSV", table, "pictures.csv")
    if silent:
        st.info(without_pictures(f"No face was found for sure in {listed(silent)}."))


def _answers(
    files: list[UploadedFile], models: list[Variant], search: Search
) -> tuple[list[tuple[str, Answers]], list[str]]:
    """Each picture's name with what the models say, calibrated where that is wished; and the names of those without a
    face."""
    ids = [model.id for model in models]
    calibrated = [name for name in choices.recall(calibration.CALIBRATED) or [] if name in ids]
    known: dict[object, Answers | None] = page_state.kept("answers of all pictures", dict)
    answered, silent, place = [], [], st.empty()
    for count, file in enumerate(files, start=1):
        key = (file.file_id, search, *ids)
        if key not in known:
            place.progress(count / len(files), f"Answering picture {count} of {len(files)}")
            known[key] = _answer(file, models, search)
        name, found = shown_name(file.name), known[key]
        if found is None:
            silent.append(name)
        else:
            answered.append((name, calibration.applied(found, models, calibrated)))
    place.empty()
    return answered, silent


def _answer(file: UploadedFile, models: list[Variant], search: Search) -> Answers | None:
    """None where there is no face."""
    try:
        return model_answers.run_models(file.getvalue(), file.name, models, search).without_pixels()
    except PictureError:
        return None


def _show_table(table: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "Picture": table["picture"],
            "Face": [
                f"{face}" if sure else f"{face}, doubtful"
                for face, sure in zip(table["face"], table["sure"], strict=True)
            ],
            "Model": table["variant"],
            "Says": [
                f"{emotion_label(says)}, {of_100(prob, 0)} %"
                for says, prob in zip(table["says"], table["prob"], strict=True)
            ],
            **{emotion_label(name): 100 * table[name] for name in EMOTIONS},
        }
    )
    one_face = table["face"].eq(1).all() and table["sure"].all()
    percent = st.column_config.NumberColumn(format="%.0f", width=84)
    st.dataframe(
        shown.drop(columns="Face") if one_face else shown,
        column_config=dict.fromkeys(list(shown)[len(_TEXTS) :], percent)
        | {"Picture": st.column_config.TextColumn(pinned=True)},
        hide_index=True,
        alt="All pictures' answers, percent of certainty",
    )
    st.caption("Percent of certainty; the seven of a row add up to 100.")
