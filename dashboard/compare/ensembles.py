"""Ensembles of the chosen models: their stored answers put together, and the job that saves one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.reads import catalogue
from dashboard.reads.catalogue import FileStamp
from dashboard.shell import identity
from fer_core.charts import ModelStyle
from fer_core.charts.palette import FAINT
from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.curation import ensemble_task
from fer_core.data.split import SplitName
from fer_core.errors import FerError
from fer_core.evaluation.blends import EQUAL, FITTED, GREEDY, Blend, blend_frame, make_blend
from fer_core.evaluation.ensembles import diversity
from fer_core.evaluation.predictions import Predictions, joined, read_predictions
from fer_core.evaluation.sheet import AnswerSheet, answer_sheet
from fer_core.machine.tasks import Task
from fer_core.variants.facts import BROUGHT
from fer_core.variants.registry import Variant

#: What the ensembles are called beside their members, by how their weights came about.
TOGETHER = {FITTED: "together.fitted", GREEDY: "together.greedy", EQUAL: "together.equal"}
#: The session's keys of the name to save under, and of whether members become int8.
NAME, INT8 = "ensemble name", "ensemble int8"
_SAVING = "saving"
#: By model, the file that figures are of, and the one that it came with.
_Files = tuple[tuple[str, FileStamp, FileStamp], ...]


@dataclass
class Saving:
    """The task that saves the ensemble ``name``; None where it could not be sent, and why."""

    name: str
    task: Task | None
    refused: str = ""
    in_stead: bool = False  # of an older one of its name, which went to the bin

    @property
    def runs(self) -> bool:
        """Whether it is still at work."""
        return self.task is not None and not self.task.is_over()

    def error(self) -> str:
        """After its end: the sentence that says why there is no ensemble, or nothing where there is one."""
        if self.task is None:
            return self.refused
        try:
            self.task.result()
        except FerError as error:
            return str(error)
        return ""


def styles() -> dict[str, ModelStyle]:
    """Those of all models, and grey ones for the ensembles, which are none yet."""
    shapes = ("circle", "square", "diamond")
    together = {
        name: ModelStyle(FAINT, shape, (1, 0)) for name, shape in zip(TOGETHER.values(), shapes, strict=True)
    }
    return catalogue.styles() | together


def blends(models: list[Variant], how: str, rounds: int) -> dict[str, Blend]:
    """The ensembles of these models, by the name they have in :func:`table`."""
    return _blends(_files(models), how, rounds)


def table(models: list[Variant], how: str, rounds: int, clean: bool) -> pd.DataFrame:
    """Members and ensembles on PrivateTest, as :func:`fer_core.evaluation.blends.blend_frame` gives them, and how far
    members were trained, as :func:`fer_core.comparison.leaderboard.leaderboard_frame` does, and whether elsewhere
    (``brought``)."""
    lengths = leaderboard_frame(catalogue.trained_variants()).set_index("id")
    lengths = lengths.assign(brought=lengths["framework"].isin(BROUGHT))[["training", "whole", "brought"]]
    table = _table(_files(models), how, rounds, clean).join(lengths, on="id")
    return table.assign(brought=table["brought"].eq(True))


def pairs(models: list[Variant], clean: bool) -> pd.DataFrame:
    """How differently the models fail on PrivateTest, a row a pair."""
    return _diversity(_files(models), clean)


def start_saving(ids: list[str], chosen: str, how: str, rounds: int) -> None:
    """Send the task, in the name of who clicks.

    Name and int8 are read from their widgets here: a click that follows typing at once still knows the page as it was.
    """
    name, int8 = st.session_state[NAME], st.session_state.get(INT8, False)
    try:
        task = ensemble_task.start_saving(name, ids, chosen, how, rounds, int8, by=identity.visitor())
        in_stead = any(each.id == name for each in catalogue.variants())
        st.session_state[_SAVING] = Saving(name, task, in_stead=in_stead)
    except FerError as error:
        st.session_state[_SAVING] = Saving(name, None, str(error))


def size_bytes(members: list[Variant], int8: bool) -> float:
    """About what the one file of these will weigh: files hold halves, which int8 halves again."""
    return sum(
        member.size_bytes / (2 if int8 and member.framework != "quantised" else 1) for member in members
    )


def saving() -> Saving | None:
    """What this viewer is saving or has saved last."""
    return st.session_state.get(_SAVING)


def _files(models: list[Variant]) -> _Files:
    return tuple(
        (model.id, catalogue.stamp(model.predictions_path), catalogue.stamp(model.own_predictions_path))
        for model in models
    )


def _answers(file: FileStamp, own: FileStamp) -> Predictions:
    """What figures are of, and PublicTest, which weights are fitted on."""
    answers = read_predictions(Path(file[0]))
    return (
        answers
        if file == own
        else joined(
            read_predictions(Path(own[0])).of(SplitName.PUBLIC_TEST), answers.of(SplitName.PRIVATE_TEST)
        )
    )


@st.cache_resource(max_entries=3, show_spinner=False)
def _members(files: _Files) -> AnswerSheet:
    return answer_sheet({name: _answers(file, own) for name, file, own in files})


@st.cache_data(max_entries=50, show_spinner=False)
def _blends(files: _Files, how: str, rounds: int) -> dict[str, Blend]:
    members = _members(files)
    return {TOGETHER[chosen]: make_blend(members, chosen, how, rounds) for chosen in TOGETHER}


@st.cache_data(max_entries=50, show_spinner=False)
def _table(files: _Files, how: str, rounds: int, clean: bool) -> pd.DataFrame:
    return blend_frame(_members(files), _blends(files, how, rounds), clean)


@st.cache_data(max_entries=50, show_spinner=False)
def _diversity(files: _Files, clean: bool) -> pd.DataFrame:
    return diversity(_members(files), SplitName.PRIVATE_TEST, clean)
