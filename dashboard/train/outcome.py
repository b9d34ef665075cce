"""What came of a job: its variant against its parent, its curves, its log."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.reads import catalogue
from dashboard.shell import downloads, ways
from dashboard.shell.charts import draw
from dashboard.shell.messages import usable
from fer_core import charts
from fer_core.data.split import name_of
from fer_core.data.store import read_manifest
from fer_core.errors import FerError
from fer_core.formats import of_100, signed
from fer_core.jobs import service
from fer_core.jobs.service import Job, State
from fer_core.variants import tested_on
from fer_core.variants.registry import Variant

LOG_LINES = 60
_LOG_HEIGHT = 260


def made_by(job: Job) -> Variant | None:
    """The variant that the job has made, also where it was renamed since; None if there is none."""
    for variant in catalogue.trained_variants():
        if variant.card.faceoff.get("job") == job.id:
            return variant
    return None


def show(job: Job, made: Variant | None) -> None:
    """Why it failed, or what it has made and how that stands against its parent."""
    if job.reason:
        st.error(job.reason, icon=":material/error:")
    if job.state is not State.DONE:
        return
    if made is None:
        st.caption("The variant that it made has been deleted.")
        return
    accuracy = made.metrics()["accuracy"]
    length = f" after {made.training_length.text}" if made.training_length else ""
    sentence = f"{figure_sentence(made)}{length}"
    parent = _parent(job, made)
    if parent is not None and _learnt_alike(made, parent):
        difference = signed(100 * (accuracy - parent.metrics()["accuracy"]))
        sentence += f", {difference} against its parent {parent.id}; whether that is chance, Compare says"
    st.markdown(sentence + ".")


def figure_sentence(made: Variant) -> str:
    """How often it is right, and on which faces that was measured (Markdown, no full stop)."""
    accuracy = of_100(made.metrics()["accuracy"])
    return f"**{made.id}** is right on **{accuracy} of 100 faces** (measured on {tested_on.faces_of(made)})"


def offer_pages(job: Job, made: Variant) -> None:
    """Links to Compare, with the parent as baseline, and to the model card."""
    parent = _parent(job, made)
    offer_comparison("Compare with its parent" if parent else "Compare", made, parent)
    ways.to_card(made.id)


def offer_comparison(label: str, made: Variant, other: Variant | None) -> None:
    """A link to Compare, with ``other`` as the baseline."""
    pair = [variant.id for variant in (made, other) if variant]
    ways.to_comparison(label, pair, other.id if other else None, main=True)


def draw_curves(place: DeltaGenerator, job: Job, made: Variant | None = None) -> None:
    """Learning curves beside the parent's, into a container."""
    name = made.id if made else job.variant_id
    history = pd.DataFrame(service.read_history(job)).assign(variant=name)
    with place:
        if history.empty:
            st.caption("No epoch is finished yet.")
            return
        parents = [each for each in catalogue.trained_variants() if each.id == job.parent and each.id != name]
        both = pd.concat(
            [history, catalogue.histories(usable(parents, catalogue.history))], ignore_index=True
        )
        styles = {
            each: style
            for each, style in catalogue.styles_with(name, job.parent).items()
            if each in set(both["variant"])
        }
        for measure, column in zip(("loss", "accuracy"), st.columns(2, gap="large"), strict=True):
            with column:
                draw(charts.learning_chart, both, measure, styles)
        sentences = {name: tested_on.curves_of(made) if made else _curves_so_far(job)}
        sentences |= {each.id: tested_on.curves_of(each) for each in parents if each.id in styles}
        for text in tested_on.grouped(sentences):
            st.caption(text)


def _curves_so_far(job: Job) -> str:
    """On which faces the curves of a job are measured that has made nothing yet."""
    try:
        return tested_on.curves_on(service.get_recipe(job).data, name_of(read_manifest()))
    except FerError:
        return ""


def offer_history(job: Job) -> None:
    """The finished epochs as CSV."""
    history = pd.DataFrame(service.read_history(job))
    if not history.empty:
        downloads.table("Epochs as CSV", history, f"{job.id}.history.csv")


def draw_log(place: DeltaGenerator, job: Job) -> None:
    """The end of what its process printed."""
    text = service.read_log(job, lines=LOG_LINES) or "Nothing has been printed yet."
    place.code(text, language=None, height=_LOG_HEIGHT if text.count("\n") > 8 else "content")


def _parent(job: Job, made: Variant) -> Variant | None:
    """The variant to compare with, if it is trained; the card's name of it outlives a renaming."""
    names = {job.parent, made.card.faceoff.get("parent")}
    others = [each for each in catalogue.trained_variants() if each.id in names and each.id != made.id]
    return others[0] if others else None


def _learnt_alike(made: Variant, parent: Variant) -> bool:
    """Whether both were measured on the same faces, and learnt from as many: a smoke run is held against its like."""
    lengths = [each.training_length for each in (made, parent)]
    shares = {length.share if length else 1.0 for length in lengths}
    return _data(parent) == _data(made) and len(shares) == 1


def _data(variant: Variant) -> str | None:
    """What its figures were measured on: those of other data can't be subtracted."""
    return variant.card.faceoff.get("data_sha256")
