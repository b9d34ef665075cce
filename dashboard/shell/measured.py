"""Which faces figures are of: FER2013's, or those of a test set, chosen in the sidebar and kept in the link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import streamlit as st

from dashboard.reads import catalogue, test_sets
from dashboard.shell import choices, downloads, identity, sidebar, tasks
from dashboard.shell.messages import show_errors
from fer_core.data.split import FER2013
from fer_core.errors import FerError
from fer_core.evaluation.distorted_predictions import STEPS
from fer_core.evaluation.outcomes import Panel
from fer_core.evaluation.significance import POWER, median_differing, smallest_difference
from fer_core.formats import listed, of_100, whole
from fer_core.machine.tasks import Task
from fer_core.roles.permissions import may_act
from fer_core.test_sets.adding import copies_words
from fer_core.test_sets.answering import unanswered
from fer_core.test_sets.answering_task import start_asking
from fer_core.test_sets.distorted import unmeasured
from fer_core.test_sets.learnt import has_learnt_from
from fer_core.test_sets.store import TestSet, get_set
from fer_core.variants.registry import Variant

ON = "on"
#: Pages whose figures follow the choice.
HEEDING = ("Leaderboard", "Compare", "Ensembles", "Explain", "Mistakes", "Robustness")
_SMALL, _MOST_NAMED = 2_000, 5


@contextmanager
def kept_apart() -> Iterator[TestSet | None]:
    """Around a page that heeds the choice: the test set, or None; what is downloaded says what it is of."""
    test_set = chosen()
    with downloads.measured_on(test_set.name if test_set else ""):
        yield test_set


def draw(page: str) -> None:
    """The choice, in the sidebar, where there is a test set; and whether this page heeds it."""
    names = test_sets.names()
    linked = choices.in_link(ON)
    with st.sidebar:
        if names:
            on = choices.one(
                st.selectbox, "Measured on", ON, [FER2013, *names], FER2013,
                help="Whose faces the figures are of: FER2013's test faces, or those of a test set of your own.",
            )  # fmt: skip
            if on != FER2013 and page not in HEEDING:
                st.caption(f"The figures of this page are of {FER2013} all the same.")
        if linked and linked not in (FER2013, *names):
            with show_errors():
                get_set(linked)


def chosen() -> TestSet | None:
    """The test set that is chosen; None for FER2013's own faces."""
    name = choices.recall(ON)
    return get_set(name) if name in test_sets.names() else None


def as_measured(models: list[Variant]) -> list[Variant]:
    """The models with their figures on what is chosen; those that have not answered it are left out."""
    test_set = chosen()
    return models if test_set is None else test_sets.measured(test_set, models)


def baseline() -> Variant | None:
    """The baseline with its figures on what is chosen; None where it has not answered."""
    found = sidebar.baseline()
    return next(iter(as_measured([found])), None) if found else None


def show_chosen() -> list[Variant]:
    """The chosen models with their figures, as the sidebar shows them; those that have not answered are run."""
    test_set = chosen()
    models = sidebar.show_chosen(as_carded=test_set is None)
    if test_set is None:
        return models
    offer_answers(test_set, models, at_once=True)
    measured = test_sets.measured(test_set, models)
    if not models or measured:
        return measured
    st.info(f"None of these models has answered {test_set.name} yet.")
    return []


def offer_answers(test_set: TestSet, models: Sequence[Variant], at_once: bool = False) -> None:
    """A button that runs those that have not answered, or how far that is; ``at_once``: without a press, once."""
    able, unable = unanswered(test_set, models)
    _say_who_is_left_out(test_set, models, unable)
    name = f"asking {test_set.name}"
    ids = [each.id for each in able]
    by = identity.visitor()
    start = partial(start_asking, test_set.name, ids, by)
    if at_once and ids and may_act(by) and not tasks.is_in_view(name):
        _begin_once(name, ids, start)
    if ids or tasks.is_in_view(name):
        what = f"{len(ids)} models" if len(ids) > 1 else ids[0] if ids else ""
        tasks.show(
            name, f"Ask {what} about {test_set.name}", start, icon=":material/quiz:", disabled=not may_act(by),
            help="Each model answers every picture once; the answers are kept with the test set. Those of "
            "models that have finished stay if you cancel.",
        )  # fmt: skip


def ask_distorted(test_set: TestSet, models: Sequence[Variant]) -> None:
    """A button that asks those who have not been about the set's distorted pictures, or how far that is."""
    able, unable = unmeasured(test_set, models)
    _say_who_is_left_out(test_set, models, unable)
    name, ids = f"distorting {test_set.name}", [each.id for each in able]
    if not ids and not tasks.is_in_view(name):
        return
    by = identity.visitor()
    what = f"{len(ids)} models" if len(ids) > 1 else ids[0] if ids else ""
    tasks.show(
        name, f"Measure {what} on {test_set.name}",
        partial(start_asking, test_set.name, ids, by, distorted=True), icon=":material/blur_on:",
        disabled=not may_act(by),
        help=f"Each model answers every picture {len(STEPS)} times, under every distortion at five severities: "
        f"{whole(test_set.count * len(STEPS))} answers, kept with the test set. Who was finished stays measured if you "
        "cancel.",
    )  # fmt: skip


def _say_who_is_left_out(test_set: TestSet, models: Sequence[Variant], unable: Sequence[Variant]) -> None:
    if unable:
        st.caption(
            f"Kept here without a model file, so without answers to {test_set.name}: "
            f"{listed([each.id for each in unable], most=_MOST_NAMED)}."
        )
    if taught := [each.id for each in models if has_learnt_from(test_set, each)]:
        st.caption(
            f"Learnt from {test_set.name} itself, so not measured on it: {listed(taught, most=_MOST_NAMED)}."
        )


def say(test_set: TestSet, panel: Panel | None) -> None:
    """What the figures are of, and how little so few faces can show."""
    missing = f" No face of {listed(test_set.missing)}." if test_set.missing else ""
    whose = (
        f"{whole(test_set.count)} faces of {test_set.faces_of}, by other labels than {FER2013}'s."
        if test_set.faces_of
        else f"{whole(test_set.count)} faces of your own, not on {FER2013}."
    )
    st.markdown(
        f":material/photo_library: Measured on **{test_set.name}**: {whose}{missing} {copies_words(test_set)}"
    )
    if words := _resolution(panel):
        st.caption(words)


def _resolution(panel: Panel | None) -> str:
    """How large a difference between two models must be for so many faces to show it; "" where there is enough."""
    if panel is None or len(panel) < 2 or len(panel.label) > _SMALL:
        return ""
    differing = median_differing(panel)
    least = smallest_difference(differing, len(panel.label))
    of = f"Two of these models differ on about {of_100(differing, 0)} of 100 faces"
    if least is None:
        return f"{of}: so few faces can show no difference between such models."
    return (
        f"{of}: with {whole(len(panel.label))} faces, a difference of less than about {of_100(least, 0)} points of 100 "
        f"would be missed more often than {100 - round(100 * POWER)} times in 100. Add faces to tell more apart."
    )


def _begin_once(name: str, ids: list[str], start: partial[Task]) -> None:
    """Begin without a press, but not again where it was cancelled or failed."""
    key = f"{name}.begun"
    known: set[str] = st.session_state.setdefault(key, set())
    if set(ids) <= known:
        return
    known.update(ids)
    try:
        tasks.begin(name, start)
    except FerError:  # it runs for somebody already: there is a button
        known.difference_update(ids)


def trained_variants() -> list[Variant]:
    """All trained variants, with their figures on what is chosen."""
    return as_measured(catalogue.trained_variants())
